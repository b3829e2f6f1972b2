"""What an order would cost and what speaks against it, before anything is in the database."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Address
from orders.ordering import placing
from orders.ordering.checks import Verdict, check
from orders.ordering.drafts import OrderDraft
from orders.ordering.rows import LineRow
from orders.pricing.quotes import Quote
from tenants.models import Cooperative


@dataclass(frozen=True)
class Preview:
    """The money of a draft. `quote` is None where the office has to set the price."""

    currency: str
    lines: list[LineRow]
    quote: Quote | None
    verdict: Verdict
    closes_at: datetime | None

    @property
    def goods_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    @property
    def delivery_minor(self) -> int:
        return self.quote.total_minor if self.quote else 0

    @property
    def total_minor(self) -> int:
        return self.goods_minor + self.delivery_minor

    @property
    def tax_minor(self) -> int:
        goods = sum(line.tax_minor for line in self.lines)
        return goods + (self.quote.tax_minor if self.quote else 0)


def preview(
    draft: OrderDraft,
    *,
    cooperative: Cooperative,
    at: datetime,
    address: Address | None = None,
) -> Preview:
    """The preview of `draft`; `address` is the parcel's, when it is not saved yet (id 0)."""
    ground = placing.ground_for([draft], cooperative)
    if address is not None and draft.parcel:
        ground.addresses[draft.parcel.address_id] = address
    wish = placing.Wish(draft, ground)
    verdict = check(
        draft, buyer=wish.buyer, products=ground.products, cooperative=cooperative, at=at
    )
    carries = bool(draft.lines or draft.parcel)
    return Preview(
        currency=cooperative.currency,
        lines=wish.line_rows(draft.lines, part_id=None),
        quote=wish.quote if carries else None,
        verdict=verdict,
        closes_at=wish.closes_at,
    )
