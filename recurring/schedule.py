"""What a standing order really brings: its rule, then pauses, holidays and what hands decided.

Pure: no Django, no database. An occurrence keeps its original start as its name for ever; only
its effective start moves. Each step that decides leaves its reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from recurring.expansion import local_starts, resolve
from recurring.rules import Rule

SEARCH_DAYS = 14  # how far a holiday may shift a delivery
# Two shifts that meet on one day come from at most two searches apart.
_REACH = timedelta(days=2 * SEARCH_DAYS + 1)
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
A_YEAR = timedelta(days=366)
_LONGEST_REST = 8  # years from one 29 February to the next, about 2100
_FAR_FUTURE = datetime.max  # noqa: DTZ901 - the wall clock is naive


class Reason(StrEnum):
    """Why an occurrence is as it is. The words for people are in recurring/words.py."""

    RULE = "rule"
    ADDED = "added"
    MOVED = "moved"
    CHANGED = "changed"
    HOLIDAY_BEFORE = "holiday_before"
    HOLIDAY_AFTER = "holiday_after"
    SKIPPED = "skipped"  # by hand
    PAUSED = "paused"
    HOLIDAY = "holiday"
    ASKED = "asked"  # on a holiday, of which its buyer is asked; nothing comes until it is answered
    COLLISION = "collision"  # shifted onto a day that has its own date, or is paused
    NO_WORKING_DAY = "no_working_day"


_UNMADE = {"skip": Reason.HOLIDAY, "ask": Reason.ASKED}
BY_HAND = frozenset({Reason.ADDED, Reason.MOVED, Reason.CHANGED})  # come as a hand said
_SHIFTS = (Reason.HOLIDAY_BEFORE, Reason.HOLIDAY_AFTER)


class Policy(StrEnum):
    """What happens on a public holiday (RuleVersion.HolidayPolicy)."""

    SKIP = "skip"
    BEFORE = "before"
    AFTER = "after"
    KEEP = "keep"
    ASK = "ask"


class Action(StrEnum):
    """What a hand decided for one occurrence (Override.Action)."""

    CANCEL = "cancel"
    MOVE = "move"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Term:
    """One version of the rule; it governs original starts from `valid_from` to the next version.

    Each date opens a window at dtstart's time, and at each of `times` beside it.
    """

    number: int
    rule: Rule
    dtstart: datetime
    policy: Policy = Policy.SKIP
    valid_from: datetime = datetime.min  # noqa: DTZ901 - the wall clock is naive
    times: tuple[time, ...] = ()


@dataclass(frozen=True, slots=True)
class Break:
    """A pause over whole local days, both included; open without `last`."""

    first: date
    last: date | None = None
    reason: str = ""

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a hand decided for one original start."""

    action: Action
    new_start: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The days the co-op works: ISO weekdays, less the holidays by name."""

    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5, 6})
    holidays: Mapping[date, str] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        return day.isoweekday() in self.weekdays and day not in self.holidays

    def nearest(self, day: date, step: int) -> date | None:
        """The next working day in the direction of `step`, at most two weeks away."""
        days = (day + timedelta(days=step * n) for n in range(1, SEARCH_DAYS + 1))
        return next(filter(self.is_working, days), None)


@dataclass(frozen=True, slots=True)
class Terms:
    """All that says when a standing order delivers."""

    zone: ZoneInfo
    versions: tuple[Term, ...]
    pauses: tuple[Break, ...] = ()
    decisions: Mapping[datetime, Decision] = field(default_factory=dict)
    added: frozenset[datetime] = frozenset()

    def pause_on(self, day: date) -> Break | None:
        return next((pause for pause in self.pauses if pause.covers(day)), None)


class Planned(NamedTuple):
    """One occurrence as it will be. `detail` names the holiday or the pause's reason."""

    original: datetime
    start: datetime
    at: datetime
    version: int
    reason: Reason = Reason.RULE
    detail: str = ""
    is_skipped: bool = False
    is_clock_shifted: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """On whose wall clock it is."""
        return cast("ZoneInfo", self.at.tzinfo)


def schedule(terms: Terms, calendar: WorkCalendar, first: date, last: date) -> list[Planned]:
    """Occurrences whose effective local day is from `first` to `last`, both included, in order.

    Skipped ones stand on their original day. Originals are sought around the window, because
    holidays and hands move them over its edges; the answer does not depend on where the edges are.
    """
    window = (datetime.combine(first, time.min), datetime.combine(last, time.max))
    around = (_days_off(window[0], -_REACH), _days_off(window[1], _REACH))
    if not _may_shift(terms, calendar, around):
        around = window
    originals = dict(_originals(terms, *around))
    for original in _moved_into(terms, around):
        if original not in originals:
            originals.update(_originals(terms, original, original + _SECOND))
    decided = [_decide(terms, calendar, o, version) for o, version in sorted(originals.items())]
    settled = _without_collisions(terms, decided)
    return sorted(
        (planned for planned in settled if first <= planned.start.date() <= last),
        key=lambda planned: (planned.start, planned.original),
    )


def first_after(terms: Terms, calendar: WorkCalendar, day: date) -> date | None:
    """The first day later than `day` on which something comes, if it is within eight years."""
    for year in range(_LONGEST_REST):
        first = day + timedelta(days=1 + year * A_YEAR.days)
        for planned in schedule(terms, calendar, first, first + A_YEAR - _DAY):
            if not planned.is_skipped:
                return planned.start.date()
    return None


