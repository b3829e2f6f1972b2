"""What must happen outside of a transaction is written in it, and done after it, at least once.

    with transaction.atomic():
        order.save()
        outbox.put("mail", f"order-placed-{order.pk}", {...})

A worker claims a message in a short transaction (a lease), calls its handler with no transaction
open, and marks it sent. Killed in between, the lease runs out and the message is sent again: the
key, which the handler passes on, makes that once for the receiver. Valkey only wakes the worker;
what is due is read from the table.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Min, Q
from django.utils import timezone

from coopcycle.current import actor_here, current_act, current_schema, working_for
from coopcycle.failpoints import reach
from coopcycle.models import OutboxMessage
from coopcycle.valkey import hint

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than a task may run (CELERY_TASK_TIME_LIMIT)
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
WAKE_SECONDS = 15  # beat's own pause between two looks
MOST_ATTEMPTS = 12  # about five hours

type Payload = dict[str, Any]
Handler = Callable[[str, Payload], None]
State = OutboxMessage.State
# Django's bulk_create writes each value of each row by itself: twice the work for a day's digests.
_PUT = """
INSERT INTO coopcycle_outboxmessage
    (kind, key, payload, state, attempts, next_attempt_at, last_error, created_at,
     request_id, actor_id)
SELECT %s, key, payload, 'waiting', 0, %s, '', %s, %s, %s
FROM json_to_recordset(%s) AS message (key text, payload jsonb)
ON CONFLICT DO NOTHING
"""
_handlers: dict[str, Handler] = {}
_keeps: dict[str, Callable[[Payload], Payload]] = {}


def handler(
    kind: str, *, keeps: Callable[[Payload], Payload] | None = None
) -> Callable[[Handler], Handler]:
    """Register the function that does messages of this kind. It gets the key and the payload,
    runs in the co-op, with no transaction open, and raises when it should be tried again.

    Of a payload that is not needed any more stays what `keeps` returns.
    """

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        if keeps:
            _keeps[kind] = keeps
        return function

    return register


def put(kind: str, key: str, payload: Mapping[str, Any]) -> None:
    """Write one message with the change that it tells of. A key that is there already stays."""
    put_many(kind, [(key, payload)])


def put_many(kind: str, messages: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Write many messages at once. Must run inside the transaction of what they tell of."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("The outbox is written inside a transaction.")
    rows = [{"key": key, "payload": payload} for key, payload in messages]
    if not rows:
        return
    now = timezone.now()
    with connection.cursor() as cursor:
        act = current_act()
        facts: list[Any] = [kind, now, now, act.request_id, actor_here()]
        cursor.execute(_PUT, [*facts, json.dumps(rows, cls=DjangoJSONEncoder)])
    if not _will_wake():
        transaction.on_commit(wake_worker, robust=True)


def send_due(*, limit: int = 100, at: datetime | None = None, seconds: float | None = None) -> int:
    """Send up to `limit` messages that are due, beginning none after so many `seconds`.

    Returns how many were tried.
    """
    tried, started = 0, time.monotonic()
    while tried < limit and (seconds is None or time.monotonic() < started + seconds):
        message = _claim(at or timezone.now())
        if message is None:
            break
        tried += 1
        reach("message claimed")
        with working_for(message.request_id, message.actor_id):
            _send(message, at)
        reach("message settled")
    return tried


def count_due() -> int:
    """How many messages wait although their time has come."""
    waiting = OutboxMessage.objects.filter(state__in=[State.WAITING, State.SENDING])
    return waiting.filter(next_attempt_at__lte=timezone.now()).count()


def count_dead() -> int:
    """How many were given up: a person has to look."""
    return OutboxMessage.objects.filter(state=State.DEAD).count()


def given_up(most: int = 200) -> list[OutboxMessage]:
    """The latest of those that were given up."""
    return list(OutboxMessage.objects.filter(state=State.DEAD).order_by("-pk")[:most])


@transaction.atomic
def revive(message_id: int, *, at: datetime) -> bool:
    """Let a message that was given up be tried again from the beginning. False: it is not there."""
    dead = OutboxMessage.objects.filter(pk=message_id, state=State.DEAD)
    found = dead.update(state=State.WAITING, attempts=0, next_attempt_at=at)
    transaction.on_commit(wake_worker, robust=True)
    return bool(found)


@transaction.atomic
def drop(message_id: int) -> bool:
    """Send a message never. Its key stays, so that it is not written again. False: it is not there."""
    dead = OutboxMessage.objects.select_for_update().filter(pk=message_id, state=State.DEAD)
    if not (message := dead.first()):
        return False
    message.state, message.payload = State.DROPPED, _what_stays(message)
    message.save(update_fields=["state", "payload"])
    return True


def count_failing(kind: str) -> int:
    """How many of a kind could not be sent at least once and are not sent now."""
    failing = OutboxMessage.objects.filter(kind=kind)
    failing = failing.exclude(state__in=[State.SENT, State.DROPPED])
    return failing.exclude(last_error="").count()


def oldest_due_seconds(at: datetime | None = None) -> float:
    """For how long the message whose turn is next has been due; 0 when none is."""
    at = at or timezone.now()
    waiting = OutboxMessage.objects.filter(state__in=[State.WAITING, State.SENDING])
    due = waiting.filter(next_attempt_at__lte=at).aggregate(since=Min("next_attempt_at"))["since"]
    return (at - due).total_seconds() if due else 0.0


@transaction.atomic
def _claim(at: datetime) -> OutboxMessage | None:
    """Take the message that waits longest. Another worker's row is skipped, not waited for."""
    message = (
        OutboxMessage.objects.select_for_update(skip_locked=True)
        .filter(Q(state=State.WAITING) | Q(state=State.SENDING), next_attempt_at__lte=at)
        .order_by("next_attempt_at", "id")
        .first()
    )
    if message:
        message.state = State.SENDING
        message.attempts += 1
        message.next_attempt_at = at + LEASE
        message.save(update_fields=["state", "attempts", "next_attempt_at"])
    return message


