"""New rows of the tables of orders, named as their columns, for `copy_rows`."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple


class OrderRow(NamedTuple):
    """A new Order with its totals."""

    id: int
    kind: str
    buyer_id: int
    delivery_id: int
    day: date
    after: datetime
    before: datetime
    closes_at: datetime | None
    wall_start: str
    promised_timezone: str
    goods_minor: int
    delivery_minor: int | None
    delivery_tax_rate: Decimal | None
    tax_minor: int
    needs_price: bool
    note: str
    action_id: uuid.UUID


class PartRow(NamedTuple):
    """A new OrderPart, waiting for its producer's answer."""

    id: int
    order_id: int
    producer_id: int
    pickup_id: int
    note: str


class LineRow(NamedTuple):
    """A new OrderLine; of no part in a preview."""

    part_id: int | None
    product_id: int
    name: str
    note: str
    unit: str
    quantity: Decimal
    unit_price_minor: int
    tax_category: str
    tax_rate: Decimal
    total_minor: int
    tax_minor: int
    instead_of: str


class OrderEventRow(NamedTuple):
    """A new OrderEvent."""

    order_id: int
    kind: str
    details: dict[str, Any]
