"""Encrypted columns, rewritten where they stand: for migrations and for a new key. As the owner.

Each batch is a transaction of its own unless the caller has one; cut off anywhere, the next run
goes on with what is left.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

from coopcycle.db.encrypted import EMPTY, EncryptedTextField
from coopcycle.db.keys import (
    KeyRing,
    current_ring,
    key_number,
    make_key,
    master_name,
    note_change,
    reload_ring,
    unwrap,
    wrap,
)
from coopcycle.models import DataKey

BATCH = 500
# Processes hold a ring for five minutes; until then one may still write with the former key.
KEPT_AFTER_RETIRING = timedelta(hours=1)

_NEXT = """
SELECT {key}, {column} FROM {table} WHERE {key} > %s AND {column} <> ALL(%s) AND {wanted}
ORDER BY {key} LIMIT %s FOR UPDATE
"""
_WRITE = """
UPDATE {table} SET {column} = fresh.value FROM unnest(%s::bigint[], %s::text[]) AS fresh (key, value)
WHERE {key} = fresh.key
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One encrypted column. `place` is what its values are bound to."""

    table: str
    name: str
    place: str
    key: str = "id"


def encrypted_columns() -> Iterator[Column]:
    """All encrypted columns of the models that are installed."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField) and model._meta.managed:
                key = model._meta.pk
                assert key is not None and field.column  # noqa: S101, PT018 - for the types
                yield Column(model._meta.db_table, field.column, field.place, str(key.column))


def seal_column(column: Column) -> int:
    """Encrypt what stands there in the clear, in the active schema; how many values."""
    ring = current_ring()
    wanted = sql.SQL("{column} !~ '^k[0-9]+[.]'")
    return _rewrite(column, wanted, lambda value: ring.seal(value, column.place))


def open_column(column: Column) -> int:
    """The way back, for a migration that is taken back."""
    ring = current_ring()
    wanted = sql.SQL("{column} ~ '^k[0-9]+[.]'")
    return _rewrite(column, wanted, lambda value: ring.open(value, column.place))


def rotate(*, at: datetime) -> int:
    """A new key for the active schema; all values are encrypted with it. How many were."""
    make_key(at=at)
    return reseal()


def reseal() -> int:
    """Encrypt with the newest key what another one has sealed, or none; how many values."""
    ring = reload_ring()
    wanted = sql.SQL(f"{{column}} !~ '^k{ring.newest}[.]'")  # a number of ours
    return sum(
        _rewrite(column, wanted, partial(_again, ring, column.place))
        for column in encrypted_columns()
        if _has(column.table)
    )


def _again(ring: KeyRing, place: str, value: str) -> str:
    text = ring.open(value, place) if key_number(value) else value
    return ring.seal(text, place)


@transaction.atomic
def drop_spent_keys(*, at: datetime) -> list[int]:
    """Delete retired keys that no value needs and no process writes with any more."""
    dropped = []
    for row in DataKey.objects.filter(retired_at__lt=at - KEPT_AFTER_RETIRING):
        if not _is_used(row.number):
            dropped.append(row.number)
            row.delete()
    if dropped:
        note_change(str(connection.schema_name))  # type: ignore[attr-defined]
    return dropped


@transaction.atomic
def wrap_again() -> int:
    """Wrap the keys of the active schema under the present master key; how many were not."""
    schema = str(connection.schema_name)  # type: ignore[attr-defined]
    rows = DataKey.objects.select_for_update().exclude(master=master_name())
    for row in rows:
        binding = row.binding(schema)
        row.wrapped = wrap(unwrap(row.wrapped, binding, row.master), binding)
        row.master = master_name()
        row.save(update_fields=["wrapped", "master"])
    return len(rows)


@transaction.atomic
def erase_keys() -> int:
    """Delete all keys of the active schema: what they encrypted can never be read again."""
    note_change(str(connection.schema_name))  # type: ignore[attr-defined]
    deleted, _by_model = DataKey.objects.all().delete()
    return deleted


def _rewrite(column: Column, wanted: sql.SQL | sql.Composed, change: Callable[[str], str]) -> int:
    names = {
        "table": sql.Identifier(column.table),
        "column": sql.Identifier(column.name),
        "key": sql.Identifier(column.key),
    }
    which = sql.SQL(wanted.as_string(None)).format(**names)
    done, last = 0, 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.SQL(_NEXT).format(**names, wanted=which), [last, list(EMPTY), BATCH])
            rows = cursor.fetchall()
            if not rows:
                return done
            keys = [key for key, _value in rows]
            cursor.execute(
                sql.SQL(_WRITE).format(**names), [keys, [change(value) for _key, value in rows]]
            )
        done, last = done + len(rows), keys[-1]


def _is_used(number: int) -> bool:
    with connection.cursor() as cursor:
        for column in encrypted_columns():
            if not _has(column.table):
                continue
            cursor.execute(
                sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {} LIKE %s)").format(
                    sql.Identifier(column.table), sql.Identifier(column.name)
                ),
                [f"k{number}.%"],
            )
            if cursor.fetchone()[0]:
                return True
    return False


def _has(table: str) -> bool:
    """Whether the active schema has the table: the federation's has few of a co-op's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regclass(quote_ident(current_schema()) || '.' || quote_ident(%s))", [table]
        )
        return cursor.fetchone()[0] is not None
