"""What is past its time goes at night by itself, and nothing goes earlier, whoever asks."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts.models import User
from audit import pruning
from audit.models import Event, Seal, SecurityEvent
from audit.recording import Kind, record
from audit.sealing import seal
from audit.tasks import prune_nightly
from audit.verifying import _Walk, verify
from coopcycle.schedule import EVERY
from tenants.context import in_cooperative, in_federation
from tests.audit.trails import owner_runs


@pytest.fixture
def years(login_wall):
    """Alpha's trail with a change and a sign-in of two years ago, sealed, and some of today."""
    alpha = login_wall.alpha
    seal(alpha, at=timezone.now())
    write(alpha, "old")
    age(alpha, 800)
    seal(alpha, at=timezone.now())
    write(alpha, "new")
    seal(alpha, at=timezone.now())
    return alpha


def write(cooperative, name: str) -> None:
    with in_cooperative(cooperative):
        user = User.objects.create_user(f"{name}@example.org", name=name)
        record(Kind.SIGNED_IN, user=user)


def age(cooperative, days: int) -> None:
    """As if what is not sealed yet had been written so long ago."""
    owner_runs(
        cooperative.schema_name,
        *(
            f"UPDATE {table} SET at = at - interval '{days} days' WHERE id > (SELECT coalesce(max(above), 0)"
            f" FROM (SELECT max(id) AS above FROM {table} WHERE xact < (SELECT max(to_xact) FROM audit_seal"
            f" WHERE log = '{log}')) AS sealed)"
            for table, log in (("audit_event", "event"), ("audit_securityevent", "security"))
        ),
    )


def old_ones() -> tuple[int, int]:
    """How many changes and security events of more than a year ago there are."""
    since = timezone.now() - timedelta(days=366)
    return (
        Event.objects.filter(at__lt=since).count(),
        SecurityEvent.objects.filter(at__lt=since).count(),
    )


def test_at_night_what_is_past_its_time_goes_and_the_rest_stays(years):
    with in_cooperative(years):
        assert old_ones() == (1, 1)
        assert pruning.seconds_overdue(timezone.now()) == pytest.approx(434 * 86_400, abs=600)

    prune_nightly()

    with in_cooperative(years):
        assert old_ones() == (1, 0)  # changes stay three years
        assert SecurityEvent.objects.count() == 1
        assert pruning.seconds_overdue(timezone.now()) == 0
        assert Seal.objects.exclude(pruned_at=None).values_list("log", "amount").get() == (
            "security",
            1,
        )
    verdict = verify(years)
    assert (verdict.broken, verdict.pruned) == (None, 1)


def test_changes_go_after_three_years(login_wall):
    seal(login_wall.alpha, at=timezone.now())
    write(login_wall.alpha, "old")
    age(login_wall.alpha, 1200)
    seal(login_wall.alpha, at=timezone.now())

    assert pruning.prune_all(at=timezone.now()) == 2

    with in_cooperative(login_wall.alpha):
        assert old_ones() == (0, 0)
    assert verify(login_wall.alpha).broken is None


def test_47_a_login_that_asks_for_less_removes_nothing_before_its_time(years):
    def asked(log: str, days: int | None) -> int | None:
        with connection.cursor() as cursor:
            arguments = [years.schema_name, log, days]
            cursor.execute("SELECT public.audit_prune(%s, %s, %s)", arguments)
            removed: int | None = cursor.fetchone()[0]
            return removed

    with in_cooperative(years):
        changes, doors = Event.objects.count(), SecurityEvent.objects.count()
        assert asked("event", 0) is None
        assert asked("event", -100_000) is None
        assert asked("security", 0) == 1  # what is past its time
        assert asked("security", 0) is None
        assert (Event.objects.count(), SecurityEvent.objects.count()) == (changes, doors - 1)
        for log, days in (("other", 0), ("event", None)):
            with pytest.raises(DatabaseError, match="no such time"):
                asked(log, days)
    assert verify(years).broken is None


def test_what_is_pruned_while_it_is_verified_is_no_break(years):
    with in_cooperative(years):
        read_before = list(Seal.objects.filter(log="security").order_by("number"))
    prune_nightly()

    with in_cooperative(years):
        walk, before = _Walk(Seal.Log.SECURITY, timezone.now()), b""
        for each in read_before:
            walk._one_seal(each, before, 2**63 - 1)
            before = bytes(each.root)
    assert (walk.seen, walk.pruned) == (1, 1)


def test_longer_times_of_the_settings_are_kept(years, monkeypatch):
    monkeypatch.setitem(pruning.KEPT_FOR, Seal.Log.SECURITY, timedelta(days=900))

    assert pruning.prune_all(at=timezone.now()) == 0

    with in_cooperative(years):
        assert old_ones() == (1, 1)


def test_the_federations_own_trail_is_pruned_too(login_wall):
    with in_federation():
        record(Kind.SIGNED_OUT)
    owner_runs("public", "UPDATE audit_securityevent SET at = at - interval '400 days'")
    seal(None, at=timezone.now())

    assert pruning.prune_all(at=timezone.now()) == 1
    assert verify(None).broken is None


def test_the_night_is_in_the_schedule():
    assert EVERY["audit.tasks.prune_nightly"] == timedelta(days=1)
