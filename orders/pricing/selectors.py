"""The prices and tax rates of given days, read once for many orders."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from orders.pricing.models import PriceList
from tenants.models import Cooperative, TaxRate


class PriceBook:
    """Price lists and tax rates of a co-op that matter up to `last_day`: two queries for all."""

    def __init__(self, price_lists: Iterable[PriceList], rates: Iterable[TaxRate]) -> None:
        self._price_lists = sorted(price_lists, key=lambda prices: prices.valid_from, reverse=True)
        self._rates: dict[str, list[TaxRate]] = {}
        for rate in sorted(rates, key=lambda rate: rate.valid_from, reverse=True):
            self._rates.setdefault(rate.category, []).append(rate)

    def price_list(self, day: date) -> PriceList | None:
        """The list in force on `day`; None before the first."""
        return next((prices for prices in self._price_lists if prices.valid_from <= day), None)

    def tax_rate(self, category: str, day: date) -> Decimal | None:
        """The rate of the tax point's local day; None when no rate is known."""
        for rate in self._rates.get(category, ()):
            if rate.valid_from <= day and (rate.valid_to is None or day < rate.valid_to):
                return rate.rate
        return None


def price_book(cooperative: Cooperative, *, last_day: date) -> PriceBook:
    """All that `cooperative` needs to price orders up to `last_day`."""
    return PriceBook(
        PriceList.objects.filter(valid_from__lte=last_day, currency=cooperative.currency),
        TaxRate.objects.filter(territory=cooperative.country, valid_from__lte=last_day),
    )
