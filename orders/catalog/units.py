"""Quantities as people write them: "12 kg", "6 bunches", "2,5 kg"."""

from decimal import Decimal

from babel.numbers import format_decimal
from django.utils.translation import get_language, ngettext, to_locale

from orders.catalog.models import Product

Unit = Product.Unit
DIVISIBLE = frozenset({Unit.KG, Unit.LITRE})  # the others are ordered whole


def format_number(quantity: Decimal) -> str:
    """At most three decimals, none that say nothing."""
    return format_decimal(quantity, "#,##0.###", locale=to_locale(get_language() or "en"))


def format_plain(quantity: Decimal) -> str:
    """The bare number for machines, as rows and inputs of type number have it: "12", "2.5".

    A template would write "2,5" for a French reader, which a browser takes for nothing.
    """
    return f"{quantity.normalize():f}"


def format_quantity(quantity: Decimal, unit: str) -> str:
    """The quantity with its unit; pieces are a bare number."""
    number = format_number(quantity)
    count = int(quantity) if quantity == int(quantity) else 2
    match unit:
        case Unit.KG:
            return f"{number} kg"
        case Unit.LITRE:
            return f"{number} l"
        case Unit.BUNCH:
            return ngettext("%(number)s bunch", "%(number)s bunches", count) % {"number": number}
        case Unit.CRATE:
            return ngettext("%(number)s crate", "%(number)s crates", count) % {"number": number}
        case Unit.BOTTLE:
            return ngettext("%(number)s bottle", "%(number)s bottles", count) % {"number": number}
        case Unit.SACK:
            return ngettext("%(number)s sack", "%(number)s sacks", count) % {"number": number}
    return number
