"""What the carriage of an order costs, part by part, so that it can be explained."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Self

from coopcycle.money import round_half_up, tax_included
from orders.pricing.distance import in_ridden_order, ridden_meters
from orders.pricing.models import PriceList
from orders.protocols import AddressLike

FREE_GRAMS = 20_000
STEP_GRAMS = 10_000


class Quote(NamedTuple):
    """The parts of one delivery's price. Minor units of `currency`, tax included."""

    currency: str
    base_minor: int
    extra_pickups: int
    extra_pickups_minor: int
    meters: int
    distance_minor: int
    weight_grams: int
    weight_steps: int  # 10 kg begun, above 20 kg
    weight_minor: int
    tax_rate: str  # as written in the event, e.g. "0.20000"

    @property
    def total_minor(self) -> int:
        return self.base_minor + self.extra_pickups_minor + self.distance_minor + self.weight_minor

    @property
    def tax_minor(self) -> int:
        return tax_included(self.total_minor, Decimal(self.tax_rate))

    @property
    def kilometers(self) -> Decimal:
        return (Decimal(self.meters) / 1000).quantize(Decimal("0.1"))

    @property
    def kilograms(self) -> Decimal:
        return (Decimal(self.weight_grams) / 1000).quantize(Decimal("0.1"))

    def as_details(self) -> dict[str, Any]:
        """For an event's JSON, so that the price can be explained years later."""
        return self._asdict()

    @classmethod
    def from_details(cls, details: dict[str, Any]) -> Self:
        return cls(**details)


def quote(
    prices: PriceList,
    *,
    pickups: Sequence[AddressLike],
    dropoff: AddressLike,
    weight_grams: int,
    tax_rate: Decimal,
) -> Quote:
    """The price of bringing a load from `pickups` to `dropoff`."""
    meters = ridden_meters(in_ridden_order(pickups, dropoff))
    extra = max(0, len(pickups) - 1)
    steps = max(0, -((FREE_GRAMS - weight_grams) // STEP_GRAMS))
    return Quote(
        currency=prices.currency,
        base_minor=prices.base_minor,
        extra_pickups=extra,
        extra_pickups_minor=extra * prices.extra_pickup_minor,
        meters=meters,
        distance_minor=round_half_up(prices.per_km_minor * Decimal(meters) / 1000),
        weight_grams=weight_grams,
        weight_steps=steps,
        weight_minor=steps * prices.per_10_kg_minor,
        tax_rate=str(tax_rate),
    )
