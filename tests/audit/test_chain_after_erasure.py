"""What an erasure takes out of events, and that what it leaves is proven as before."""

import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.erasing import erase_from_events, out_of_the_record
from audit.models import Event, Seal
from audit.sealing import seal
from audit.verifying import _Walk, verify
from coopcycle.current import acting
from tenants.context import in_cooperative
from tests.audit.trails import owner_runs, person_events, wait_until_somebody_waits


def test_a_person_erased_from_the_events_leaves_the_chain_whole(trail):
    event = person_events(trail)[0]
    with in_cooperative(trail), acting(actor_id=7), transaction.atomic():
        User.objects.filter(pk=event.row_id).update(name="–", email="gone@invalid", phone="")
        assert erase_from_events(User, [event.row_id]) == 2
    seal(trail, at=timezone.now())

    with in_cooperative(trail):
        found = Event.objects.filter(kind="accounts_user", row_id=event.row_id).order_by("pk")
        created, changed, erased = found
        assert (created.changes["name"], created.changes["email"]) == ([], [])
        assert created.changes["is_courier"] is False
        assert changed.changes == {"name": [], "email": []}
        assert (erased.operation, erased.actor_id) == ("E", 7)
        assert "Person 0" not in str(list(found.values()))
        assert created.salt != event.salt  # the one that would prove a guess is gone
    assert verify(trail).broken is None


def erased_event(trail) -> Event:
    """The first person's first event, after the person was erased and all was sealed."""
    event = person_events(trail)[0]
    with in_cooperative(trail):
        assert erase_from_events(User, [event.row_id]) == 1
    seal(trail, at=timezone.now())
    assert verify(trail).broken is None
    return event


@pytest.mark.parametrize(
    "change",
    [
        """changes = changes || '{"is_courier": true}'""",
        "changes = changes - 'is_courier'",
        "reason = 'because'",
        "salt = gen_random_uuid()",
        "salt = NULL",
    ],
)
def test_47_what_an_erasure_left_is_proven_and_the_row_named(trail, change):
    event = erased_event(trail)
    owner_runs(trail.schema_name, f"UPDATE audit_event SET {change} WHERE id = {event.pk}")

    assert verify(trail).broken.words == (
        f"event {event.pk} (accounts_user {event.row_id}) was altered after its erasure"
    )


def test_47_an_erasure_itself_is_never_emptied(trail):
    event = erased_event(trail)
    owner_runs(
        trail.schema_name,
        "UPDATE audit_event SET erased_hash = sha256(convert_to(concat_ws('|', salt::text, reason,"
        " changes::text), 'UTF8')), changes = '{}', salt = NULL WHERE operation = 'E'",
    )

    assert verify(trail).broken.words.endswith(
        f"(accounts_user {event.row_id}) was altered after its erasure"
    )


def test_an_erasure_made_twice_leaves_what_the_second_left(trail):
    event = person_events(trail)[0]
    with in_cooperative(trail):
        assert erase_from_events(User, [event.row_id], fields=["email"]) == 1
        once = Event.objects.get(pk=event.pk)
        assert erase_from_events(User, [event.row_id]) == 1
        assert Event.objects.get(pk=event.pk).salt not in (once.salt, None)
    seal(trail, at=timezone.now())

    assert verify(trail).broken is None


def test_an_erasure_from_before_its_remains_were_sealed_still_verifies(trail):
    """Such an event says of which columns alone; a later erasure proves what it finds."""
    event = person_events(trail)[0]
    owner_runs(
        trail.schema_name,
        "UPDATE audit_event SET erased_hash = sha256(convert_to(concat_ws('|', salt::text, reason,"
        " changes::text), 'UTF8')), changes = changes || '{\"name\": []}', salt = NULL"
        f" WHERE id = {event.pk}",
        "INSERT INTO audit_event (at, xact, kind, row_id, operation, request_id, login, reason, changes,"
        " salt) VALUES (now(), pg_current_xact_id()::text::bigint, 'accounts_user',"
        f" {event.row_id}, 'E', '', '', '', '{{\"name\": []}}', gen_random_uuid())",
    )
    seal(trail, at=timezone.now())
    assert verify(trail).broken is None

    with in_cooperative(trail):
        assert erase_from_events(User, [event.row_id], fields=["name"]) == 1
    seal(trail, at=timezone.now())
    assert verify(trail).broken is None
    owner_runs(
        trail.schema_name,
        f"UPDATE audit_event SET changes = changes - 'is_courier' WHERE id = {event.pk}",
    )
    assert verify(trail).broken.words.endswith("was altered after its erasure")


def test_two_that_erase_one_row_at_once_leave_the_chain_whole(trail):
    event = person_events(trail)[0]
    began, may_end = threading.Event(), threading.Event()

    def erase_slowly() -> None:
        with in_cooperative(trail), transaction.atomic():
            erase_from_events(User, [event.row_id], fields=["email"])
            began.set()
            may_end.wait(30)

    def erase_too() -> None:
        with in_cooperative(trail):
            erase_from_events(User, [event.row_id])

    first, second = threading.Thread(target=erase_slowly), threading.Thread(target=erase_too)
    first.start()
    assert began.wait(30)
    second.start()
    wait_until_somebody_waits()
    may_end.set()
    first.join()
    second.join()
    seal(trail, at=timezone.now())

    assert verify(trail).broken is None


def test_many_erased_events_are_verified_by_as_many_statements_as_one(trail):
    def statements() -> int:
        with in_cooperative(trail), CaptureQueriesContext(connection) as caught:
            walk = _Walk(Seal.Log.EVENT, timezone.now())
            walk.all_seals(None)
        return len(caught)

    erased_event(trail)
    one = statements()
    with in_cooperative(trail):
        erase_from_events(User, [event.row_id for event in person_events(trail)])
    seal(trail, at=timezone.now())
    assert statements() == one + 1  # one more seal is read


def test_a_row_emptied_without_an_erasure_is_found(trail):
    event = person_events(trail)[0]
    owner_runs(
        trail.schema_name,
        "UPDATE audit_event SET erased_hash = sha256(convert_to(concat_ws('|', salt::text, reason,"
        f" changes::text), 'UTF8')), changes = '{{}}', salt = NULL WHERE id = {event.pk}",
    )

    assert verify(trail).broken.words.endswith("was emptied, and no erasure says so")


def test_what_a_block_erases_of_rows_it_erases_from_their_events(login_wall):
    with in_cooperative(login_wall.alpha):
        ana = User.objects.create_user("ana@example.org", name="Ana Ferreira", phone="06 12")
        odile = User.objects.create_user("odile@example.org", name="Odile Morel")
        User.objects.filter(pk=odile.pk).update(name="Odile Morel-Petit")
        with out_of_the_record():
            User.objects.filter(pk=ana.pk).update(name="–", email="gone@invalid", phone="")
    seal(login_wall.alpha, at=timezone.now())

    with in_cooperative(login_wall.alpha):
        kept = str(list(Event.objects.values_list("changes", flat=True)))
        assert not any(word in kept for word in ("Ferreira", "ana@example", "06 12"))
        assert "Odile Morel-Petit" in kept
    assert verify(login_wall.alpha).broken is None
