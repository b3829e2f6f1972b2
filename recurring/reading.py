"""Standing orders as the generator reads them: plain records, in a fixed number of statements.

For a few hundred of them, model instances and their managers cost more than all that is made of
them. A record has the names of its model's fields, and its relations answer `all()`, so that
planning takes either: these, or the instances that screens read with `planning.with_contents`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple, Self, cast

from django.db import connection, models
from psycopg import sql
from psycopg.types.json import JsonbLoader

from coopcycle.db.lookups import array_of
from orders.catalog.models import Product
from orders.catalog.selectors import products_with_producers
from recurring.models import (
    Added,
    Override,
    PartPause,
    Pause,
    RuleLine,
    RuleVersion,
    RuleWindow,
    StandingOrder,
)
from recurring.models.standing import lead_between


class Rows[T](tuple[T, ...]):
    """What a relation holds; it answers as a manager whose rows were prefetched."""

    __slots__ = ()

    def all(self) -> Self:
        return self


# First the key that relations are found by, then the other columns; then, with a default, relations.


class _Window(NamedTuple):
    version_id: int
    opens: time
    minutes: int
    pickup_opens: time
    pickup_minutes: int
    pickup_days_before: int

    @property
    def pickup_lead(self) -> timedelta:
        return lead_between(self.pickup_days_before, self.pickup_opens, self.opens)


class _Line(NamedTuple):
    product_id: int
    version_id: int
    quantity: Decimal
    fixed_price_minor: int | None
    fixed_until: date | None
    product: Product | None = None  # never for long


class _Version(NamedTuple):
    pk: int
    standing_order_id: int
    number: int
    valid_from: str
    dtstart: str
    rrule: str
    holiday_policy: str
    carriage_minor: int | None
    carriage_until: date | None
    note: str
    producer_notes: dict[str, str]
    recipient: str
    recipient_phone: str
    recipient_address_id: int | None
    load: str
    weight_grams: int
    created_at: datetime
    windows: Rows[_Window] = Rows()
    lines: Rows[_Line] = Rows()


class _Pause(NamedTuple):
    standing_order_id: int
    from_day: date
    to_day: date | None
    reason: str


class _PartPause(NamedTuple):
    standing_order_id: int
    producer_id: int
    from_day: date
    to_day: date | None
    reason: str


class _Override(NamedTuple):
    standing_order_id: int
    original_start: str
    action: str
    new_start: str
    minutes: int | None
    lines: list[tuple[int, str]]
    load: str
    weight_grams: int | None
    note: str
    by_office: bool
    decided_at: datetime


class _Added(NamedTuple):
    standing_order_id: int
    start: str
    by_office: bool
    created_at: datetime


class _StandingOrder(NamedTuple):
    pk: int
    buyer_id: int
    kind: str
    timezone: str
    usual_courier_id: int | None
    reopened_at: datetime | None
    versions: Rows[_Version] = Rows()
    pauses: Rows[_Pause] = Rows()
    part_pauses: Rows[_PartPause] = Rows()
    overrides: Rows[_Override] = Rows()
    additions: Rows[_Added] = Rows()


def lock_and_read(ids: Sequence[int]) -> list[StandingOrder]:
    """These standing orders by their keys, locked: an edit waits, and then generates again."""
    locked = _select(_StandingOrder, StandingOrder, "id", ids, is_locked=True)
    versions = _versions(_select(_Version, RuleVersion, "standing_order_id", ids))
    pauses = _own(_Pause, Pause, ids, order_by="from_day")
    part_pauses = _own(_PartPause, PartPause, ids, order_by="from_day")
    overrides = _own(_Override, Override, ids)
    additions = _own(_Added, Added, ids)
    relations = (versions, pauses, part_pauses, overrides, additions)
    found = [_StandingOrder(*row, *(each[row[0]] for each in relations)) for row in locked]
    return cast("list[StandingOrder]", found)  # as far as planning can tell


def _versions(rows: Sequence[tuple[Any, ...]]) -> Mapping[int, Rows[_Version]]:
    ids = [row[0] for row in rows]
    windows = _select(_Window, RuleWindow, "version_id", ids, order_by="opens")
    lines = _select(_Line, RuleLine, "version_id", ids)
    products = products_with_producers({line[0] for line in lines})
    relations = (
        _grouped(map(_Window._make, windows), by="version_id"),
        _grouped((_Line._make((*line, products[line[0]])) for line in lines), by="version_id"),
    )
    versions = (_Version(*row, *(each[row[0]] for each in relations)) for row in rows)
    return _grouped(versions, by="standing_order_id")


def _own(
    record: type[NamedTuple], model: type[models.Model], ids: Sequence[int], order_by: str = "id"
) -> Mapping[int, Rows[Any]]:
    """Records without relations, by their standing order."""
    rows = _select(record, model, "standing_order_id", ids, order_by=order_by)
    return _grouped(map(record._make, rows), by="standing_order_id")


def _grouped[R](records: Iterable[R], *, by: str) -> Mapping[int, Rows[R]]:
    owner, groups = attrgetter(by), defaultdict(list)
    for record in records:
        groups[owner(record)].append(record)
    found: dict[int, Rows[R]] = defaultdict(Rows)
    found.update((pk, Rows(group)) for pk, group in groups.items())
    return found


def _select(
    record: type[NamedTuple],
    model: type[models.Model],
    key: str,
    ids: Sequence[int],
    *,
    order_by: str = "id",
    is_locked: bool = False,
) -> list[tuple[Any, ...]]:
    """The columns of a record, of all rows whose `key` is among the ids."""
    columns = [name for name in record._fields if name not in record._field_defaults]
    statement = sql.SQL("SELECT {} FROM {} WHERE {} = ANY(%s::bigint[]) ORDER BY {} {}").format(
        sql.SQL(", ").join(sql.Identifier("id" if name == "pk" else name) for name in columns),
        sql.Identifier(model._meta.db_table),
        sql.Identifier(key),
        sql.Identifier(order_by),
        sql.SQL("FOR UPDATE" if is_locked else ""),
    )
    with connection.cursor() as cursor:
        cursor.adapters.register_loader("jsonb", JsonbLoader)  # Django leaves JSON as text
        cursor.execute(statement, [array_of(ids)])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
