"""What an order would cost and what speaks against it, before anything is in the database."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import Address
from coopcycle.money import tax_included
from orders.ordering import placing
from orders.ordering.checks import Verdict, check
from orders.ordering.drafts import OrderDraft
from orders.ordering.rows import LineRow
from orders.pricing.quotes import Quote
from tenants.models import Cooperative


@dataclass(frozen=True)
class Preview:
    """The money of a draft. `quote` is how the price list comes to the carriage; `carriage_minor`
    is what it costs, perhaps as agreed. Both None: the office has to set the price."""

    currency: str
    lines: list[LineRow]
    quote: Quote | None
    carriage_minor: int | None
    carriage_tax_rate: Decimal | None
    verdict: Verdict
    closes_at: datetime | None

    @property
    def goods_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    @property
    def delivery_minor(self) -> int:
        return self.carriage_minor or 0

    @property
    def total_minor(self) -> int:
        return self.goods_minor + self.delivery_minor

    @property
    def tax_minor(self) -> int:
        goods = sum(line.tax_minor for line in self.lines)
        return goods + tax_included(self.delivery_minor, self.carriage_tax_rate or Decimal(0))


def preview(
    draft: OrderDraft,
    *,
    cooperative: Cooperative,
    at: datetime,
    address: Address | None = None,
) -> Preview:
    """The preview of `draft`; `address` is the parcel's, when it is not saved yet (id 0)."""
    market = placing.market_of([draft])
    ground = placing.ground_for([draft], cooperative, market)
    if address is not None and draft.parcel:
        ground.addresses[draft.parcel.address_id] = address
    wish = placing.Wish(draft, ground)
    verdict = check(
        draft,
        buyer=market.buyers[draft.buyer_id],
        products=market.products,
        cooperative=cooperative,
        at=at,
    )
    carries = bool(draft.lines or draft.parcel)
    return Preview(
        currency=cooperative.currency,
        lines=wish.line_rows(draft.lines, part_id=None),
        quote=wish.quote if carries else None,
        carriage_minor=wish.carriage_minor if carries else None,
        carriage_tax_rate=wish.carriage_tax_rate,
        verdict=verdict,
        closes_at=wish.closes_at,
    )
