"""How the trail says what is kept as codes and lists in standing orders."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from audit.saying import NameOf, say_column
from orders.catalog.units import format_number
from recurring.rules import RuleError, parse_rule
from recurring.sentences import how_often
from recurring.words import reason_words

_PRODUCT = "orders_product"


def register() -> None:
    """Called once, when the apps are ready."""
    say_column("recurring_ruleversion", "rrule", _rule)
    say_column("recurring_occurrence", "reason", lambda reason, _name_of: reason_words(reason))
    say_column("recurring_occurrence", "left_out", _left_out)
    say_column("recurring_override", "lines", _lines, mentions=_products)


def _rule(text: str, _name_of: NameOf) -> str:
    try:
        return how_often(parse_rule(text))
    except RuleError:
        return text


def _left_out(lines: Iterable[Mapping[str, str]], _name_of: NameOf) -> str:
    return ", ".join(
        f"{line['name']} ({reason_words(line['reason'], line.get('detail', ''))})" for line in lines
    )


def _lines(lines: Iterable[tuple[int, str]], name_of: NameOf) -> str:
    return ", ".join(
        f"{format_number(Decimal(quantity))} × {name_of(_PRODUCT, number) or number}"
        for number, quantity in lines
    )


def _products(lines: Iterable[tuple[int, str]]) -> Iterable[tuple[str, int]]:
    return ((_PRODUCT, int(number)) for number, _quantity in lines)
