"""Ends the time of old events: a whole seal at a time. The chain stays.

No login may remove events. At night the database does it for each, and only what is older than the
times in audit/migrations/0006; where the settings say less than those, it is the owner's to do.
"""

import logging
import struct
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min

from audit.models import Seal
from audit.sealing import in_trail, on_each_trail
from tenants.models import Cooperative

logger = logging.getLogger(__name__)

# How long events are kept. A pruned seal that is younger is a break in the chain.
KEPT_FOR: Mapping[str, timedelta] = {
    Seal.Log.EVENT: timedelta(days=settings.AUDIT_KEPT_DAYS),
    Seal.Log.SECURITY: timedelta(days=settings.AUDIT_SECURITY_KEPT_DAYS),
}
_TABLES = {Seal.Log.EVENT: "audit_event", Seal.Log.SECURITY: "audit_securityevent"}


def prune(schema: str, *, at: datetime) -> int:
    """Remove the events of `schema` whose time is over by the settings; returns how many. As the owner."""
    removed = 0
    for log in Seal.Log:
        old = Seal.objects.filter(
            log=log, pruned_at=None, newest_at__lt=at - KEPT_FOR[log]
        ).order_by("number")
        for seal in old.iterator(chunk_size=20):
            removed += _prune_one(schema, seal, at)
    return removed


def prune_all(*, at: datetime) -> int:
    """Remove what is past its time from every trail, as its own login; returns how many events.

    By the database's clock; `at` only counts what is left.
    """

    def prune_one(cooperative: Cooperative | None) -> int:
        with in_trail(cooperative) as schema:
            removed = sum(_prune_due(schema, log) for log in Seal.Log)
            if left := seconds_overdue(at):
                logger.warning("Events of %s are %d s past their time.", schema, left)
        return removed

    return on_each_trail(prune_one, "pruned")


def seconds_overdue(at: datetime) -> float:
    """How long the oldest sealed events of the current trail are past their time; 0: none is."""
    overdue = [
        (at - KEPT_FOR[log] - oldest).total_seconds()
        for log in Seal.Log
        if (oldest := _oldest_kept(log)) is not None
    ]
    return max([0.0, *overdue])


def _oldest_kept(log: Seal.Log) -> datetime | None:
    kept = Seal.objects.filter(log=log, pruned_at=None, amount__gt=0)
    oldest: datetime | None = kept.aggregate(oldest=Min("newest_at"))["oldest"]
    return oldest


def _prune_due(schema: str, log: Seal.Log) -> int:
    removed = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT public.audit_prune(%s, %s, %s)", [schema, log, KEPT_FOR[log].days]
            )
            (count,) = cursor.fetchone()
            if count is None:
                return removed
            removed += count


@transaction.atomic
def _prune_one(schema: str, seal: Seal, at: datetime) -> int:
    ids = [number for (number,) in struct.iter_unpack(">q", bytes(seal.event_ids or b""))]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('audit.keeping', %s, true)", [schema])
        cursor.execute(
            f"DELETE FROM {_TABLES[Seal.Log(seal.log)]} WHERE id = ANY(%s)",  # noqa: S608 - one of two
            [ids],
        )
        Seal.objects.filter(pk=seal.pk).update(event_ids=None, digests=None, pruned_at=at)
        cursor.execute("SELECT set_config('audit.keeping', '', true)")
    return len(ids)
