"""What somebody wants to order, before it is an order. Plain values, so that forms, standing
orders and tests make them alike."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from orders.ordering.models import Order

_PICKUP_TAKES = timedelta(hours=1)


class LineDraft(NamedTuple):
    """So much of a product; at today's price, unless one was agreed. Perhaps instead of another."""

    product_id: int
    quantity: Decimal
    fixed_price_minor: int | None = None
    instead_of: str = ""  # the name of what a standing order asks for and cannot have


def together(lines: Iterable[LineDraft]) -> list[LineDraft]:
    """Each product once: what comes instead of another joins what was asked for itself."""
    found: dict[int, LineDraft] = {}
    for line in lines:
        if known := found.get(line.product_id):
            names = ", ".join(filter(None, [known.instead_of, line.instead_of]))
            line = known._replace(quantity=known.quantity + line.quantity, instead_of=names[:80])
        found[line.product_id] = line
    return list(found.values())


@dataclass(frozen=True, slots=True)
class ParcelDraft:
    """A parcel of the buyer's own and whom it is for."""

    recipient: str
    phone: str
    address_id: int
    load: str
    weight_grams: int


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """One delivery's wish: goods (`lines`) or a parcel, for the window `[after, before)`.

    The pick-up has a window of its own, or opens an hour before and lasts an hour. The carriage has
    the price of the day, unless one was agreed.
    `action_id` names the sending of the form: the same id never makes a second order.
    """

    buyer_id: int
    kind: Order.Kind
    after: datetime
    before: datetime
    lines: tuple[LineDraft, ...] = ()
    parcel: ParcelDraft | None = None
    note: str = ""
    producer_notes: Mapping[int, str] = field(default_factory=dict)  # producer id → note
    is_recurring: bool = False
    action_id: uuid.UUID = field(default_factory=uuid.uuid4, compare=False)
    pickup: tuple[datetime, datetime] | None = None
    agreed_carriage_minor: int | None = None

    def day(self, zone: ZoneInfo) -> date:
        """The local day of the drop-off."""
        return self.after.astimezone(zone).date()

    @property
    def pickup_after(self) -> datetime:
        return self.pickup[0] if self.pickup else self.after.astimezone(UTC) - _PICKUP_TAKES

    @property
    def pickup_before(self) -> datetime:
        return self.pickup[1] if self.pickup else self.pickup_after + _PICKUP_TAKES
