"""The price list with which a new co-op begins, so that its very first order has a price."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from orders.pricing.models import PriceList
from tenants.models import Cooperative


@dataclass(frozen=True, slots=True)
class FirstPrices:
    """Minor units, tax included: one pick-up and drop-off, each further pick-up, kilometre, 10 kg."""

    currency: str
    base_minor: int
    extra_pickup_minor: int
    per_km_minor: int
    per_10_kg_minor: int


# A short ride costs about twenty minutes of a courier's paid work in the country, rounded to what
# reads well on a price list. The administrator sees these on the first day and puts others in force.
_BY_COUNTRY = {
    "AT": FirstPrices("EUR", 750, 250, 100, 100),
    "BE": FirstPrices("EUR", 700, 250, 95, 100),
    "CH": FirstPrices("CHF", 1200, 400, 180, 200),
    "DE": FirstPrices("EUR", 750, 250, 100, 100),
    "ES": FirstPrices("EUR", 550, 200, 75, 80),
    "FR": FirstPrices("EUR", 650, 250, 90, 100),
    "GB": FirstPrices("GBP", 650, 220, 90, 100),
    "IE": FirstPrices("EUR", 750, 250, 100, 100),
    "IT": FirstPrices("EUR", 600, 200, 80, 100),
    "LU": FirstPrices("EUR", 800, 280, 110, 120),
    "NL": FirstPrices("EUR", 700, 250, 95, 100),
    "PT": FirstPrices("EUR", 500, 180, 70, 80),
}


def set_first_prices(cooperative: Cooperative) -> None:
    """Put the usual prices of the co-op's country in force. Runs inside the co-op, at its opening.

    They count from the day before, so that the administrator's own may begin on the first day. A
    co-op that keeps its books in another currency gets none: a figure in the wrong money is worse
    than the office being asked for each price.
    """
    usual = _BY_COUNTRY.get(cooperative.country)
    if usual is None or usual.currency != cooperative.currency:
        return
    PriceList.objects.create(
        currency=usual.currency,
        base_minor=usual.base_minor,
        extra_pickup_minor=usual.extra_pickup_minor,
        per_km_minor=usual.per_km_minor,
        per_10_kg_minor=usual.per_10_kg_minor,
        valid_from=timezone.now().astimezone(cooperative.zone).date() - timedelta(days=1),
    )
