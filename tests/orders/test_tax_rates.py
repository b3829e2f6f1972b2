from datetime import date
from decimal import Decimal

import pytest

from orders.pricing.selectors import price_book
from tenants.models import TaxRate
from tests.factories import PriceListFactory


@pytest.mark.parametrize("territory", ["FR", "IT", "BE", "DE", "NL", "ES"])
def test_each_country_has_each_rate_once_and_says_where_from(db, territory):
    rates = TaxRate.objects.filter(territory=territory).on(date(2026, 11, 23))

    assert sorted(rates.values_list("category", flat=True)) == sorted(TaxRate.Category.values)
    assert all(rate.source for rate in rates)


def test_the_rate_of_the_day_counts(db, alpha):
    book = price_book(alpha, last_day=date(2026, 11, 23))

    assert book.tax_rate("food", date(2026, 11, 23)) == Decimal("0.055")
    assert book.tax_rate("delivery", date(2026, 11, 23)) == Decimal("0.2")
    assert book.tax_rate("food", date(2013, 12, 31)) is None


def test_the_price_list_of_the_day_counts(db, alpha):
    old = PriceListFactory(valid_from=date(2026, 1, 1))
    new = PriceListFactory(valid_from=date(2026, 12, 1))
    book = price_book(alpha, last_day=date(2026, 12, 31))

    assert book.price_list(date(2025, 12, 31)) is None
    assert book.price_list(date(2026, 11, 30)) == old
    assert book.price_list(date(2026, 12, 1)) == new
