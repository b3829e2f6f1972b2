"""Numbers as people write them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from coopcycle.forms import DecimalField


@pytest.mark.parametrize(
    ("written", "read"),
    [("2,5", "2.5"), ("2.5", "2.5"), (" 12 ", "12"), ("0,05", "0.05"), (",5", "0.5")],
)
def test_a_fraction_follows_a_comma_or_a_point(written, read):
    assert DecimalField(decimal_places=2).clean(written) == Decimal(read)


@pytest.mark.parametrize("written", ["1,250,50", "1.250,50", "2,5 kg", "a,b", ","])
def test_what_can_be_read_in_two_ways_is_asked_again(written):
    with pytest.raises(ValidationError, match="Enter a number"):
        DecimalField(decimal_places=2).clean(written)


def test_nothing_is_no_number():
    assert DecimalField(required=False).clean("") is None
