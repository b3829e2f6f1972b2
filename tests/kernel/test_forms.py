"""Numbers as people write them."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation

from coopcycle.forms import DecimalField, PriceField, PriceInput


@pytest.mark.parametrize(
    ("written", "read"),
    [("2,5", "2.5"), ("2.5", "2.5"), (" 12 ", "12"), ("0,05", "0.05"), (",5", "0.5")],
)
def test_a_fraction_follows_a_comma_or_a_point(written, read):
    assert DecimalField(decimal_places=2).clean(written) == Decimal(read)


@pytest.mark.parametrize("written", ["1,250,50", "1.250,50", "2,5 kg", "a,b", ","])
def test_what_can_be_read_in_two_ways_is_asked_again(written):
    with pytest.raises(ValidationError, match="Write a number"):
        DecimalField(decimal_places=2).clean(written)


def test_nothing_is_no_number():
    assert DecimalField(required=False).clean("") is None


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "2.50"), ("fr", "2,50"), ("de", "2,50"), ("it", "2,50")]
)
def test_a_price_stands_in_its_box_as_people_write_it(language, shown):
    with translation.override(language):
        assert PriceInput().format_value(Decimal("2.5")) == shown
        assert PriceInput().format_value(Decimal(1234)) == f"1234{shown[1:2]}00"


def test_a_price_that_was_typed_comes_back_as_it_was_typed():
    assert PriceInput().format_value("2,5 kg") == "2,5 kg"


@pytest.mark.parametrize("written", ["1 234,5", "1234.50", "1\u202f234,50", " 1234,5 "])
def test_a_price_is_read_with_a_space_between_its_thousands(written):
    assert PriceField().clean(written) == Decimal("1234.5")


def test_what_a_form_cannot_read_is_said_in_our_sentences():
    class Asked(forms.Form):
        name = forms.CharField(max_length=3)
        email = forms.EmailField()
        weight = forms.IntegerField(max_value=300)
        price = PriceField(min_value=1)

    with translation.override("fr"):
        form = Asked({"name": "abcd", "email": "moi", "weight": "301", "price": "2,123"})
        said = {name: errors[0] for name, errors in form.errors.items()}

    assert said == {
        "name": "3 caractères au plus ; votre texte en compte 4.",
        "email": "Écrivez l’adresse e-mail en entier, comme nom@example.org.",
        "weight": "Écrivez 300 ou moins.",
        "price": "Écrivez au plus 2 chiffres après la virgule.",
    }