def _send(message: OutboxMessage, at: datetime | None) -> None:
    try:
        if message.attempts > MOST_ATTEMPTS:
            raise RuntimeError("Each worker that sent it died.")
        _handlers[message.kind](message.key, message.payload)
        reach("message sent")
    except Exception as error:  # noqa: BLE001 - whatever it was, the message must not be lost
        _put_off(message, error, at or timezone.now())
    else:
        stays = _what_stays(message)
        _settle(
            message, state=State.SENT, sent_at=at or timezone.now(), last_error="", payload=stays
        )


def _what_stays(message: OutboxMessage) -> Payload:
    """Of what nobody will send again."""
    keeps, payload = _keeps.get(message.kind), message.payload
    return keeps(payload) if keeps else payload


def _put_off(message: OutboxMessage, error: Exception, at: datetime) -> None:
    """Try again later, each time after twice the pause; give up loudly in the end."""
    text = f"{type(error).__name__}: {error}"[:2000]
    if message.attempts >= MOST_ATTEMPTS:
        _settle(message, state=State.DEAD, last_error=text)
        logger.critical("Outbox gave up: %s in %s", message, current_schema(), exc_info=error)
        return
    pause = min(FIRST_PAUSE * 2 ** (message.attempts - 1), LONGEST_PAUSE)
    _settle(message, state=State.WAITING, next_attempt_at=at + pause, last_error=text)
    logger.warning("Outbox will retry %s in %s: %s", message, current_schema(), text)


def _settle(message: OutboxMessage, **changes: Any) -> None:
    """Write the outcome, unless the lease ran out and another worker has the message now."""
    OutboxMessage.objects.filter(
        pk=message.pk, state=State.SENDING, attempts=message.attempts
    ).update(**changes)


def _will_wake() -> bool:
    """Whether this transaction has put a message already: one wake-up is enough for all."""
    return any(function is wake_worker for _sids, function, *_ in connection.run_on_commit)


def wake_worker() -> None:
    """Only saves waiting for the next tick; that Valkey is away must not break a request.

    One wake-up waits for each co-op at most: ten thousand changes of one do not queue up before
    another's. It is forgotten by the worker before it looks (`awake`), or after some seconds.
    """
    wake = _wake_key()
    if not hint(lambda valkey: valkey.set(wake, 1, nx=True, ex=WAKE_SECONDS)):
        return
    name = "send_outbox" if current_schema() else "send_federation_outbox"
    try:
        current_app.send_task(f"coopcycle.tasks.{name}", retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - the tick of beat sends what is due
        logger.warning("No worker was woken for the outbox: %s", error)


def awake() -> None:
    """A worker is about to look at this outbox: what is written from now on wakes one again."""
    hint(lambda valkey: valkey.delete(_wake_key()))


def _wake_key() -> str:
    return f"wake:{current_schema() or ''}"
