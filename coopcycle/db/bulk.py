"""Many rows at once by COPY, the fastest way into PostgreSQL that keeps every constraint.

    class StopRow(NamedTuple):
        id: int
        place: str

    ids = reserve_ids(Stop, len(places))
    copy_rows(Stop, [StopRow(*row) for row in zip(ids, places)])

Ids are reserved first, so that rows of several tables can name each other before any is written.
A model's `save()` and its signals are passed by; what the database checks, it checks.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.db import connection, models
from psycopg import sql

from coopcycle.db.encrypted import EncryptedTextField
from coopcycle.failpoints import reach

_RESERVE = """
SELECT nextval(counter.name)
FROM (SELECT pg_get_serial_sequence(%s, %s)::regclass AS name OFFSET 0) AS counter,
     generate_series(1, %s)
"""


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """So many primary keys that nobody else gets, in ascending order. Unused ones leave a gap."""
    key = model._meta.pk
    assert key is not None  # noqa: S101 - every model of ours has one
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [f'"{model._meta.db_table}"', key.column, count])
        return sorted(found for (found,) in cursor.fetchall())


def copy_rows(model: type[models.Model], rows: Sequence[NamedTuple]) -> None:
    """Insert rows whose attributes are named as the model's columns (`order_id`, not `order`).

    Columns that they don't name get the field's default, as in a new instance; the database
    numbers rows that bring no id. Raises Django's IntegrityError, as any insert does.
    """
    if not rows:
        return
    columns = _Columns(model, rows[0]._fields)
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(columns.statement) as copy,
    ):
        for row in rows:
            copy.write_row(columns.values(row))
    reach(f"{model._meta.label} copied")


class _Columns:
    """How the rows of one call become lines of COPY."""

    def __init__(self, model: type[models.Model], names: Sequence[str]) -> None:
        given = [model._meta.get_field(name) for name in names]
        rest = [
            field
            for field in model._meta.concrete_fields
            if field not in given and not field.primary_key
        ]
        fields: list[Any] = [*given, *rest]
        self.statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(model._meta.db_table),
            sql.SQL(", ").join(sql.Identifier(field.column) for field in fields),
        )
        self._defaults: list[Callable[[], Any]] = [field.get_default for field in rest]
        is_fixed = not any(callable(field.default) for field in rest)
        self._fixed = tuple(default() for default in self._defaults) if is_fixed else None
        self._encoders = [
            (position, encode)
            for position, field in enumerate(fields)
            if (encode := _encoder(field)) is not None
        ]

    def values(self, row: NamedTuple) -> Sequence[Any]:
        fixed = self._fixed
        values = (*row, *(fixed if fixed is not None else (each() for each in self._defaults)))
        return self._encoded(values) if self._encoders else values

    def _encoded(self, given: tuple[Any, ...]) -> list[Any]:
        values = list(given)
        for position, encode in self._encoders:
            if values[position] is not None:
                values[position] = encode(values[position])
        return values


def _encoder(field: Any) -> Callable[[Any], Any] | None:
    """What Django would do with a value on its way into the table, where COPY doesn't."""
    if isinstance(field, models.JSONField):
        return partial(json.dumps, cls=field.encoder)
    if isinstance(field, EncryptedTextField):
        return field.sealer()
    return None
