"""A CSV table as rows: its lines and columns. What its cells mean is in cells.py."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Business
from orders.models import Order
from orders.ordering.addresses import locate
from orders.ordering.forms import GoodsForm, ParcelForm
from recurring.importing.cells import (
    Cells,
    Known,
    buyer_in,
    choice_in,
    day_in,
    exceptions_in,
    goods_in,
    parcel_in,
    rule_in,
    windows_in,
)
from recurring.importing.columns import GOODS, NAMES, NEEDED, PARCEL
from recurring.importing.files import MOST_ROWS
from recurring.importing.rows import Problem, Row
from recurring.models import RuleVersion
from recurring.services import RuleDraft, RuleLineDraft

_SEPARATORS: Final = (";", ",", "\t")
_FORMULA: Final = "=+-@\t\r"


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
    rule, first, windows = rule_in(line), day_in(line, "first_date"), windows_in(line)
    kind = choice_in(line, "kind", {GOODS: Order.Kind.SUPPLY, PARCEL: Order.Kind.DELIVERY})
    policies = {str(policy): policy for policy in RuleVersion.HolidayPolicy}
    policy = choice_in(line, "holidays", policies, RuleVersion.HolidayPolicy.SKIP)
    buyer, exceptions = buyer_in(line, known), exceptions_in(line)
    name, note = line.text("name", 120), line.text("note")
    goods = goods_in(line, known) if kind == Order.Kind.SUPPLY else ()
    parcel = parcel_in(line) if kind == Order.Kind.DELIVERY else None
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
