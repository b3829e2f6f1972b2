"""The editor's calendar: twelve weeks in the rule's own columns, then months, up to a year.

A weekly rule has few columns, so that its dates stand under each other; any other rule is read in
months.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from coopcycle.dates import format_days
from recurring.rules import Rule
from recurring.selectors.days import Day

WEEKS = 12
MONTHS = 3  # on a page
PAGES = 4  # twelve weeks and three pages of months make a year
_WEEK = timedelta(days=7)
_ALWAYS = {"generated", "planned"}
_LEGEND = (
    "generated",
    "planned",
    "changed",
    "moved",
    "added",
    "holiday",
    "skipped",
    "paused",
    "cancelled",
    "held",
    "missed",
    "failed",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the calendar: its dates, and the holiday's name if it is one."""

    day: date
    days: list[Day] = field(default_factory=list)
    holiday: str = ""
    is_outside: bool = False  # of the month, or past
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One week."""

    monday: date
    cells: list[Cell]

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def days(self) -> str:
        return format_days(self.monday, self.monday + timedelta(days=6))


@dataclass(frozen=True, slots=True)
class Block:
    """What stands under one heading: the twelve weeks, or a month."""

    first: date
    columns: list[int]  # ISO weekdays
    rows: list[Row]

    @property
    def weekdays(self) -> list[int]:
        """As templates count them: 0 is Monday."""
        return [column - 1 for column in self.columns]

    @property
    def holidays(self) -> list[Cell]:
        """Holidays with their names, for the line under a month."""
        cells = (cell for row in self.rows for cell in row.cells)
        return [cell for cell in cells if cell.holiday and not cell.is_outside]


@dataclass(frozen=True, slots=True)
class Grid:
    """One page of the calendar."""

    number: int
    is_weeks: bool
    blocks: list[Block]

    @property
    def earlier(self) -> int | None:
        return self.number - 1 if self.number else None

    @property
    def later(self) -> int | None:
        return self.number + 1 if self.number + 1 < PAGES else None

    @property
    def days(self) -> Iterator[Day]:
        return (
            day
            for block in self.blocks
            for row in block.rows
            for cell in row.cells
            if not cell.is_outside
            for day in cell.days
        )

    @property
    def first(self) -> date:
        return self.blocks[0].first

    @property
    def last(self) -> date:
        return self.blocks[-1].first

    @property
    def looks(self) -> list[str]:
        """For the legend: the usual ones, and what else this page shows."""
        shown = {day.look for day in self.days}
        return [look for look in _LEGEND if look in _ALWAYS or look in shown]

    @property
    def is_empty(self) -> bool:
        """Nothing says yet on which days it comes."""
        return self.is_weeks and not self.blocks[0].columns

    @property
    def is_dense(self) -> bool:
        """So many columns that words get little room."""
        return any(len(block.columns) > 4 for block in self.blocks)


def span(number: int, today: date, rule: Rule | None) -> tuple[date, date]:
    """The first and last day that this page shows."""
    if number == 0 and is_read_in_weeks(rule):
        monday = _monday(today)
        return monday, monday + WEEKS * _WEEK - timedelta(days=1)
    first = _month_after(today, MONTHS * number)
    last = _month_after(first, MONTHS) - timedelta(days=1)
    return _monday(first), last + timedelta(days=6 - last.weekday())


def grid_of(
    number: int,
    days: Iterable[Day],
    *,
    rule: Rule | None,
    holidays: Mapping[date, str],
    today: date,
) -> Grid:
    """The page with its dates. `days` may hold more than it shows."""
    by_day: dict[date, list[Day]] = {}
    for day in days:
        by_day.setdefault(day.day, []).append(day)
    if number == 0 and is_read_in_weeks(rule):
        return Grid(number, True, [_weeks(by_day, rule, holidays, today)])
    first = _month_after(today, MONTHS * number)
    months = [_month_after(first, n) for n in range(MONTHS)]
    return Grid(number, False, [_month(month, by_day, holidays, today) for month in months])


def is_read_in_weeks(rule: Rule | None) -> bool:
    return rule is None or (rule.frequency == "WEEKLY" and not rule.months)


def _weeks(
    by_day: Mapping[date, Sequence[Day]],
    rule: Rule | None,
    holidays: Mapping[date, str],
    today: date,
) -> Block:
    """Columns are the rule's weekdays, and those on which something else falls."""
    monday = _monday(today)
    last = monday + WEEKS * _WEEK
    columns = {weekday.day + 1 for weekday in rule.weekdays} if rule else set()
    columns |= {day.isoweekday() for day in by_day if monday <= day < last}
    ordered = sorted(columns)
    rows = [
        Row(start, [_cell(start + timedelta(days=c - 1), by_day, holidays, today) for c in ordered])
        for start in (monday + n * _WEEK for n in range(WEEKS))
    ]
    return Block(monday, ordered, rows)


def _month(
    first: date, by_day: Mapping[date, Sequence[Day]], holidays: Mapping[date, str], today: date
) -> Block:
    end = _month_after(first, 1)
    rows = []
    start = _monday(first)
    while start < end:
        cells = [
            _cell(start + timedelta(days=n), by_day, holidays, today, month=first.month)
            for n in range(7)
        ]
        rows.append(Row(start, cells))
        start += _WEEK
    return Block(first, list(range(1, 8)), rows)


def _cell(
    day: date,
    by_day: Mapping[date, Sequence[Day]],
    holidays: Mapping[date, str],
    today: date,
    *,
    month: int | None = None,
) -> Cell:
    is_outside = month is not None and day.month != month
    shown = [each for each in by_day.get(day, ()) if day >= today or each.order_id]
    is_past = day < today and not shown
    return Cell(
        day, shown, holidays.get(day, ""), is_outside or is_past, is_past and not is_outside
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month_after(day: date, months: int) -> date:
    """The first of the month so many months after `day`'s."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
