"""What of the goods a date asks for, at which agreed price, and what may stand in for it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from orders.ordering.drafts import LineDraft, together
from orders.protocols import ProductLike
from recurring.protocols import LineLike, VersionLike


class Wish(NamedTuple):
    """So much of one product; what cannot be had of it may come as its `substitute`."""

    product: ProductLike
    quantity: Decimal
    fixed_price_minor: int | None = None
    substitute: ProductLike | None = None
    instead_of: str = ""  # the name of what it stands in for

    @property
    def stand_in(self) -> ProductLike | None:
        """The substitute, as long as it is on offer and sold as the product is."""
        other = self.substitute
        if other is None or other.archived_at or not other.is_available:
            return None
        return other if may_replace(other, self.product) else None

    def instead(self, product: ProductLike, quantity: Decimal) -> "Wish":
        """So much of another product, at the price of its day."""
        return Wish(product, quantity, instead_of=self.product.name)


def may_replace(other: ProductLike, product: ProductLike) -> bool:
    """Whether one can stand in for the other: of the same producer, in the same unit."""
    is_alike = (other.producer_id, other.unit) == (product.producer_id, product.unit)
    return is_alike and other.pk != product.pk


def side_by_side(kept: list[Wish], instead: Sequence[Wish]) -> list[Wish]:
    """What comes by itself, and what comes instead of another; each product once."""
    if not instead:
        return kept
    wishes = [*kept, *instead]
    known = {wish.product.pk: wish for wish in reversed(wishes)}
    lines = (LineDraft(w.product.pk, w.quantity, w.fixed_price_minor, w.instead_of) for w in wishes)
    return [
        known[line.product_id]._replace(quantity=line.quantity, instead_of=line.instead_of)
        for line in together(lines)
    ]


def agreed_price(line: LineLike, day: date) -> int | None:
    """The agreed price while it holds; None for the price of the day."""
    if line.fixed_until and day > line.fixed_until:
        return None
    return line.fixed_price_minor


def agreed_carriage(version: VersionLike, day: date) -> int | None:
    """The same for the carriage."""
    if version.carriage_until and day > version.carriage_until:
        return None
    return version.carriage_minor
