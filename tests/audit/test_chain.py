"""What somebody with all rights changes in the trail is found, and named."""

import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import Address, User
from audit.alarms import verify_everything
from audit.models import Event, Seal, SecurityEvent
from audit.sealing import _seal_once, seal, seal_all
from audit.verifying import verify
from coopcycle.db.owner import as_owner
from coopcycle.models import OutboxMessage
from tenants.context import in_cooperative, in_federation
from tenants.models import TrailEnd
from tests.audit.trails import owner_runs, person_events, wait_until_somebody_waits


def test_a_trail_that_nobody_touched_is_whole(trail):
    verdict = verify(trail)

    assert verdict.broken is None
    assert verdict.waiting == 0
    with in_cooperative(trail):
        assert verdict.events == Event.objects.count() + SecurityEvent.objects.count()
        assert list(Seal.objects.values_list("log", "number")) == [
            ("event", 1),
            ("event", 2),
            ("security", 1),
        ]


def test_47_a_row_that_the_owner_alters_is_named(trail):
    event = person_events(trail)[1]
    owner_runs(
        trail.schema_name,
        f'UPDATE audit_event SET changes = changes || \'{{"name": "Eve"}}\' WHERE id = {event.pk}',
    )

    found = verify(trail).broken
    assert (found.log, found.words) == (
        "event",
        f"event {event.pk} (accounts_user {event.row_id}) was altered",
    )


@pytest.mark.parametrize(
    "change", ["actor_id = 99", "at = at - interval '1 day'", "request_id = 'x'", "reason = 'x'"]
)
def test_47_who_when_and_why_are_sealed_too(trail, change):
    event = person_events(trail)[0]
    owner_runs(trail.schema_name, f"UPDATE audit_event SET {change} WHERE id = {event.pk}")

    assert verify(trail).broken.words.endswith("was altered")


def test_47_a_row_that_the_owner_removes_is_named(trail):
    event = person_events(trail)[2]
    owner_runs(trail.schema_name, f"DELETE FROM audit_event WHERE id = {event.pk}")

    assert verify(trail).broken.words.startswith(f"event {event.pk} is missing (sealed ")


def test_47_a_row_that_the_owner_slips_in_later_is_named(trail):
    event = person_events(trail)[0]
    owner_runs(
        trail.schema_name,
        "INSERT INTO audit_event (at, xact, kind, row_id, operation, request_id, login, reason, changes)"
        f" VALUES (now(), {event.xact}, 'accounts_user', 1, 'U', '', '', '', '{{}}')",
    )

    assert verify(trail).broken.words.endswith("(accounts_user 1) was added later")


def test_47_a_security_event_that_the_owner_alters_is_named(trail):
    owner_runs(trail.schema_name, "UPDATE audit_securityevent SET user_id = 99")

    found = verify(trail).broken
    assert (found.log, found.words) == ("security", "event 1 (signed_in) was altered")


def test_47_a_chain_cut_off_at_its_end_is_found(trail):
    last = person_events(trail)[-2:]
    owner_runs(
        trail.schema_name,
        f"DELETE FROM audit_event WHERE id >= {last[0].pk}",
        "DELETE FROM audit_seal WHERE log = 'event' AND number = 2",
    )

    assert verify(trail).broken.words == "the end is cut off: seal 2 is missing, and 2 were made"


def test_47_a_seal_made_anew_over_altered_rows_is_not_the_noted_one(trail):
    event = person_events(trail)[-1]
    owner_runs(
        trail.schema_name,
        f"UPDATE audit_event SET actor_id = 99 WHERE id = {event.pk}",
        "DELETE FROM audit_seal WHERE log = 'event' AND number = 2",
    )
    with in_cooperative(trail), connection.cursor() as cursor:
        cursor.execute("SELECT public.audit_seal(%s, 1000)", [trail.schema_name])

    assert verify(trail).broken.words == "seal 2 is not the one that was noted outside"


def test_47_a_seal_that_is_altered_or_missing_is_named(trail):
    owner_runs(
        trail.schema_name, "UPDATE audit_seal SET amount = 1 WHERE log = 'event' AND number = 1"
    )
    assert verify(trail).broken.words == "seal 1 was altered, or one before it"
    owner_runs(trail.schema_name, "DELETE FROM audit_seal WHERE log = 'event' AND number = 1")
    assert verify(trail).broken.words == "seal 1 is missing"


def test_a_job_that_stands_still_is_told(trail):
    with in_cooperative(trail):
        User.objects.create_user("late@example.org", name="Late")

    assert verify(trail).broken is None
    later = verify(trail, at=timezone.now() + timedelta(hours=7)).broken
    assert later.words.endswith("were never sealed: the job stands still")


def test_a_transaction_that_ends_late_is_sealed_later_and_keeps_nobody_waiting(login_wall):
    alpha = login_wall.alpha
    began, may_end = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with in_cooperative(alpha), transaction.atomic():
            User.objects.create_user("slow@example.org", name="Slow")
            began.set()
            may_end.wait(30)

    seal(alpha, at=timezone.now())
    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert began.wait(30)
    with in_cooperative(alpha):
        User.objects.create_user("quick@example.org", name="Quick")  # waits for nobody
    assert seal(alpha, at=timezone.now()) == 0  # an earlier number may still come

    may_end.set()
    slow.join()
    assert seal(alpha, at=timezone.now()) == 2
    assert verify(alpha).broken is None


