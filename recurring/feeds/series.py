"""Dates of a standing order as a series that calendar programs draw alike. Pure: no Django, no database.

A calendar is read by strangers: Apple's, Google's, Thunderbird, Outlook. They agree on less than
RFC 5545 says, so a series stays inside what they agree on:

- it begins with a date that comes (`start` is never one that the rule lacks or that is excluded);
- it ends with the last date that is *known* to come, within the days that the feed covers: a rule
  without an end would promise deliveries on holidays nobody has entered and in a pause without end;
- no date is both excluded and added; an added one is never before `start`;
- dates of a rule that some programs misread are events of their own (`portable`); so are dates
  without a rule, because of a bare list of them (RDATE) ical.js forgets the first;
- a date whose clock time a program may resolve differently is written out by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from recurring.expansion import local_starts, resolve
from recurring.rules import Rule, Weekday
from recurring.schedule import Term


@dataclass(frozen=True, slots=True)
class Days:
    """The local days that a feed covers, both included."""

    first: date
    last: date

    def holds(self, original: datetime) -> bool:
        return self.first <= original.date() <= self.last


@dataclass(frozen=True, slots=True)
class Span:
    """Where an event lies, seen from the original start: from `offset` on, `length` long."""

    offset: timedelta
    length: timedelta


@dataclass(frozen=True, slots=True)
class Coming[T]:
    """One date that comes, with the instants of its event and what is said of it."""

    original: datetime
    start: datetime
    end: datetime
    words: T


@dataclass(frozen=True, slots=True)
class Dated[T]:
    """An event of its own beside the series. `name` is the wall-clock time it has in the series."""

    name: datetime
    start: datetime
    end: datetime
    words: T


@dataclass(frozen=True, slots=True)
class Series[T]:
    """A rule with its exceptions, all times naive on the wall clock of `zone`.

    `exceptions` replace the date of their name; `singles` lie outside of the series.
    """

    zone: ZoneInfo
    length: timedelta
    words: T
    start: datetime | None = None  # without one there is no rule either, only singles
    rule: str = ""
    excluded: tuple[datetime, ...] = ()
    added: tuple[datetime, ...] = ()
    exceptions: tuple[Dated[T], ...] = ()
    singles: tuple[Dated[T], ...] = ()


def series_of[T](
    term: Term,
    stretch: tuple[datetime, datetime],
    coming: Iterable[Coming[T]],
    *,
    words: T,
    span: Span,
    days: Days,
    zone: ZoneInfo,
) -> Series[T]:
    """One version's dates. `stretch` is the half-open reach of its original starts.

    A date moved here from outside of the days that the feed covers is a single.
    """
    series: Series[T] = Series(zone, span.length, words)
    by_original = {each.original: each for each in sorted(coming, key=lambda c: c.original)}
    inside = [original for original in by_original if days.holds(original)]
    series = _with_rule(series, term, _reach(stretch, days), inside, span)
    exceptions, singles = [], []
    members = {*series.added, *_members(series, term, stretch, days, span)}
    for original, each in by_original.items():
        dated = Dated(original + span.offset, each.start, each.end, each.words)
        if dated.name not in members:
            singles.append(dated)
        elif each.words != words or not _is_plain(dated, span, zone):
            exceptions.append(dated)
    return replace(series, exceptions=tuple(exceptions), singles=tuple(singles))


def portable(rule: Rule, dtstart: datetime, shift_days: int = 0) -> Rule | None:
    """The rule as every program reads it, moved by whole days; None where each date stands alone.

    Known traps: BYSETPOS with BYMONTHDAY and 29 February (ical.js); plain and numbered weekdays
    together (dateutil). A monthly rule cannot be moved by days: the day before the 1st varies.
    """
    rule = replace(rule, count=None, until=None)
    if rule.frequency == "WEEKLY":
        return _shifted_week(rule, shift_days) if not rule.months else None
    if rule.frequency == "DAILY":
        return _portable_days(rule, shift_days)
    if shift_days:
        return None
    if rule.frequency == "MONTHLY":
        return _portable_month(rule)
    return _portable_year(rule, dtstart)


def _with_rule[T](
    series: Series[T],
    term: Term,
    reach: tuple[datetime, datetime],
    inside: Sequence[datetime],
    span: Span,
) -> Series[T]:
    """`start`, `rule`, `excluded` and `added` for the originals that come."""
    if not inside:
        return series
    ruled = _ruled(term, reach, series.zone)
    kept = [original for original in inside if original in set(ruled)]
    shift = ((term.dtstart + span.offset).date() - term.dtstart.date()).days
    rule = portable(term.rule, term.dtstart, shift)
    if rule is None or len(kept) < 2:
        return series
    first, last = kept[0], kept[-1]
    until = resolve(last + span.offset, series.zone).at.astimezone(UTC)
    coming = set(inside)
    return replace(
        series,
        start=first + span.offset,
        rule=str(replace(rule, until=until)),
        excluded=tuple(o + span.offset for o in ruled if first < o < last and o not in coming),
        added=tuple(o + span.offset for o in inside if o > first and o not in set(kept)),
    )


def _members[T](
    series: Series[T],
    term: Term,
    stretch: tuple[datetime, datetime],
    days: Days,
    span: Span,
) -> set[datetime]:
    """Names of the dates that the series' start and rule give."""
    if series.start is None:
        return set()
    names = (o + span.offset for o in _ruled(term, _reach(stretch, days), series.zone))
    excluded = set(series.excluded)
    return {name for name in names if name >= series.start and name not in excluded}


