"""A CSV table as rows: which columns it has, and what each cell means."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Business
from orders.catalog.models import Product
from orders.catalog.units import DIVISIBLE
from orders.models import Order
from orders.ordering.addresses import locate
from orders.ordering.checks import MAX_QUANTITY
from orders.ordering.forms import GoodsForm, ParcelForm
from recurring.expansion import parse_local
from recurring.importing.columns import GOODS, MORE, NAMES, NEEDED, PARCEL
from recurring.importing.files import MOST_ROWS
from recurring.importing.rows import Exceptions, Problem, Row
from recurring.models import RuleVersion
from recurring.rules import WEEKDAYS, Rule, RuleError, parse_rule
from recurring.services import RuleDraft, RuleLineDraft, WindowDraft
from recurring.words import rule_error_words
from tenants.models import Cooperative

_SEPARATORS: Final = (";", ",", "\t")
_WINDOW = re.compile(r"(\d{1,2}:\d\d)\s*[-–]\s*(\d{1,2}:\d\d)()")
_PICKUP = re.compile(r"(\d{1,2}:\d\d)\s*[-–]\s*(\d{1,2}:\d\d)(?:\s*/\s*([0-6]))?")
_GOODS = re.compile(r"(\d+(?:[.,]\d{1,3})?)\s*(?:[x×]\s*)?(\S.*?)\s*(?:@\s*(\S.*?))?")
_WEEKDAYS = re.compile(rf"(?:{'|'.join(WEEKDAYS)})(?:[\s,]+(?:{'|'.join(WEEKDAYS)}))*")
_FORMULA: Final = "=+-@\t\r"
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


def read_table(text: str, known: Known) -> list[Row]:
    """One row a line below the heading. Raises ValidationError when it is no such table."""
    lines = list(_lines(text))
    if not lines:
        raise ValidationError(_("This table is empty. Start from the example."))
    heading = [cell.strip().lower() for cell in lines[0][1]]
    missing = [name for name in NEEDED if name not in heading]
    if missing:
        raise ValidationError(
            _("These columns are missing in the first line: %(columns)s. Start from the example.")
            % {"columns": ", ".join(missing)}
        )
    if len(lines) - 1 > MOST_ROWS:
        raise ValidationError(
            _("A table may have %(number)s rows. Split it and bring its parts one by one.")
            % {"number": MOST_ROWS}
        )
    return [_row(number, heading, cells, known) for number, cells in lines[1:]]


def without_quote(cell: str) -> str:
    """The cell without the apostrophe that our export puts before a formula's first letter."""
    is_quoted = len(cell) > 1 and cell[0] == "'" and cell[1] in _FORMULA
    return (cell[1:] if is_quoted else cell).strip()


def safe_cell(value: str) -> str:
    """The cell as no spreadsheet program takes it for a formula."""
    return f"'{value}" if value.startswith(tuple(_FORMULA)) else value


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines with their number in the file; empty ones are left out."""
    first = next(iter(text.splitlines()), "")
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error:
        raise ValidationError(
            _(
                "Line %(number)s cannot be read: a quotation mark is not closed, or a cell is too long."
            )
            % {"number": number}
        ) from None


def _row(number: int, heading: Sequence[str], cells: Sequence[str], known: Known) -> Row:
    if len(cells) > len(heading) and any(cell.strip() for cell in cells[len(heading) :]):
        sentence = _(
            "This line has more cells than the first line. Quote cells that hold a separator."
        )
        return Row(number, cells[0][:120], problems=(Problem("", sentence),))
    values = {
        name: without_quote(cell.strip())
        for name, cell in zip(heading, cells, strict=False)
        if name in NAMES
    }
    line = Cells(values)
    for name in NEEDED:
        if not values.get(name):
            line.wrong(name, _("Fill this in."))
    if line.problems:
        return Row(number, values.get("name", "")[:120], problems=tuple(line.problems))
    return _read(number, line, known)


def _read(number: int, line: Cells, known: Known) -> Row:
    rule, first, windows = _rule(line), _day(line, "first_date"), _windows(line)
    kind = _choice(line, "kind", {GOODS: Order.Kind.SUPPLY, PARCEL: Order.Kind.DELIVERY})
    policies = {str(policy): policy for policy in RuleVersion.HolidayPolicy}
    policy = _choice(line, "holidays", policies, RuleVersion.HolidayPolicy.SKIP)
    buyer, exceptions = _buyer(line, known), _exceptions(line)
    name, note = line.text("name", 120), line.text("note")
    goods = _goods(line, known) if kind == Order.Kind.SUPPLY else ()
    parcel = _parcel(line) if kind == Order.Kind.DELIVERY else None
    if line.problems or rule is None or first is None or policy is None or kind is None:
        return Row(number, name, problems=tuple(line.problems))
    draft = RuleDraft(
        name=name,
        kind=kind,
        rule=rule,
        first_day=first,
        windows=tuple(windows),
        holiday_policy=policy,
        lines=tuple(goods),
        note=note,
    )
    if parcel is None:
        return Row(number, name, draft, buyer, exceptions=exceptions)
    return with_parcel(Row(number, name, draft, buyer, exceptions=exceptions), parcel, known)


def with_parcel(row: Row, parcel: ParcelForm, known: Known) -> Row:
    """The row with what a valid form says of its parcel."""
    assert row.draft is not None  # noqa: S101 - the caller made it
    said = parcel.cleaned_data
    pin = (said.get("latitude"), said.get("longitude"))
    place = locate(
        street=said["street"],
        postal_code=said["postal_code"],
        city=said["city"],
        instructions=said["instructions"],
        pin=None if None in pin else pin,  # type: ignore[arg-type]
        cooperative=known.cooperative,
    )
    place.name = said["recipient"]
    draft = replace(
        row.draft,
        recipient=said["recipient"],
        recipient_phone=said["phone"],
        load=said["load"],
        weight_grams=parcel.weight_grams,
    )
    return replace(row, draft=draft, place=place)


def with_contents_of(
    row: Row, buyer: Business | None, contents: GoodsForm | ParcelForm | None, known: Known
) -> Row:
    """A calendar's row with what was chosen once for all of its events."""
    if row.draft is None:
        return row
    row = replace(row, buyer=buyer)
    if contents is None or not contents.is_valid():
        return row
    if isinstance(contents, ParcelForm):
        return with_parcel(row, contents, known)
    notes = {str(pk): note for pk, note in contents.producer_notes.items()}
    lines = tuple(RuleLineDraft(line.product_id, line.quantity) for line in contents.lines)
    draft = replace(row.draft, lines=lines, producer_notes=notes) if row.draft else None
    return replace(row, draft=draft)


