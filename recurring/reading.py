"""Standing orders as the generator reads them: plain records, in a fixed number of statements.

Planning takes either: these, or the instances that screens read with `planning.with_contents`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models

from coopcycle.db.records import Rows, grouped, related, select_rows
from orders.ordering.reading import Market, read_market
from orders.protocols import BusinessLike, ProductLike
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
from recurring.models.exceptions import lead_of
from recurring.models.standing import lead_between
from recurring.protocols import StandingOrderLike

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
    substitute_id: int | None
    product: ProductLike = related()
    substitute: ProductLike | None = related()


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
    pickup_lead_minutes: int | None
    pickup_minutes: int | None
    lines: list[tuple[int, str]]
    load: str
    weight_grams: int | None
    note: str
    by_office: bool
    decided_at: datetime

    @property
    def pickup_lead(self) -> timedelta | None:
        return lead_of(self.pickup_lead_minutes)


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
    usual_tour_id: int | None
    reopened_at: datetime | None
    buyer: BusinessLike = related()
    versions: Rows[_Version] = Rows()
    pauses: Rows[_Pause] = Rows()
    part_pauses: Rows[_PartPause] = Rows()
    overrides: Rows[_Override] = Rows()
    additions: Rows[_Added] = Rows()


def lock_and_read(ids: Sequence[int]) -> Sequence[StandingOrderLike]:
    """These standing orders by their keys, locked: an edit waits, and then generates again."""
    locked = select_rows(_StandingOrder, StandingOrder, "id", ids, is_locked=True)
    versions = select_rows(_Version, RuleVersion, "standing_order_id", ids)
    lines = select_rows(_Line, RuleLine, "version_id", [row[0] for row in versions])
    goods = {row[0] for row in lines} | {row[5] for row in lines if row[5]}
    market = read_market({row[1] for row in locked}, goods)
    relations = (
        _versions(versions, lines, market),
        _own(_Pause, Pause, ids, order_by="from_day"),
        _own(_PartPause, PartPause, ids, order_by="from_day"),
        _own(_Override, Override, ids),
        _own(_Added, Added, ids),
    )
    return [
        _StandingOrder._make((*row, market.buyers[row[1]], *(each[row[0]] for each in relations)))
        for row in locked
    ]


def _versions(
    rows: Sequence[tuple[Any, ...]],
    lines: Sequence[tuple[Any, ...]],
    market: Market[BusinessLike, ProductLike],
) -> Mapping[int, Rows[_Version]]:
    ids = [row[0] for row in rows]
    windows = select_rows(_Window, RuleWindow, "version_id", ids, order_by="opens")
    relations = (
        grouped(map(_Window._make, windows), by="version_id"),
        grouped((_line(row, market) for row in lines), by="version_id"),
    )
    versions = (_Version(*row, *(each[row[0]] for each in relations)) for row in rows)
    return grouped(versions, by="standing_order_id")


def _line(row: tuple[Any, ...], market: Market[BusinessLike, ProductLike]) -> _Line:
    return _Line._make((*row, market.products[row[0]], market.products.get(row[5])))


def _own(
    record: type[NamedTuple], model: type[models.Model], ids: Sequence[int], order_by: str = "id"
) -> Mapping[int, Rows[Any]]:
    """Records without relations, by their standing order."""
    rows = select_rows(record, model, "standing_order_id", ids, order_by=order_by)
    return grouped(map(record._make, rows), by="standing_order_id")
