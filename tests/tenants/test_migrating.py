"""Migrations while people work: locks asked for briefly, and co-ops whose tables lag refused."""

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from psycopg.errors import LockNotAvailable, UniqueViolation

from coopcycle.db import base, levels
from coopcycle.db.owner import as_owner
from tenants import migrating
from tenants.context import in_cooperative


@pytest.fixture
def alpha_lags(login_wall, monkeypatch):
    """The code needs a migration that alpha's tables have not."""
    alpha = login_wall.alpha.schema_name
    needed = levels.needed

    def needs_more(schema):
        return needed(schema) | ({("orders", "0099_next")} if schema == alpha else set())

    monkeypatch.setattr(base, "needed", needs_more)
    monkeypatch.setattr(migrating, "needed", needs_more)
    base._current.clear()
    yield login_wall
    base._current.clear()


def test_a_co_op_whose_tables_lag_is_refused_and_the_others_are_served(alpha_lags, settings):
    lagging = Client(headers={"host": "alpha.localhost"}, raise_request_exception=False)
    served = Client(headers={"host": "beta.localhost"})
    for client in (lagging, served):  # a page for somebody unknown would not ask the database
        client.cookies[settings.SESSION_COOKIE_NAME] = "0123456789abcdef0123456789abcdef"

    page = lagging.get("/sign-in/")

    assert page.status_code == 503
    assert page["Retry-After"] == "10"
    assert "0099_next" not in page.content.decode()
    assert served.get("/sign-in/").status_code == 200


def test_its_tasks_are_refused_too(alpha_lags):
    with in_cooperative(alpha_lags.alpha), pytest.raises(levels.SchemaBehindError):
        connection.ensure_connection()


def test_the_state_of_each_co_op_is_told(alpha_lags, capsys):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {alpha_lags.beta.schema_name}.django_migrations (app, name, applied)"
            " VALUES ('orders', '0098_ahead', now())"
        )

    call_command("migrate_schemas", state=True)

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        f"Alpha {alpha_lags.alpha.schema_name} refused, 1 behind: orders.0099_next",
        f"Beta {alpha_lags.beta.schema_name} served, 1 ahead of this code",
    ]


def test_the_migrations_needed_are_those_on_disk():
    assert ("orders", "0001_initial") in levels.needed("c_0123456789ab")
    assert ("tenants", "0001_initial") not in levels.needed("c_0123456789ab")
    assert ("tenants", "0001_initial") in levels.needed("public")
    assert ("orders", "0001_initial") not in levels.needed("public")


def test_a_lock_is_asked_for_briefly_and_only_then(login_wall):
    def timeouts():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            return cursor.fetchone()[0]

    with as_owner():
        with migrating.brief_locks():
            assert timeouts() == "2s"
        assert timeouts() == "0"


def test_what_did_not_get_its_lock_is_tried_again(db, monkeypatch):
    monkeypatch.setattr(migrating, "FIRST_PAUSE", 0)
    tries, said = [], []

    def work():
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError from LockNotAvailable()

    migrating.persistently(work, say=said.append)

    assert len(tries) == 3
    assert said == ["a table is in use; try 2 follows", "a table is in use; try 3 follows"]


@pytest.mark.parametrize(("cause", "tries"), [(LockNotAvailable, 10), (UniqueViolation, 1)])
def test_it_is_given_up_in_the_end_and_other_errors_at_once(db, monkeypatch, cause, tries):
    monkeypatch.setattr(migrating, "FIRST_PAUSE", 0)
    tried = []

    def work():
        tried.append(1)
        raise OperationalError from cause()

    with pytest.raises(OperationalError):
        migrating.persistently(work, say=lambda line: None)

    assert len(tried) == tries
