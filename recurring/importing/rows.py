"""What a file asks for, one row a standing order; and what is wrong with it, said per row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import Address, Business
from recurring.expansion import first_start, zone_named
from recurring.rules import RuleError
from recurring.schedule import (
    Action,
    Decision,
    Planned,
    Policy,
    Term,
    Terms,
    WorkCalendar,
    schedule,
)
from recurring.sentences import how_often
from recurring.services import RuleDraft
from recurring.words import rule_error_words

LOOK_AHEAD = timedelta(days=400)
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in which column (empty: the whole row), and what to write instead."""

    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Single dates that the file skips, moves or adds, by their original start."""

    skipped: frozenset[datetime] = frozenset()
    moved: Mapping[datetime, tuple[datetime, int | None]] = field(default_factory=dict)
    added: frozenset[datetime] = frozenset()  # moved: to which start, and how many minutes long


@dataclass(frozen=True, slots=True)
class Row:
    """One standing order of a file, as far as it could be read."""

    line: int
    name: str = ""
    draft: RuleDraft | None = None
    buyer: Business | None = None
    place: Address | None = None  # of a parcel; not saved yet
    exceptions: Exceptions = Exceptions()
    problems: tuple[Problem, ...] = ()

    @property
    def is_good(self) -> bool:
        return self.draft is not None and not self.problems


@dataclass(frozen=True, slots=True)
class Shown:
    """A row for people: what would be made, in words, with its next dates."""

    row: Row
    sentence: str = ""
    goods: str = ""
    coming: tuple[Planned, ...] = ()

    def with_goods(self, goods: str) -> "Shown":
        return replace(self, goods=goods)


def with_dates_checked(row: Row, *, zone_name: str, today: date) -> Row:
    """The row with a problem when nothing of it lies ahead, or its rule gives no date."""
    if row.draft is None or row.problems:
        return row
    zone, draft = zone_named(zone_name), row.draft
    try:
        if first_start(draft.rule, zone=zone, dtstart=draft.dtstart) is None:
            return refused(row, "rule", _("The rule ends before its first date."))
        terms = terms_of_row(row, zone_name)
        empty = WorkCalendar()
        is_over = not any(
            not p.is_skipped for p in schedule(terms, empty, today, today + LOOK_AHEAD)
        )
    except RuleError as error:
        return refused(row, "rule", rule_error_words(error))
    if is_over:
        return refused(row, "rule", _("No date of it lies in the coming year."))
    return row


def refused(row: Row, column: str, sentence: str) -> Row:
    return replace(row, problems=(*row.problems, Problem(column, sentence)))


def terms_of_row(row: Row, zone_name: str) -> Terms:
    """As the standing order would stand after the import."""
    assert row.draft is not None  # noqa: S101 - asked of good rows only
    draft, exceptions = row.draft, row.exceptions
    term = Term(
        number=1,
        rule=draft.rule,
        dtstart=draft.dtstart,
        policy=Policy(draft.holiday_policy),
        times=tuple(window.opens for window in draft.windows),
    )
    decisions = {start: Decision(Action.CANCEL) for start in exceptions.skipped}
    decisions |= {
        start: Decision(Action.MOVE, moved) for start, (moved, _minutes) in exceptions.moved.items()
    }
    return Terms(
        zone_named(zone_name), (term,), decisions=decisions, added=frozenset(exceptions.added)
    )


def shown(
    rows: Iterable[Row], *, zone_name: str, calendar: WorkCalendar, today: date
) -> list[Shown]:
    """Rows in words. `calendar` knows the holidays of the coming year."""
    return [_shown(row, zone_name, calendar, today) for row in rows]


def _shown(row: Row, zone_name: str, calendar: WorkCalendar, today: date) -> Shown:
    if not row.is_good or row.draft is None:
        return Shown(row)
    draft = row.draft
    planned = schedule(terms_of_row(row, zone_name), calendar, today, today + LOOK_AHEAD)
    coming = tuple(p for p in planned if not p.is_skipped)[:SHOWN]
    times = [window.opens for window in draft.windows]
    return Shown(row, how_often(draft.rule, times, draft.first_day), coming=coming)
