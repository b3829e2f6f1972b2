from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopcycle.money import Money, allocate, format_money, round_half_up, tax_included

amounts = st.integers(-(10**12), 10**12)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


def test_adds_and_subtracts_in_one_currency():
    assert Money(1050, "EUR") + Money(50, "EUR") - Money(100, "EUR") == Money(1000, "EUR")


@pytest.mark.parametrize("operation", ["__add__", "__sub__"])
def test_refuses_to_mix_currencies(operation):
    with pytest.raises(ValueError, match="EUR and CHF"):
        getattr(Money(1, "EUR"), operation)(Money(1, "CHF"))


@pytest.mark.parametrize(
    ("minor", "factor", "product"),
    [
        (333, 3, 999),
        (101, Decimal("0.5"), 51),
        (-101, Decimal("0.5"), -51),
        (250, Decimal("1.5"), 375),
    ],
)
def test_multiplies_and_rounds_half_up(minor, factor, product):
    assert Money(minor, "EUR") * factor == factor * Money(minor, "EUR") == Money(product, "EUR")


@pytest.mark.parametrize("factor", [1.5, True, "2"])
def test_refuses_factors_that_are_not_exact(factor):
    with pytest.raises(TypeError):
        Money(100, "EUR") * factor


@pytest.mark.parametrize("minor", [1.0, Decimal(1), True, "1"])
def test_refuses_amounts_that_are_not_whole(minor):
    with pytest.raises(TypeError):
        Money(minor, "EUR")


@pytest.mark.parametrize("currency", ["eur", "EURO", "", "€€€"])
def test_refuses_what_is_no_currency(currency):
    with pytest.raises(ValueError, match="not a currency"):
        Money(1, currency)


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999", 2), ("-0.5", -1)]
)
def test_half_goes_up(amount, rounded):
    assert round_half_up(Decimal(amount)) == rounded


@given(amounts, weights)
def test_allocation_loses_no_cent_and_stays_within_one_of_the_exact_share(minor, weights):
    shares = allocate(minor, weights)

    assert sum(shares) == minor
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - minor * weight) < sum(weights)
        if weight == 0:
            assert share == 0


@given(amounts, weights)
def test_allocation_of_a_refund_mirrors_its_charge(minor, weights):
    assert allocate(-minor, weights) == [-share for share in allocate(minor, weights)]


def test_allocation_gives_the_odd_cent_to_the_largest_remainder_then_the_first():
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(10, [25, 26, 49]) == [2, 3, 5]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1, 2]])
def test_allocation_refuses_impossible_weights(weights):
    with pytest.raises(ValueError, match="Weights"):
        allocate(100, weights)


@pytest.mark.parametrize(
    ("total", "rate", "tax"),
    [
        (1055, "0.055", 55),
        (1200, "0.20", 200),
        (100, "0.20", 17),
        (999, "0", 0),
        (-1200, "0.2", -200),
    ],
)
def test_tax_inside_a_gross_amount(total, rate, tax):
    assert tax_included(total, Decimal(rate)) == tax


@given(st.integers(0, 10**9), st.decimals("0", "1", places=3))
def test_net_and_tax_make_the_total_and_neither_is_negative(total, rate):
    tax = tax_included(total, rate)

    assert 0 <= tax <= total
    assert abs((total - tax) * rate - tax) <= 1 + rate


@pytest.mark.parametrize(
    ("minor", "currency", "language", "text"),
    [
        (123456, "EUR", "fr", "1\u202f234,56\u00a0€"),
        (123456, "EUR", "en", "€1,234.56"),
        (-50, "EUR", "fr", "-0,50\u00a0€"),
        (500, "JPY", "en", "¥500"),
        (1500, "TND", "fr", "1,500\u00a0TND"),
        (123450, "CHF", "de-ch", "CHF\u00a01’234.50"),
    ],
)
def test_written_as_the_language_does(minor, currency, language, text):
    assert format_money(minor, currency, language) == text
