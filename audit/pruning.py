"""Ends the time of old events: a whole seal at a time, by the owner alone. The chain stays."""

import struct
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from audit.models import Seal

# How long events are kept. A pruned seal that is younger is a break in the chain.
KEPT_FOR: Mapping[str, timedelta] = {
    Seal.Log.EVENT: timedelta(days=settings.AUDIT_KEPT_DAYS),
    Seal.Log.SECURITY: timedelta(days=settings.AUDIT_SECURITY_KEPT_DAYS),
}
_TABLES = {Seal.Log.EVENT: "audit_event", Seal.Log.SECURITY: "audit_securityevent"}


def prune(schema: str, *, at: datetime) -> int:
    """Remove the events of `schema` whose time is over; returns how many. Runs as the owner."""
    removed = 0
    for log in Seal.Log:
        old = Seal.objects.filter(
            log=log, pruned_at=None, newest_at__lt=at - KEPT_FOR[log]
        ).order_by("number")
        for seal in old.iterator(chunk_size=20):
            removed += _prune_one(schema, seal, at)
    return removed


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
