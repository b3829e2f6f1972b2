"""Made orders take the prices that hold now, many at once, and nothing else of them changes.

The same wish that makes and changes orders prices them. Who has accepted need not answer again: what
is to be given is the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from orders.ordering import changing, placing, totals
from orders.ordering.announcing import tell_orders
from orders.ordering.drafts import OrderDraft
from orders.ordering.fields import staying_parts
from orders.ordering.models import Order, OrderEvent, OrderLine
from orders.ordering.placing import Ground, Wish
from orders.ordering.rows import LineRow
from orders.ordering.services import OPEN_STATES, require_cooperative

_AT_ONCE = 500  # rows in a statement
_LINE_FIELDS = ("unit_price_minor", "tax_category", "tax_rate", "total_minor", "tax_minor")
_ORDER_FIELDS = (
    "goods_minor",
    "delivery_minor",
    "delivery_tax_rate",
    "tax_minor",
    "needs_price",
)


class Agreed(NamedTuple):
    """What was agreed for one order: unit prices by product id, and its carriage's."""

    lines: Mapping[int, int]
    carriage_minor: int | None = None


class Prices(NamedTuple):
    """What an order asks for each unit, by product id, and for its carriage."""

    lines: Mapping[int, int]
    carriage_minor: int | None

    @classmethod
    def of(cls, order: Order) -> "Prices":
        """Reads prefetched parts and lines."""
        lines = {line.product_id: line.unit_price_minor for line in _lines(order)}
        return cls(lines, order.delivery_minor)


class Move(NamedTuple):
    """One price of an order that became another one; without a product it is the carriage's."""

    product_id: int | None
    name: str
    unit: str
    before: int | None  # None: it was not known
    after: int

    def exceeds(self, percent: int) -> bool:
        """Whether it went up or down by more than so much of what it was."""
        if self.before is None:
            return True
        return abs(self.after - self.before) * 100 > percent * self.before


def moves_since(before: Prices, order: Order) -> list[Move]:
    """How the order's prices differ from what they were; what it did not have then has not moved."""
    moved = [
        Move(line.product_id, line.name, line.unit, known, line.unit_price_minor)
        for line in _lines(order)
        if (known := before.lines.get(line.product_id)) is not None
        and known != line.unit_price_minor
    ]
    carriage = order.delivery_minor
    if carriage is not None and carriage != before.carriage_minor:
        moved.append(Move(None, "", "", before.carriage_minor, carriage))
    return moved


@dataclass(frozen=True, slots=True)
class Repriced:
    """An order with its new prices, and what they were."""

    order: Order
    before: Prices
    lines: list[OrderLine]  # those whose price or tax is another one
    details: dict[str, Any]  # for its history


@transaction.atomic
def reprice_orders(agreed: Mapping[int, Agreed], *, at: datetime) -> list[Repriced]:
    """Price orders (id → what was agreed for each) by the lists of now; those that changed.

    Only what is open: not begun, not past its cut-off. Prices that a hand has set stay, and no order
    loses one that it has. The same few statements for one or for hundreds.
    """
    held = Order.objects.select_for_update(of=("self",)).filter(pk__among=agreed)
    orders = [
        order
        for order in changing.with_contents(held.order_by("pk"))
        if order.state in OPEN_STATES
        and not changing.is_begun(order)
        and not changing.is_late(order, at=at)
    ]
    if not orders:
        return []
    hands = changing.hand_changed_fields([order.pk for order in orders])
    asked = [
        _Asked.of(order, agreed[order.pk], hands.get(order.pk, frozenset())) for order in orders
    ]
    ground = placing.ground_for([each.draft for each in asked], require_cooperative())
    found = [repriced for each in asked if (repriced := each.priced_by(ground))]
    _write(found, at=at)
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """An order, and the draft that prices it anew."""

    order: Order
    draft: OrderDraft
    following: list[OrderLine]  # its lines that take the price of now, or the agreed one

    @classmethod
    def of(cls, order: Order, agreed: Agreed, hand: Collection[str]) -> "_Asked":
        draft = changing.as_it_is(order, changing.FIELDS - {"carriage"})
        is_named = "carriage" in hand and order.delivery_minor is not None
        carriage = order.delivery_minor if is_named else agreed.carriage_minor
        following = [] if "lines" in hand else _lines(order)
        free = {line.product_id for line in following}
        lines = tuple(
            line._replace(fixed_price_minor=agreed.lines.get(line.product_id))
            if line.product_id in free
            else line
            for line in draft.lines
        )
        return cls(order, replace(draft, lines=lines, agreed_carriage_minor=carriage), following)

    def priced_by(self, ground: Ground) -> Repriced | None:
        """The order with its new prices, not saved; None when they are those that it has."""
        order, wish = self.order, Wish(self.draft, ground)
        if wish.needs_price and not order.needs_price:
            return None
        before, taxed = Prices.of(order), _money_of(order)
        rows = {row.product_id: row for row in wish.line_rows(self.draft.lines, None)}
        changed = [
            line
            for line in self.following
            # Sold by another unit since, a price is of something else than what was ordered.
            if line.unit == rows[line.product_id].unit and _take_price(line, rows[line.product_id])
        ]
        order.delivery_minor, order.delivery_tax_rate = wish.carriage_minor, wish.carriage_tax_rate
        order.needs_price = wish.needs_price
        totals.set_totals(order, _lines(order))
        if not changed and _money_of(order) == taxed:
            return None
        moves = [move._asdict() for move in moves_since(before, order)]
        details = {**placing.price_details(wish), "prices": moves}
        return Repriced(order, before, changed, details)


def _lines(order: Order) -> list[OrderLine]:
    return [line for part in staying_parts(order) for line in part.lines.all()]


def _take_price(line: OrderLine, row: LineRow) -> bool:
    """Whether that makes a difference."""
    former = [getattr(line, name) for name in _LINE_FIELDS]
    for name in _LINE_FIELDS:
        setattr(line, name, getattr(row, name))
    return former != [getattr(line, name) for name in _LINE_FIELDS]


def _money_of(order: Order) -> list[Any]:
    return [getattr(order, name) for name in _ORDER_FIELDS]


def _write(found: Sequence[Repriced], *, at: datetime) -> None:
    if not found:
        return
    for each in found:
        each.order.version += 1
    lines = [line for each in found for line in each.lines]
    orders = [each.order for each in found]
    OrderLine.objects.bulk_update(lines, _LINE_FIELDS, batch_size=_AT_ONCE)
    Order.objects.bulk_update(orders, [*_ORDER_FIELDS, "version"], batch_size=_AT_ONCE)
    OrderEvent.objects.bulk_create(
        OrderEvent(order=each.order, kind=OrderEvent.Kind.REPRICED, at=at, details=each.details)
        for each in found
    )
    tell_orders([order.pk for order in orders])
