"""Many rows at once by COPY, the fastest way into PostgreSQL that keeps every constraint.

    class StopRow(NamedTuple):
        id: int
        place: str

    ids = reserve_ids(Stop, len(places))
    copy_rows(Stop, [StopRow(*row) for row in zip(ids, places)], tour_id=tour.pk)

Ids are reserved first, so that rows of several tables can name each other before any is written.
A model's `save()` and its signals are passed by; what the database checks, it checks.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, models
from psycopg import sql

from coopcycle.db.base import current_connection
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


def copy_rows(model: type[models.Model], rows: Sequence[NamedTuple], **same: Any) -> None:
    """Insert rows whose attributes are named as the model's columns (`order_id`, not `order`).

    `same`: columns that hold one value in all of them. Columns that nobody names get the field's
    default, as in a new instance, or the database's, which numbers rows that bring no id. Raises
    Django's IntegrityError, as any insert does.
    """
    if not rows:
        return
    columns = _Columns(model, rows[0]._fields, same)
    current_connection().ensure_connection()
    current_connection().tell_act()  # COPY passes by what looks at statements
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(columns.statement) as copy,
    ):
        for values in columns.values(rows):
            copy.write_row(values)
        reach(f"{model._meta.label} half copied")
    reach(f"{model._meta.label} copied")


class _Columns:
    """How the rows of one call become lines of COPY: what they bring, then what is made for each,
    then what is the same for all."""

    def __init__(
        self, model: type[models.Model], names: Sequence[str], same: Mapping[str, Any]
    ) -> None:
        given: list[Any] = [model._meta.get_field(name) for name in names]
        fixed: dict[Any, Any] = {model._meta.get_field(name): same[name] for name in same}
        rest: list[Any] = [
            field
            for field in model._meta.concrete_fields
            if field not in given
            and field not in fixed
            and not field.primary_key
            and not _is_left_out(field)
        ]
        made = [field for field in rest if _is_made_anew(field)]
        fixed |= {field: field.get_default() for field in rest if field not in made}
        self.statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(model._meta.db_table),
            sql.SQL(", ").join(sql.Identifier(field.column) for field in [*given, *made, *fixed]),
        )
        self._makers: list[Callable[[], Any]] = [field.default for field in made]
        self._fixed = tuple(_as_written(_encoder(field), fixed[field]) for field in fixed)
        self._encoders = [
            (position, encode)
            for position, field in enumerate(given)
            if (encode := _encoder(field)) is not None
        ]

    def values(self, rows: Iterable[tuple[Any, ...]]) -> Iterable[Sequence[Any]]:
        makers, fixed = self._makers, self._fixed
        if self._encoders:
            rows = map(self._with_encoded, rows)
        if makers:
            rows = ((*row, *[make() for make in makers]) for row in rows)
        return ((*row, *fixed) for row in rows) if fixed else rows

    def _with_encoded(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for position, encode in self._encoders:
            values[position] = _encoded(encode, values[position])
        return tuple(values)


def _is_left_out(field: Any) -> bool:
    """Whether the database fills it by itself, or leaves it NULL: no row need say so."""
    return field.has_db_default() or field.get_default() is None


def _is_made_anew(field: Any) -> bool:
    """Whether each row gets a default of its own. (That of JSON is as empty for each.)"""
    return field.has_default() and callable(field.default) and not _encoder(field)


type _Encoder = Callable[[Any], Any]


def _encoder(field: Any) -> _Encoder | None:
    """What Django would do with a value on its way into the table, where COPY doesn't."""
    if isinstance(field, models.JSONField):
        return (field.encoder or json.JSONEncoder)().encode
    if isinstance(field, EncryptedTextField):
        return field.sealer()
    return None


def _encoded(encode: _Encoder | None, value: Any) -> Any:
    return value if encode is None or value is None else encode(value)


def _as_written(encode: _Encoder | None, value: Any) -> Any:
    """What is the same in all rows: an instant as text, which else is made of it for each (3 µs)."""
    value = _encoded(encode, value)
    return value.isoformat() if isinstance(value, datetime) else value
