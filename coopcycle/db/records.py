"""Rows as plain records, for what is read by the hundred and thrown away.

    class Stop(NamedTuple):
        pk: int
        place: str
        bike: Bike = related()
        tags: Rows[Tag] = Rows()

    select_rows(Stop, models.Stop, "tour_id", tours)  # its columns: those without a default

Model instances, with their managers and fields that look things up, cost more than all that is made
of them. A record has the names of its model's fields, and its relations answer `all()`, so that
code takes either.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, Self

from django.db import connection, models
from psycopg import sql
from psycopg.types.json import JsonbLoader

from coopcycle.db.encrypted import EncryptedTextField
from coopcycle.db.lookups import array_of


class Rows[T](tuple[T, ...]):
    """What a relation holds; it answers as a manager whose rows were prefetched."""

    __slots__ = ()

    def all(self) -> Self:
        return self


def related() -> Any:
    """The default of a relation to one record: it is no column, and is given when one is made."""
    return None


def select_rows(
    record: type[NamedTuple],
    model: type[models.Model],
    key: str,
    ids: Collection[int],
    *,
    order_by: str = "id",
    is_locked: bool = False,
) -> list[tuple[Any, ...]]:
    """The columns of a record, of all rows whose `key` is among the ids."""
    statement = _statement(record, model, key, order_by, is_locked=is_locked)
    with connection.cursor() as cursor:
        cursor.adapters.register_loader("jsonb", JsonbLoader)  # Django leaves JSON as text
        cursor.execute(statement, [array_of(ids)])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    for position, name in enumerate(_columns(record)):
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        if isinstance(field, EncryptedTextField):
            found = [
                (*row[:position], field.opened(row[position]), *row[position + 1 :])
                for row in found
            ]
    return found


def _columns(record: type[NamedTuple]) -> list[str]:
    return [name for name in record._fields if name not in record._field_defaults]


@cache  # one for each place that reads records, which does so in every run
def _statement(
    record: type[NamedTuple],
    model: type[models.Model],
    key: str,
    order_by: str,
    *,
    is_locked: bool,
) -> str:
    statement = sql.SQL("SELECT {} FROM {} WHERE {} = ANY(%s::bigint[]) ORDER BY {} {}").format(
        sql.SQL(", ").join(
            sql.Identifier("id" if name == "pk" else name) for name in _columns(record)
        ),
        sql.Identifier(model._meta.db_table),
        sql.Identifier(key),
        sql.Identifier(order_by),
        sql.SQL("FOR UPDATE" if is_locked else ""),
    )
    return statement.as_string()


def grouped[R](records: Iterable[R], *, by: str) -> Mapping[int, Rows[R]]:
    """Records by what they belong to; no rows for all that have none."""
    owner, groups = attrgetter(by), defaultdict(list)
    for record in records:
        groups[owner(record)].append(record)
    found: dict[int, Rows[R]] = defaultdict(Rows)
    found.update((pk, Rows(group)) for pk, group in groups.items())
    return found
