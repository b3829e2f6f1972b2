"""The one way in which a co-op writes its own row: these columns, this row, on another login."""

from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse

from coopcycle.db.errors import SwitchInTransactionError
from coopcycle.errors import DomainError
from coopcycle.middleware import cooperative as hosts
from coopcycle.middleware.cooperative import cooperative_of_host, forget_hosts
from tenants import context
from tenants.context import (
    cooperative_of_schema,
    current_cooperative,
    forget_cooperatives,
    in_cooperative,
    in_federation,
)
from tenants.models import Cooperative
from tenants.proving.services import prove_isolation
from tenants.settings import EDITABLE, StaleSettingsError, change_settings, own_settings
from tests.recurring.conftest import NOW


def rows() -> dict[str, dict[str, object]]:
    with in_federation():
        return {row["slug"]: row for row in Cooperative.objects.values()}


def change(seen: int = 1, **changes: object) -> Cooperative:
    return change_settings(changes, seen=seen, actor="Ada")


def test_only_the_active_co_op_and_only_what_was_said_changes(alpha, db):
    before = rows()
    changed = change(colour="#aa3300", lead_minutes=45)
    assert (changed.colour, changed.lead_minutes, changed.settings_version) == ("#aa3300", 45, 2)
    said = {"colour": "#aa3300", "lead_minutes": 45, "settings_version": 2}
    assert rows() == {**before, "alpha": {**before["alpha"], **said}}


@pytest.mark.parametrize("name", ["id", "schema_name", "name", "slug", "is_active", "currency"])
def test_what_is_not_a_setting_cannot_be_written(alpha, db, name):
    before = rows()
    with pytest.raises(ValueError, match=name):
        change(**{name: "beta"})
    assert rows() == before


def test_each_setting_is_a_column():
    assert {field.name for field in Cooperative._meta.fields} >= EDITABLE


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red;} body{display:none"},
        {"colour": "#12345"},
        {"timezone": "Europe/Nowhere"},
        {"languages": []},
        {"languages": ["fr", "<b>"]},
        {"default_language": "de"},
        {"working_weekdays": []},
        {"working_weekdays": [0, 8]},
        {"generation_horizon_days": 0},
        {"generation_horizon_days": 91},
        {"lead_minutes": 1441},
        {"missed_dates": "maybe"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_nothing_changes(alpha, db, wrong):
    before = rows()
    with pytest.raises(DomainError) as refusal:
        change(**wrong)
    assert refusal.value.status == 422
    assert rows() == before


@pytest.mark.parametrize(
    "wrong", ["colour = 'red'", "working_weekdays = '[]'", "languages = '[]'", "lead_minutes = -1"]
)
def test_the_database_says_no_first(db, wrong):
    with in_federation(), pytest.raises(DatabaseError), transaction.atomic():  # noqa: SIM117
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE tenants_cooperative SET {wrong}")


def test_a_stale_change_is_refused_and_a_doubled_one_counts_once(alpha, db):
    change(lead_minutes=45)
    assert change(lead_minutes=45).settings_version == 2  # the same form once more
    with pytest.raises(StaleSettingsError):
        change(lead_minutes=30)
    assert own_settings().lead_minutes == 45
    assert change(seen=2, lead_minutes=30).settings_version == 3


def test_the_federation_is_no_co_op(alpha, db):
    with in_cooperative(alpha) as chosen:
        assert chosen == current_cooperative() == alpha
        with in_federation():
            assert current_cooperative() is None


def test_a_co_op_is_looked_up_once_in_a_while(
    alpha, beta, db, monkeypatch, django_assert_num_queries
):
    forget_cooperatives()
    now = 1000.0
    monkeypatch.setattr(context, "time", SimpleNamespace(monotonic=lambda: now))
    assert cooperative_of_schema(alpha.schema_name) == alpha
    assert cooperative_of_schema(beta.schema_name) == beta
    now += context._REMEMBER_SECONDS - 0.5
    with django_assert_num_queries(0):
        assert cooperative_of_schema(alpha.schema_name) == alpha
        assert cooperative_of_schema(beta.schema_name) == beta
    now += 0.5
    with django_assert_num_queries(1):
        assert cooperative_of_schema(alpha.schema_name) == alpha


def test_all_hosts_are_looked_up_at_once_and_once_in_a_while(
    alpha, beta, db, monkeypatch, django_assert_num_queries
):
    forget_hosts()
    now = 1000.0
    monkeypatch.setattr(hosts, "time", SimpleNamespace(monotonic=lambda: now))
    with django_assert_num_queries(1):
        assert cooperative_of_host(f"{alpha.slug}.localhost") == alpha
        assert cooperative_of_host(f"{beta.slug}.localhost") == beta
        assert cooperative_of_host("nobody.localhost") is None
    now += hosts._REMEMBER_SECONDS - 0.5
    with django_assert_num_queries(0):
        assert cooperative_of_host(f"{alpha.slug}.localhost") == alpha
    now += 0.5
    with django_assert_num_queries(1):
        assert cooperative_of_host(f"{alpha.slug}.localhost") == alpha


def test_a_host_of_nobody_gets_a_plain_404(rf, db):
    request = rf.get("/", headers={"host": "nobody.localhost"})
    answer = hosts.CooperativeMiddleware(lambda _request: HttpResponse("a page"))(request)

    assert (answer.status_code, answer.content) == (404, b"Not found\n")
    assert answer.headers["Content-Type"] == "text/plain"
    assert not hasattr(request, "cooperative")


def test_on_the_federation_s_host_no_co_op_is_chosen(federation_client, db):
    request = federation_client.get("/sign-in/").wsgi_request

    assert (request.cooperative, request.tenant) == (None, None)
    assert request.urlconf == "coopcycle.urls_federation"


def test_this_process_knows_the_new_settings_at_once(alpha, db):
    host = f"{alpha.slug}.localhost"
    assert cooperative_of_host(host).colour != "#aa3300"
    cooperative_of_schema(alpha.schema_name)
    change(colour="#aa3300")
    assert cooperative_of_host(host).colour == "#aa3300"
    assert cooperative_of_schema(alpha.schema_name).colour == "#aa3300"


def test_nothing_is_changed_where_no_co_op_is_active(db):
    with in_federation(), pytest.raises(RuntimeError, match="none is active"):
        change(lead_minutes=45)


def test_behind_real_logins_it_works_and_the_wall_stays_whole(login_wall):
    with in_cooperative(login_wall.alpha):
        change(timezone="Europe/Lisbon")
        assert own_settings().timezone == "Europe/Lisbon"
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Cooperative.objects.update(lead_minutes=1)
        with transaction.atomic(), pytest.raises(SwitchInTransactionError):
            change(seen=2, lead_minutes=1)
    assert rows()["beta"]["timezone"] == "Europe/Brussels"
    assert prove_isolation([login_wall.alpha, login_wall.beta], at=NOW).is_clean
