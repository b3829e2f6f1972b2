"""The outbox with real commits and several workers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from coopcycle import outbox
from coopcycle.models import OutboxMessage
from tenants.context import in_cooperative
from tests.kernel.test_outbox import NOW, put


@pytest.fixture(autouse=True)
def in_alpha(login_wall):
    with in_cooperative(login_wall.alpha):
        outbox.awake()  # another test's wake-up may still stand in Valkey
        yield
        connection.close()


def test_is_written_inside_a_transaction_only():
    with pytest.raises(transaction.TransactionManagementError):
        outbox.put("note", "a", {})


def test_no_transaction_is_open_while_a_message_is_sent(monkeypatch):
    seen = []
    monkeypatch.setitem(
        outbox._handlers, "note", lambda key, payload: seen.append(connection.in_atomic_block)
    )
    put("a")

    outbox.send_due(at=NOW)

    assert seen == [False]


def test_workers_at_once_send_each_message_once(sent, login_wall):
    keys = [f"m{number}" for number in range(60)]
    put(*keys)

    def work(_):
        try:
            with in_cooperative(login_wall.alpha):
                return outbox.send_due(limit=100, at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        tried = list(workers.map(work, range(4)))

    assert sum(tried) == 60
    assert sorted(sent) == sorted(keys)


def test_each_coop_sends_its_own(sent, login_wall):
    put("of alpha")

    with in_cooperative(login_wall.beta):
        assert outbox.send_due(at=NOW) == 0
    assert outbox.send_due(at=NOW) == 1


def test_a_request_goes_on_when_valkey_is_away(sent, monkeypatch, caplog):
    def refuse(*args, **options):
        raise ConnectionRefusedError

    monkeypatch.setattr(outbox.current_app, "send_task", refuse)

    put("a")

    assert OutboxMessage.objects.get().state == OutboxMessage.State.WAITING
    assert "No worker was woken" in caplog.text


def test_a_worker_is_woken_as_the_coop_after_commit(sent, monkeypatch):
    woken = []
    monkeypatch.setattr(
        outbox.current_app, "send_task", lambda *args, **options: woken.append(args)
    )

    with transaction.atomic():
        outbox.put("note", "a", {})
        assert woken == []

    assert woken == [("coopcycle.tasks.send_outbox",)]


def test_one_wake_up_is_enough_for_a_transaction(sent, monkeypatch):
    woken = []
    monkeypatch.setattr(
        outbox.current_app, "send_task", lambda *args, **options: woken.append(args)
    )

    with transaction.atomic():
        outbox.put("note", "a", {})
        with transaction.atomic():
            outbox.put("note", "b", {})
        outbox.put("note", "c", {})

    assert len(woken) == 1
    assert outbox.send_due(at=NOW) == 3
