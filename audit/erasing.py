"""Takes a person out of the events, and leaves the chain as provable as it was."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction

from audit.models import Event
from coopcycle.current import require_schema
from coopcycle.db.base import current_connection
from coopcycle.tracking import tracked_tables


def erase_from_events(
    model: type[models.Model], row_ids: Iterable[int], *, fields: Iterable[str] | None = None
) -> int:
    """Take the personal values of these rows out of all their events; returns of how many.

    Which fields are personal the model declares (`@tracked(personal=…)`); `fields` names fewer.
    Reasons go too. Who changed which row and when stays, with the hash of what stood there, which
    is salted: the salt goes, so nobody can guess. One event more says that it was erased, by whom,
    with the hash of what stays of each event, so that the rest is as proven as before.
    Call it in the transaction that erases the rows themselves, after that: the rows' last values
    are in the event of their own erasure.
    """
    how = tracked_tables()[model._meta.db_table]
    columns = [_column(model, name) for name in fields or how.personal]
    numbers = sorted(set(row_ids))
    if not numbers or not columns:
        return 0
    with transaction.atomic():
        return _erase(how.table, numbers, columns)


def erase_column(model: type[models.Model], field: str) -> int:
    """Take a column that is encrypted from now on out of all events; returns of how many.

    For the migration that encrypts it: its own rewriting has left each text once more.
    """
    column = _column(model, field)
    told = Event.objects.filter(kind=model._meta.db_table, changes__has_key=column)
    return erase_from_events(model, told.values_list("row_id", flat=True), fields=[field])


_SINCE = """
SELECT kind, array_agg(DISTINCT row_id), array_agg(DISTINCT key)
FROM audit_event, jsonb_object_keys(changes) AS key
WHERE xact = pg_current_xact_id()::text::bigint AND id > %s AND operation IN ('U', 'D')
GROUP BY kind
"""


@contextmanager
def out_of_the_record() -> Iterator[None]:
    """What the block erases of rows, it erases from all their events, also those that it leaves.

    Also a decorator. In a transaction of its own, or in that around it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_event")
        (mark,) = cursor.fetchone()
        yield
        cursor.execute(_SINCE, [mark])
        for table, rows, columns in cursor.fetchall():
            personal = _personal(table) & set(columns)
            if personal:
                _erase(table, sorted(rows), sorted(personal))


def _personal(table: str) -> set[str]:
    how = tracked_tables().get(table)
    return {_column(how.model, name) for name in how.personal} if how else set()


def _column(model: type[models.Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.column)


def _erase(table: str, row_ids: list[int], columns: list[str]) -> int:
    current_connection().tell_act()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.audit_erase(%s, %s, %s::bigint[], %s::text[])",
            [require_schema(), table, row_ids, columns],
        )
        erased: int = cursor.fetchone()[0]
        return erased