def _ruled(term: Term, reach: tuple[datetime, datetime], zone: ZoneInfo) -> list[datetime]:
    return local_starts(term.rule, zone=zone, dtstart=term.dtstart, window=reach)


def _reach(stretch: tuple[datetime, datetime], days: Days) -> tuple[datetime, datetime]:
    first = datetime.combine(days.first, time.min)
    after = datetime.combine(days.last + timedelta(days=1), time.min)
    return max(first, stretch[0]), min(after, stretch[1])


def _is_plain[T](dated: Dated[T], span: Span, zone: ZoneInfo) -> bool:
    """Whether any program finds these instants from the name and the length alone."""
    names = dated.name, dated.name + span.length
    start, end = (resolve(name, zone).at for name in names)
    return (
        not any(has_two_readings(name, zone) for name in names)
        and start.utcoffset() == end.utcoffset()
        and (start.timestamp(), end.timestamp()) == (dated.start.timestamp(), dated.end.timestamp())
    )


def has_two_readings(local: datetime, zone: ZoneInfo) -> bool:
    """A time that the clock skips or shows twice: programs disagree about which instant it is."""
    readings = {local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    return len(readings) == 2


def _shifted_week(rule: Rule, days: int) -> Rule:
    """Weekdays and the week's first day move together, so that every second week stays the same."""
    weekdays = tuple(map(Weekday, sorted((each.day + days) % 7 for each in rule.weekdays)))
    return replace(rule, weekdays=weekdays, week_start=(rule.week_start + days) % 7)


def _portable_days(rule: Rule, shift_days: int) -> Rule | None:
    """Every so many days; “daily on Monday and Friday” is weekly, which ical.js reads better."""
    if rule.months or rule.month_days or rule.positions:
        return None
    if rule.weekdays and rule.interval == 1:
        return _shifted_week(replace(rule, frequency="WEEKLY"), shift_days)
    return None if rule.weekdays else rule


def _portable_month(rule: Rule) -> Rule | None:
    if rule.positions and rule.month_days:
        # “The 31st, or the last day” is simply the last day.
        is_last = (rule.month_days, rule.positions) == ((28, 29, 30, 31), (-1,))
        if not is_last or rule.weekdays or rule.months:
            return None
        return replace(rule, month_days=(-1,), positions=())
    numbered = {bool(weekday.ordinal) for weekday in rule.weekdays}
    return rule if len(numbered) < 2 else None


def _portable_year(rule: Rule, dtstart: datetime) -> Rule | None:
    """A day of a month, or a numbered weekday of a month, but not 29 February."""
    if rule.positions or len(rule.months) > 1:
        return None
    if not (rule.months or rule.month_days or rule.weekdays):
        return rule if (dtstart.month, dtstart.day) != (2, 29) else None
    if not rule.months or bool(rule.month_days) == bool(rule.weekdays):
        return None
    if rule.month_days:
        return rule if rule.months != (2,) or set(rule.month_days) <= set(range(1, 29)) else None
    return rule if all(weekday.ordinal for weekday in rule.weekdays) else None
