"""Links the events that are finished to the chain. A job does it; no writer ever waits for it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from audit.models import Seal
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative, TrailEnd

logger = logging.getLogger(__name__)

MOST = 10_000  # events of one seal, but for those of one transaction: they stay together
PUBLIC = "public"


@contextmanager
def in_trail(cooperative: Cooperative | None) -> Iterator[str]:
    """Inside a co-op, or in the federation's own schema; gives its name."""
    if cooperative is None:
        with in_federation():
            yield PUBLIC
    else:
        with in_cooperative(cooperative):
            yield cooperative.schema_name


def seal(cooperative: Cooperative | None, *, at: datetime) -> int:
    """Seal what has been written by now; returns how many events. None: the federation's own.

    The chain's new end is noted where the co-op's login cannot reach it, and in the log, which no
    database login reaches.
    """
    sealed = 0
    with in_trail(cooperative) as schema:
        while count := _seal_once(schema):
            sealed += count
        ends = list(
            Seal.objects.order_by("log", "-number").distinct("log").only("log", "number", "root")
        )
    with in_federation(), transaction.atomic():
        for end in ends:
            _note_end(schema, end, at)
    return sealed


def seal_all(*, at: datetime) -> int:
    """Seal every co-op's trail and the federation's own; returns how many events."""
    return on_each_trail(lambda cooperative: seal(cooperative, at=at), "sealed")


def on_each_trail(work: Callable[[Cooperative | None], int], done: str) -> int:
    """Call `work` for every co-op's trail and the federation's own (None), and add up what it did.

    One that fails does not stop the others. Raises an ExceptionGroup at the end when any failed,
    which says what could not be `done`.
    """
    with in_federation():
        everyone = list(Cooperative.objects.order_by("pk"))
    failures: list[Exception] = []
    total = 0
    for cooperative in [None, *everyone]:
        try:
            total += work(cooperative)
        except Exception as failure:  # noqa: BLE001 - raised together below
            failure.add_note(f"in cooperative {cooperative}")
            failures.append(failure)
    if failures:
        raise ExceptionGroup(f"Some trails could not be {done}.", failures)
    return total


def _seal_once(schema: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.audit_seal(%s, %s)", [schema, MOST])
        count: int = cursor.fetchone()[0]
        return count


def _note_end(schema: str, end: Seal, at: datetime) -> None:
    """The chain only grows: an end that is behind the noted one is for `verify_audit` to tell."""
    noted, is_new = TrailEnd.objects.select_for_update().get_or_create(
        schema=schema,
        log=end.log,
        defaults={"number": end.number, "root": bytes(end.root), "noted_at": at},
    )
    if not is_new and noted.number < end.number:
        noted.number, noted.root, noted.noted_at = end.number, bytes(end.root), at
        noted.save(update_fields=["number", "root", "noted_at"])
    elif not is_new:
        return
    logger.info("Sealed %s %s %d %s", schema, end.log, end.number, bytes(end.root).hex())
