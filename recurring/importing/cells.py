"""What each cell of a table means, and a sentence for what cannot be used."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext as _

from accounts.models import Business
from orders.catalog.models import Product
from orders.catalog.units import DIVISIBLE
from orders.ordering.checks import MAX_QUANTITY
from orders.ordering.forms import ParcelForm
from recurring.expansion import parse_local
from recurring.importing.columns import MORE
from recurring.importing.rows import Exceptions, Problem
from recurring.rules import WEEKDAYS, Rule, RuleError, parse_rule
from recurring.services import RuleLineDraft, WindowDraft
from recurring.wishes import may_replace
from recurring.words import rule_error_words
from tenants.models import Cooperative

_WINDOW = re.compile(r"(\d{1,2}:\d\d)\s*[-–]\s*(\d{1,2}:\d\d)()")
_PICKUP = re.compile(r"(\d{1,2}:\d\d)\s*[-–]\s*(\d{1,2}:\d\d)(?:\s*/\s*([0-6]))?")
_GOODS = re.compile(r"(\d+(?:[.,]\d{1,3})?)\s*(?:[x×]\s*)?(\S.*)")
_NAMED = re.compile(r"(\S.*?)\s*(?:@\s*(\S.*?))?")
_WEEKDAYS = re.compile(rf"(?:{'|'.join(WEEKDAYS)})(?:[\s,]+(?:{'|'.join(WEEKDAYS)}))*")
SHORTEST: Final = 15  # minutes
_PARCEL_COLUMNS: Final = {"instructions": "access"}  # fields of the form → columns


@dataclass(frozen=True, slots=True)
class Known:
    """What cells may name."""

    cooperative: Cooperative
    buyers: Mapping[str, Business]  # by name, in lower case
    products: Sequence[Product]  # with producers


@dataclass(slots=True)
class Cells:
    """The cells of one line, read one after the other; what is wrong is collected."""

    values: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def text(self, column: str, longest: int = 300) -> str:
        value = self.values.get(column, "")
        if len(value) > longest:
            self.wrong(column, _("Write at most %(number)s letters.") % {"number": longest})
        return value[:longest]

    def several(self, column: str) -> list[str]:
        cell = self.values.get(column, "")
        return [part.strip() for part in cell.split(MORE)] if cell else []

    def wrong(self, column: str, sentence: str) -> None:
        self.problems.append(Problem(column, sentence))

    def read[T](
        self, column: str, value: str, parse: Callable[[str], T], sentence: str
    ) -> T | None:
        """The value as `parse` understands it; else the sentence says what to write."""
        try:
            return parse(value)
        except ValueError:
            self.wrong(column, sentence)
            return None


def rule_in(line: Cells) -> Rule | None:
    text, last = line.text("rule").upper(), line.text("last_date")
    if _WEEKDAYS.fullmatch(text):
        text = f"FREQ=WEEKLY;BYDAY={','.join(re.findall('|'.join(WEEKDAYS), text))}"
    try:
        rule = parse_rule(text)
        if not last:
            return rule
        until = day_in(line, "last_date")
        if rule.until is not None or rule.count is not None:
            line.wrong("last_date", _("The rule has an end already. Leave one of the two out."))
        return parse_rule(f"{text.rstrip(';')};UNTIL={until:%Y%m%d}") if until else None
    except RuleError as error:
        if not any(problem.column == "last_date" for problem in line.problems):
            line.wrong("rule", rule_error_words(error))
        return None


def day_in(line: Cells, column: str) -> date | None:
    sentence = _("Write the day as 2026-12-01.")
    day = line.read(column, line.text(column), date.fromisoformat, sentence)
    if day is not None and not 2000 <= day.year <= 2100:
        line.wrong(column, sentence)
        return None
    return day


def windows_in(line: Cells) -> list[WindowDraft]:
    windows: list[WindowDraft] = []
    pickups = line.several("pickups")
    for number, text in enumerate(line.several("windows")):
        sentence = _("Write windows as 06:30-08:00, with | between several.")
        found = line.read("windows", text, lambda cell: _clocks(_WINDOW, cell), sentence)
        if found is None:
            return []
        opens, closes, _days = found
        if _minutes(opens, closes) < SHORTEST:
            line.wrong("windows", _("Leave at least a quarter of an hour for the delivery."))
        pickup = _pickup(line, pickups[number] if number < len(pickups) else "", opens)
        windows.append(WindowDraft(opens, _minutes(opens, closes), *pickup))
    if len({window.opens for window in windows}) < len(windows):
        line.wrong("windows", _("Two windows open at the same time."))
    if len(pickups) > len(windows):
        line.wrong("pickups", _("There are more pick-ups than windows."))
    return windows


def _pickup(line: Cells, text: str, opens: time) -> tuple[time | None, int, int]:
    """When the pick-up opens, its minutes, and how many days before; by itself when empty."""
    sentence = _("Write pick-ups as 05:30-06:30, or 18:00-19:00/1 for the day before.")
    found = (
        line.read("pickups", text, lambda cell: _clocks(_PICKUP, cell), sentence) if text else None
    )
    if found is None:
        return None, 60, 0
    begins, ends, days = found
    if not days and begins > opens:
        line.wrong("pickups", _("It must be picked up before it is delivered."))
    if _minutes(begins, ends) < SHORTEST:
        line.wrong("pickups", _("Leave at least a quarter of an hour for the pick-up."))
    return begins, _minutes(begins, ends), days


def _clocks(pattern: re.Pattern[str], text: str) -> tuple[time, time, int]:
    """Both times of “18:00-19:00/1”, and the days before. Raises ValueError."""
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError(text)
    first, second, days = found.groups()
    return time.fromisoformat(first.zfill(5)), time.fromisoformat(second.zfill(5)), int(days or 0)


def _minutes(start: time, end: time) -> int:
    """From start to end; an end before the start, or at it, is on the next day."""
    day = 24 * 60
    return ((end.hour - start.hour) * 60 + end.minute - start.minute) % day or day


def choice_in[T](
    line: Cells, column: str, choices: Mapping[str, T], default: T | None = None
) -> T | None:
    text = line.text(column).lower()
    if not text and default is not None:
        return default
    if text not in choices:
        line.wrong(column, _("Write one of: %(words)s.") % {"words": ", ".join(choices)})
    return choices.get(text)


def buyer_in(line: Cells, known: Known) -> Business | None:
    name = line.text("business")
    if not name and len(known.buyers) == 1:
        return next(iter(known.buyers.values()))
    buyer = known.buyers.get(name.lower())
    if buyer is None:
        line.wrong(
            "business",
            _("No business of this name is yours to order for. Write its name as on its page."),
        )
    return buyer


def goods_in(line: Cells, known: Known) -> list[RuleLineDraft]:
    if not line.several("goods"):
        line.wrong(
            "goods", _("Write at least one product, as 12 Tomatoes @ Ferme des Trois Ormes.")
        )
    lines = [found for text in line.several("goods") if (found := _product_line(line, text, known))]
    if len({found.product_id for found in lines}) < len(lines):
        line.wrong("goods", _("Write each product once, with its whole quantity."))
    instead = _substitutes_in(line, known)
    if instead.keys() - {found.product_id for found in lines}:
        line.wrong("substitutes", _("Say only of the goods of this row what comes instead."))
    return [
        replace(found, substitute_id=instead.get(found.product_id)) if instead else found
        for found in lines
    ]


def _substitutes_in(line: Cells, known: Known) -> dict[int, int]:
    """Product → what comes instead."""
    found: dict[int, int] = {}
    for text in line.several("substitutes"):
        names = [_NAMED.fullmatch(side.strip()) for side in text.split(">")]
        products = [_product(line, "substitutes", name, known) for name in names if name]
        if len(products) != 2 or len(names) != 2:
            line.wrong("substitutes", _("Write substitutes as Tomatoes > Courgettes."))
            continue
        product, other = products
        if product is None or other is None:
            continue
        if may_replace(other, product):
            found[product.pk] = other.pk
        else:
            sentence = _(
                "Instead of %(product)s choose another product of its producer, sold alike."
            )
            line.wrong("substitutes", sentence % {"product": product.name})
    return found


def _product_line(line: Cells, text: str, known: Known) -> RuleLineDraft | None:
    found = _GOODS.fullmatch(text)
    if found is None:
        line.wrong("goods", _("Write products as 12 Tomatoes @ Ferme des Trois Ormes."))
        return None
    product = _product(line, "goods", _NAMED.fullmatch(found[2]), known)
    if product is None:
        return None
    quantity = _quantity(found[1])
    if quantity is None or not 0 < quantity <= MAX_QUANTITY:
        line.wrong(
            "goods", _("Write a quantity above 0, at most %(most)s.") % {"most": MAX_QUANTITY}
        )
        return None
    if product.unit not in DIVISIBLE and quantity != int(quantity):
        line.wrong("goods", _("“%(product)s” is ordered whole.") % {"product": product.name})
        return None
    return RuleLineDraft(product.pk, quantity)


def _product(line: Cells, column: str, named: re.Match[str] | None, known: Known) -> Product | None:
    """The one product of this name."""
    name, producer = (named[1], named[2] or "") if named else ("", "")
    matches = [p for p in known.products if _is_called(p, name, producer)]
    if len(matches) == 1:
        return matches[0]
    sentence = (
        _(
            "“%(product)s” is offered by several, or in several sizes. Add @ and the producer, and the size in brackets."
        )
        if matches
        else _("“%(product)s” is not offered. Write product and producer as in the catalogue.")
    )
    line.wrong(column, sentence % {"product": name[:80]})
    return None


def product_words(product: Product) -> str:
    """As the goods column names it: “Apples (crate of 8 kg) @ Verger du Lac”."""
    size = f" ({product.note})" if product.note else ""
    return f"{product.name}{size} @ {product.producer.name}"


def _is_called(product: Product, name: str, producer: str) -> bool:
    if producer and product.producer.name.casefold() != producer.casefold():
        return False
    names = {product.name, f"{product.name} ({product.note})"}
    return name.casefold() in {each.casefold() for each in names}


def _quantity(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def parcel_in(line: Cells) -> ParcelForm | None:
    names = ("recipient", "phone", "street", "postal_code", "city", "load", "weight_kg")
    form = ParcelForm(
        {**{name: line.text(name) for name in names}, "instructions": line.text("access")}
    )
    if form.is_valid():
        return form
    for name, errors in form.errors.items():
        line.wrong(_PARCEL_COLUMNS.get(name, name), str(errors[0]))
    return None


def exceptions_in(line: Cells) -> Exceptions:
    sentence = _("Write dates as 2026-12-24T06:30, with | between several.")
    moves = _("Write moves as 2026-12-24T06:30>2026-12-23T06:30.")
    skipped = _moments(line, "skipped_dates", line.several("skipped_dates"), sentence)
    added = _moments(line, "added_dates", line.several("added_dates"), sentence)
    moved: dict[datetime, tuple[datetime, int | None]] = {}
    for text in line.several("moved_dates"):
        pair = _moments(line, "moved_dates", text.split(">"), moves)
        if len(pair) == 2:
            moved[pair[0]] = (pair[1], None)
        elif len(text.split(">")) != 2:
            line.wrong("moved_dates", moves)
    return Exceptions(frozenset(skipped), moved, frozenset(added))


def _moments(line: Cells, column: str, texts: Iterable[str], sentence: str) -> list[datetime]:
    found = (line.read(column, text.strip(), parse_local, sentence) for text in texts)
    return [moment for moment in found if moment is not None]