def _rule(line: Cells) -> Rule | None:
    text, last = line.text("rule").upper(), line.text("last_date")
    if _WEEKDAYS.fullmatch(text):
        text = f"FREQ=WEEKLY;BYDAY={','.join(re.findall('|'.join(WEEKDAYS), text))}"
    try:
        rule = parse_rule(text)
        if not last:
            return rule
        until = _day(line, "last_date")
        if rule.until is not None or rule.count is not None:
            line.wrong("last_date", _("The rule has an end already. Leave one of the two out."))
        return parse_rule(f"{text.rstrip(';')};UNTIL={until:%Y%m%d}") if until else None
    except RuleError as error:
        if not any(problem.column == "last_date" for problem in line.problems):
            line.wrong("rule", rule_error_words(error))
        return None


def _day(line: Cells, column: str) -> date | None:
    sentence = _("Write the day as 2026-12-01.")
    day = line.read(column, line.text(column), date.fromisoformat, sentence)
    if day is not None and not 2000 <= day.year <= 2100:
        line.wrong(column, sentence)
        return None
    return day


def _windows(line: Cells) -> list[WindowDraft]:
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


def _choice[T](
    line: Cells, column: str, choices: Mapping[str, T], default: T | None = None
) -> T | None:
    text = line.text(column).lower()
    if not text and default is not None:
        return default
    if text not in choices:
        line.wrong(column, _("Write one of: %(words)s.") % {"words": ", ".join(choices)})
    return choices.get(text)


def _buyer(line: Cells, known: Known) -> Business | None:
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


def _goods(line: Cells, known: Known) -> list[RuleLineDraft]:
    if not line.several("goods"):
        line.wrong(
            "goods", _("Write at least one product, as 12 Tomatoes @ Ferme des Trois Ormes.")
        )
    lines = [found for text in line.several("goods") if (found := _product_line(line, text, known))]
    if len({found.product_id for found in lines}) < len(lines):
        line.wrong("goods", _("Write each product once, with its whole quantity."))
    return lines


def _product_line(line: Cells, text: str, known: Known) -> RuleLineDraft | None:
    found = _GOODS.fullmatch(text)
    if found is None:
        line.wrong("goods", _("Write products as 12 Tomatoes @ Ferme des Trois Ormes."))
        return None
    matches = [p for p in known.products if _is_called(p, found[2], found[3] or "")]
    if len(matches) != 1:
        sentence = (
            _(
                "“%(product)s” is offered by several, or in several sizes. Add @ and the producer, and the size in brackets."
            )
            if matches
            else _("“%(product)s” is not offered. Write product and producer as in the catalogue.")
        )
        line.wrong("goods", sentence % {"product": found[2][:80]})
        return None
    (product,) = matches
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


def _parcel(line: Cells) -> ParcelForm | None:
    names = ("recipient", "phone", "street", "postal_code", "city", "load", "weight_kg")
    form = ParcelForm(
        {**{name: line.text(name) for name in names}, "instructions": line.text("access")}
    )
    if form.is_valid():
        return form
    for name, errors in form.errors.items():
        line.wrong(_PARCEL_COLUMNS.get(name, name), str(errors[0]))
    return None


def _exceptions(line: Cells) -> Exceptions:
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
