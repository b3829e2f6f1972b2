import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from coopcycle import outbox
from coopcycle.models import OutboxMessage

pytestmark = pytest.mark.django_db
NOW = datetime(2031, 3, 4, 10, 0, tzinfo=UTC)
State = OutboxMessage.State


@pytest.fixture
def failing(monkeypatch):
    def fail(key, payload):
        raise ConnectionError("the mail server is away")

    monkeypatch.setitem(outbox._handlers, "note", fail)


def put(*keys):
    with transaction.atomic():
        outbox.put_many("note", [(key, {"n": 1}) for key in keys])


def test_what_is_due_is_sent_once(sent):
    put("a", "b")

    assert outbox.send_due(at=NOW) == 2
    assert outbox.send_due(at=NOW) == 0
    assert sent == ["a", "b"]
    assert set(OutboxMessage.objects.values_list("state", "sent_at")) == {("sent", NOW)}


def test_a_key_is_written_once_and_the_first_stays(sent):
    put("a")
    with transaction.atomic():
        outbox.put("note", "a", {"n": 2})

    assert OutboxMessage.objects.get().payload == {"n": 1}


def test_a_change_that_is_rolled_back_tells_nobody(sent):
    with transaction.atomic():
        outbox.put("note", "a", {})
        transaction.set_rollback(True)

    assert outbox.send_due(at=NOW) == 0


def test_a_failure_is_tried_again_after_twice_the_pause(failing):
    put("a")
    at, pauses = NOW, []
    for _ in range(4):
        outbox.send_due(at=at)
        message = OutboxMessage.objects.get()
        assert (message.state, message.sent_at) == (State.WAITING, None)
        pauses.append((message.next_attempt_at - at).total_seconds())
        assert outbox.send_due(at=message.next_attempt_at - timedelta(seconds=1)) == 0
        at = message.next_attempt_at

    assert pauses == [10, 20, 40, 80]
    assert message.last_error == "ConnectionError: the mail server is away"


def test_gives_up_loudly_in_the_end(failing, caplog):
    put("a")
    at = NOW
    with caplog.at_level(logging.CRITICAL):
        for _ in range(outbox.MOST_ATTEMPTS):
            assert outbox.send_due(at=at) == 1
            at += outbox.LONGEST_PAUSE

    assert OutboxMessage.objects.get().state == State.DEAD
    assert [r.message for r in caplog.records if "gave up" in r.message]
    assert outbox.send_due(at=at) == 0


def test_one_that_fails_does_not_hold_up_the_next(monkeypatch):
    done = []

    def fail_on_a(key, payload):
        if key == "a":
            raise ValueError
        done.append(key)

    monkeypatch.setitem(outbox._handlers, "note", fail_on_a)
    put("a", "b")

    outbox.send_due(at=NOW)

    assert done == ["b"]


def test_a_worker_killed_between_claim_and_send_loses_nothing(sent):
    put("a")
    outbox._claim(NOW)  # and then the power goes

    assert outbox.send_due(at=NOW + outbox.LEASE - timedelta(seconds=1)) == 0
    assert outbox.send_due(at=NOW + outbox.LEASE) == 1
    assert sent == ["a"]


def test_a_message_that_kills_its_workers_is_given_up(sent):
    put("a")
    for attempt in range(outbox.MOST_ATTEMPTS):
        assert outbox._claim(NOW + attempt * outbox.LEASE)

    outbox.send_due(at=NOW + outbox.MOST_ATTEMPTS * outbox.LEASE)

    assert sent == []
    assert OutboxMessage.objects.get().state == State.DEAD


def test_a_slow_worker_does_not_undo_what_its_successor_wrote(sent):
    put("a")
    slow = outbox._claim(NOW)
    outbox.send_due(at=NOW + outbox.LEASE)

    outbox._put_off(slow, TimeoutError(), NOW)

    assert OutboxMessage.objects.get().state == State.SENT


def test_a_kind_without_handler_waits_for_its_code():
    with transaction.atomic():
        outbox.put("unheard-of", "a", {})

    outbox.send_due(at=NOW)

    assert OutboxMessage.objects.get().state == State.WAITING