def _may_shift(terms: Terms, calendar: WorkCalendar, around: tuple[datetime, datetime]) -> bool:
    """Whether a holiday moves a delivery near the window; else each stands on its own day."""
    if all(term.policy not in (Policy.BEFORE, Policy.AFTER) for term in terms.versions):
        return False
    first, last = around[0].date(), around[1].date()
    return any(first <= day <= last for day in calendar.holidays)


def without_original(terms: Terms) -> list[datetime]:
    """Originals that hands decided about, and that the rule (any more) does not give.

    Such a decision does nothing. After an edit a person is asked: keep it as an added date, or
    drop it.
    """
    return [
        original
        for original in sorted(terms.decisions)
        if not any(_originals(terms, original, original + _SECOND))
    ]


def originals_on(terms: Terms, day: date) -> list[datetime]:
    """All original starts of a local day, by the rule and by hand, whatever becomes of them."""
    start = datetime.combine(day, time.min)
    return sorted({original for original, _term in _originals(terms, start, start + _DAY)})


def _days_off(moment: datetime, days: timedelta) -> datetime:
    """So many days away, as far as the calendar goes."""
    try:
        return moment + days
    except OverflowError:
        return moment


def _originals(terms: Terms, start: datetime, end: datetime) -> Iterator[tuple[datetime, Term]]:
    """Original starts in `[start, end)` with the version that governs them."""
    bounds = [*(term.valid_from for term in terms.versions), _FAR_FUTURE]
    for term, (begins, stops) in zip(terms.versions, pairwise(bounds), strict=True):
        window = (max(start, begins), min(end, stops))
        for local in local_starts(
            term.rule, zone=terms.zone, dtstart=term.dtstart, window=window, times=term.times
        ):
            yield local, term
        for local in terms.added:
            if window[0] <= local < window[1]:
                yield local, term


def _moved_into(terms: Terms, window: tuple[datetime, datetime]) -> list[datetime]:
    """Originals that a hand moved into the window, however far they come from."""
    return [
        original
        for original, decision in terms.decisions.items()
        if decision.new_start and window[0] <= decision.new_start <= window[1]
    ]


def _decide(terms: Terms, calendar: WorkCalendar, original: datetime, term: Term) -> Planned:
    """The steps, in their order: a hand's decision, an added date, pause, holiday, the rule."""
    plain = _planned(terms, original, original, term)
    decision = terms.decisions.get(original)
    if decision is not None:
        return _by_hand(terms, plain, decision)
    if original in terms.added:
        return plain._replace(reason=Reason.ADDED)
    pause = terms.pause_on(original.date())
    if pause is not None:
        return _skip(plain, Reason.PAUSED, pause.reason)
    holiday = calendar.holidays.get(original.date())
    if holiday is None or term.policy == Policy.KEEP:
        return plain
    if term.policy in (Policy.SKIP, Policy.ASK):
        return _skip(plain, _UNMADE[term.policy], holiday)
    return _beside_holiday(terms, calendar, plain, term, holiday)


def _by_hand(terms: Terms, plain: Planned, decision: Decision) -> Planned:
    if decision.action == Action.CANCEL:
        return _skip(plain, Reason.SKIPPED)
    reason = Reason.MOVED if decision.action == Action.MOVE else Reason.CHANGED
    return _at(terms, plain, decision.new_start or plain.original, reason)


def _beside_holiday(
    terms: Terms, calendar: WorkCalendar, plain: Planned, term: Term, holiday: str
) -> Planned:
    """The same wall clock on the working day before or after."""
    is_before = term.policy == Policy.BEFORE
    day = calendar.nearest(plain.original.date(), -1 if is_before else 1)
    if day is None:
        return _skip(plain, Reason.NO_WORKING_DAY, holiday)
    start = datetime.combine(day, plain.original.time())
    reason = Reason.HOLIDAY_BEFORE if is_before else Reason.HOLIDAY_AFTER
    return _at(terms, plain, start, reason)._replace(detail=holiday)


def _without_collisions(terms: Terms, decided: list[Planned]) -> list[Planned]:
    """What a holiday shifted gives way: to the day's own dates, to a pause, to an earlier shift.

    A date that a hand skipped or moved away still keeps shifts off its day: nobody who says “not
    on Thursday” wants Friday's delivery then. All windows of one date shift together.
    """
    own = {planned.original.date() for planned in decided if planned.reason not in _SHIFTS}
    own |= {
        planned.start.date()
        for planned in decided
        if planned.reason not in _SHIFTS and not planned.is_skipped
    }
    claimed: dict[date, date] = {}  # a day → the original day whose windows may shift onto it
    settled = []
    for planned in decided:
        if planned.reason in _SHIFTS:
            day, origin = planned.start.date(), planned.original.date()
            if day in own or terms.pause_on(day) or claimed.setdefault(day, origin) != origin:
                plain = _at(terms, planned, planned.original, Reason.COLLISION)
                planned = _skip(plain, Reason.COLLISION, planned.detail)
        settled.append(planned)
    return settled


def _planned(terms: Terms, original: datetime, start: datetime, term: Term) -> Planned:
    slot = resolve(start, terms.zone)
    return Planned(
        original=original,
        start=start,
        at=slot.at,
        version=term.number,
        is_clock_shifted=slot.is_shifted,
    )


def _at(terms: Terms, planned: Planned, start: datetime, reason: Reason) -> Planned:
    slot = resolve(start, terms.zone)
    return planned._replace(
        start=start, at=slot.at, reason=reason, is_clock_shifted=slot.is_shifted
    )


def _skip(planned: Planned, reason: Reason, detail: str = "") -> Planned:
    return planned._replace(reason=reason, detail=detail, is_skipped=True)