def test_of_two_that_seal_at_once_the_second_waits_and_finds_the_work_done(trail):
    began, may_end, sealed = threading.Event(), threading.Event(), []

    def seal_slowly() -> None:
        with in_cooperative(trail), transaction.atomic():
            sealed.append(_seal_once(trail.schema_name))
            began.set()
            may_end.wait(30)

    with in_cooperative(trail):
        User.objects.create_user("new@example.org", name="New")
    first = threading.Thread(target=seal_slowly)
    second = threading.Thread(target=lambda: sealed.append(seal(trail, at=timezone.now())))
    first.start()
    assert began.wait(30)
    second.start()
    wait_until_somebody_waits()
    may_end.set()
    first.join()
    second.join()

    assert sealed == [1, 0]
    assert verify(trail).broken is None


def test_many_events_are_sealed_in_batches_that_keep_a_transaction_together(
    login_wall, monkeypatch
):
    monkeypatch.setattr("audit.sealing.MOST", 2)
    seal(login_wall.alpha, at=timezone.now())
    with in_cooperative(login_wall.alpha):
        before = Seal.objects.filter(log="event").count()
        Address.objects.bulk_create(
            [Address(street=str(n), city="G", latitude=1, longitude=1) for n in range(5)]
        )
        for n in range(3):
            User.objects.create_user(f"p{n}@example.org", name="P")
    seal(login_wall.alpha, at=timezone.now())

    with in_cooperative(login_wall.alpha):
        seals = Seal.objects.filter(log="event").order_by("number")[before:]
        assert [seal.amount for seal in seals] == [5, 2, 1]
    assert verify(login_wall.alpha).broken is None


def test_another_co_ops_trail_is_neither_sealed_nor_erased(login_wall):
    other = login_wall.beta.schema_name
    with in_cooperative(login_wall.alpha), connection.cursor() as cursor:
        for statement in (
            f"SELECT public.audit_seal('{other}', 10)",
            f"SELECT public.audit_erase('{other}', 'accounts_user', '{{1}}', '{{name}}')",
            f"SELECT public.audit_restart('{login_wall.alpha.schema_name}')",
            "SELECT public.audit_seal('public', 10)",
            f"SELECT public.audit_prune('{other}', 'event', 0)",
            "SELECT public.audit_prune('public', 'security', 0)",
        ):
            with pytest.raises(DatabaseError, match=r"permission denied|another co-op"):
                cursor.execute(statement)


def test_47_a_co_ops_login_can_neither_write_nor_change_nor_remove_events(trail):
    with in_cooperative(trail), connection.cursor() as cursor:
        for statement in (
            "UPDATE audit_event SET reason = 'x'",
            "DELETE FROM audit_event",
            "INSERT INTO audit_event (at, xact, kind, row_id, operation, changes) VALUES (now(), 1, 'x', 1, 'I', '{}')",
            "DELETE FROM audit_seal",
            "ALTER TABLE accounts_user DISABLE TRIGGER audit_update",
            "TRUNCATE audit_event",
        ):
            with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
                cursor.execute(statement)


def test_47_the_owner_by_mistake_does_not_change_events_either(trail):
    with as_owner(), connection.cursor() as cursor:
        for statement in ("UPDATE {}.audit_event SET reason = 'x'", "TRUNCATE {}.audit_event"):
            with pytest.raises(DatabaseError, match="append-only"):
                cursor.execute(statement.format(trail.schema_name))


def test_events_past_their_time_are_pruned_and_the_chain_goes_on(trail, monkeypatch, capsys):
    later = timezone.now() + timedelta(days=1200)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    call_command("prune_audit")
    assert "events were removed." in capsys.readouterr().out

    with in_cooperative(trail):
        assert not Event.objects.exists()
        User.objects.create_user("new@example.org", name="New")
    seal(trail, at=later)
    verdict = verify(trail, at=later)
    assert (verdict.broken, verdict.events) == (None, 1)
    assert verdict.pruned >= 6


def test_events_pruned_before_their_time_are_a_break(trail):
    owner_runs(
        trail.schema_name,
        "DELETE FROM audit_event",
        "UPDATE audit_seal SET pruned_at = now(), event_ids = NULL, digests = NULL WHERE log = 'event'",
    )

    assert verify(trail).broken.words == "the events of seal 1 were removed before their time"


def test_the_command_names_the_break_and_fails(trail, capsys):
    seal_all(at=timezone.now())
    call_command("verify_audit")
    assert "alpha: whole. " in capsys.readouterr().out
    event = person_events(trail)[0]
    owner_runs(trail.schema_name, f"DELETE FROM audit_event WHERE id = {event.pk}")

    with pytest.raises(CommandError, match="1 of 1 trails are broken"):
        call_command("verify_audit", cooperative="alpha")
    assert f"alpha: BROKEN at event: event {event.pk} is missing" in capsys.readouterr().err
    call_command("verify_audit", cooperative="beta")


def test_at_night_a_break_is_told_to_the_federations_staff(trail):
    with in_federation():
        User.objects.create_user("staff@example.org", name="Staff", is_federation_staff=True)
    seal_all(at=timezone.now())
    assert verify_everything(at=timezone.now()) == {}
    event = person_events(trail)[0]
    owner_runs(trail.schema_name, f"DELETE FROM audit_event WHERE id = {event.pk}")

    broken = verify_everything(at=timezone.now())

    assert list(broken) == ["Alpha"]
    with in_federation():
        [mail] = OutboxMessage.objects.all()
        assert (mail.payload["to"], mail.payload["template"]) == (
            "staff@example.org",
            "audit_alarm",
        )


def test_the_end_of_a_chain_is_noted_where_a_co_op_cannot_write(trail):
    with in_cooperative(trail), pytest.raises(DatabaseError, match="permission denied"):
        list(TrailEnd.objects.all())
    with in_federation():
        ends = TrailEnd.objects.filter(schema=trail.schema_name)
        assert sorted(ends.values_list("log", "number")) == [("event", 2), ("security", 1)]
