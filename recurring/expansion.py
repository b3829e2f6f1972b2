"""From a rule to dates. Pure: no Django, no database.

Rules are expanded on the naive wall clock and only then resolved in their time zone, so that
“every Tuesday 08:00” stays 08:00 when clocks change.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import rrule as dateutil_rrule

from recurring.rules import (
    NEVER,
    Frequency,
    Rule,
    RuleError,
    gettext_noop,
    parse_rule,
    with_days_of,
)

_FREQUENCY_NUMBERS: Final[dict[Frequency, Literal[0, 1, 2, 3, 4, 5, 6]]] = {
    "DAILY": dateutil_rrule.DAILY,
    "WEEKLY": dateutil_rrule.WEEKLY,
    "MONTHLY": dateutil_rrule.MONTHLY,
    "YEARLY": dateutil_rrule.YEARLY,
}
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One original start: its name for ever (`local`), and the instant it means.

    `is_shifted`: the clock skipped that time, so it is read with the offset before the gap.
    """

    at: datetime
    local: datetime
    is_shifted: bool = False


def expand(
    tzid: str,
    dtstart: str,
    rrule: str,
    exdates: list[str],
    rdates: list[str],
    window_start: str,
    window_end: str,
) -> list[datetime]:
    """Instants of a rule whose local start is in `[window_start, window_end)`, in order.

    All times are naive ISO on the wall clock of `tzid`; the answer is aware in that zone. Raises
    RuleError for a rule outside our subset, or one that never gives a date.
    """
    slots = slots_between(
        parse_rule(rrule),
        zone=zone_named(tzid),
        dtstart=parse_local(dtstart),
        exdates=map(parse_local, exdates),
        rdates=map(parse_local, rdates),
        window=(parse_local(window_start), parse_local(window_end)),
    )
    return [slot.at for slot in slots]


def slots_between(
    rule: Rule,
    *,
    zone: ZoneInfo,
    dtstart: datetime,
    window: tuple[datetime, datetime],
    exdates: Iterable[datetime] = (),
    rdates: Iterable[datetime] = (),
) -> list[Slot]:
    """The typed form of `expand`. An excluded date beats an added one; each start comes once."""
    start, end = window
    found = set(local_starts(rule, zone=zone, dtstart=dtstart, window=window))
    found.update(added for added in rdates if start <= added < end)
    return sorted(resolve(local, zone) for local in found.difference(exdates))


def local_starts(
    rule: Rule,
    *,
    zone: ZoneInfo,
    dtstart: datetime,
    window: tuple[datetime, datetime],
    times: Iterable[time] = (),
) -> list[datetime]:
    """Naive original starts of the rule alone in the half-open window, in order.

    Each date of the rule gives one at dtstart's time and one at each of `times`. COUNT counts
    dates; UNTIL ends at its moment.
    """
    start, end = window
    if end <= start:
        return []
    last_day = min((end - _MOMENT).date(), _last_day(rule, zone))
    days = days_between(rule, dtstart.date(), start.date(), last_day)
    clock = opening_times(dtstart, times)
    found = (datetime.combine(day, opens) for day in days for opens in clock)
    return [local for local in found if start <= local < end and not _is_over(rule, local, zone)]


def days_between(rule: Rule, anchor: date, first: date, last: date) -> list[date]:
    """Dates of the rule from `first` to `last`, both included; `anchor` is dtstart's day.

    What lies before `first` costs nothing, however old the rule is. Raises RuleError when the
    pattern never gives a date.
    """
    explicit = with_days_of(rule, anchor)
    if explicit.count is not None:
        last = min(last, _last_counted_day(explicit, anchor))
        explicit = replace(explicit, count=None)
    first = max(first, anchor)
    if last < first:
        return []
    dates = _known_dates(explicit, _fast_forward(explicit, anchor, first), last)
    found = [day for day in dates if day >= first]
    if not found and not _gives_dates(replace(explicit, until=None), anchor):
        raise RuleError(NEVER)
    return found


def first_start(
    rule: Rule, *, zone: ZoneInfo, dtstart: datetime, times: Iterable[time] = ()
) -> datetime | None:
    """The first original start, on or after dtstart's day; none if the rule ended before.

    The editor proposes it as the new dtstart, which only bounds a rule that it does not match.
    """
    anchor = dtstart.date()
    day = next(_dates(with_days_of(rule, anchor), anchor, _last_day(rule, zone)), None)
    if day is None:
        return None
    local = datetime.combine(day, opening_times(dtstart, times)[0])
    return None if _is_over(rule, local, zone) else local


def opening_times(dtstart: datetime, times: Iterable[time] = ()) -> list[time]:
    """When the windows of one day open, in order."""
    return sorted({dtstart.time(), *times})


def remaining(rule: Rule, *, dtstart: datetime, since: date) -> Rule | None:
    """The rule as it goes on from the day `since`: what is left of its COUNT; none if nothing is."""
    if rule.count is None:
        return rule
    explicit = replace(with_days_of(rule, dtstart.date()), count=None)
    dates = _dates(explicit, dtstart.date(), date.max)
    gone = sum(1 for _ in takewhile(since.__gt__, islice(dates, rule.count)))
    return replace(rule, count=rule.count - gone) if gone < rule.count else None


def last_day_of(rule: Rule, *, zone: ZoneInfo, dtstart: datetime) -> date | None:
    """The day after which the rule gives nothing, by UNTIL or by COUNT; None without an end."""
    if rule.count is not None:
        return _last_counted_day(with_days_of(rule, dtstart.date()), dtstart.date())
    return None if rule.until is None else _last_day(rule, zone)


def with_last_day(rule: Rule, *, zone: ZoneInfo, dtstart: datetime) -> Rule:
    """UNTIL as the last local day, as we store it: imported calendars write an instant.

    The dates stay the same for a rule with one window a day.
    """
    if not isinstance(rule.until, datetime):
        return rule
    last = _last_day(rule, zone)
    if _is_over(rule, datetime.combine(last, dtstart.time()), zone):
        last -= timedelta(days=1)
    return replace(rule, until=last)


@lru_cache(maxsize=8192)  # many windows open and close at the same times
def resolve(local: datetime, zone: ZoneInfo) -> Slot:
    """The instant of a wall-clock time: the first of two, or past the gap when there is none."""
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    at = instant.astimezone(zone)
    return Slot(at=at, local=local, is_shifted=at.replace(tzinfo=None, fold=0) != local)


def zone_named(tzid: str) -> ZoneInfo:
    """An IANA zone. Raises RuleError for a name that is not one."""
    try:
        return ZoneInfo(tzid)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RuleError(
            gettext_noop("“%(name)s” is not a time zone; write one such as Europe/Paris."),
            name=tzid,
        ) from None


def parse_local(text: str) -> datetime:
    """A naive ISO time of the wall clock."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise RuleError(
            gettext_noop("“%(text)s” is not a date and time; write 2026-11-24T06:30:00."), text=text
        ) from None
    if local.tzinfo is not None:
        raise RuleError(gettext_noop("Times of a rule are local: leave the offset out."))
    return local


def _last_day(rule: Rule, zone: ZoneInfo) -> date:
    """The local day that UNTIL falls on."""
    until = rule.until
    if until is None:
        return date.max
    if not isinstance(until, datetime):
        return until
    return until.date() if until.tzinfo is None else until.astimezone(zone).date()


def _is_over(rule: Rule, local: datetime, zone: ZoneInfo) -> bool:
    """Whether UNTIL, which is included, lies before this start; instants compare as instants."""
    until = rule.until
    if until is None:
        return False
    if not isinstance(until, datetime):
        return local.date() > until
    return local > until if until.tzinfo is None else resolve(local, zone).at > until


def _fast_forward(rule: Rule, anchor: date, first: date) -> date:
    """A later anchor that gives the same dates from `first` on, so that age costs nothing.

    A whole number of intervals, and one more back, so that the period of `first` is complete.
    """
    if rule.frequency in ("DAILY", "WEEKLY"):
        period = rule.interval * (7 if rule.frequency == "WEEKLY" else 1)
        return anchor + timedelta(days=max(0, (first - anchor).days // period - 1) * period)
    months = (first.year - anchor.year) * 12 + first.month - anchor.month
    period = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
    periods = months // period - 1
    if periods <= 0:
        return anchor
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + periods * period, 12)
    if rule.frequency == "YEARLY":
        month = 0
    return date(year, month + 1, 1)


def _dates(rule: Rule, anchor: date, last: date) -> Iterator[date]:
    """Dates of a rule whose days are written out, to `last`; its own end does not count here."""
    found = dateutil_rrule.rrule(
        _FREQUENCY_NUMBERS[rule.frequency],
        dtstart=datetime.combine(anchor, time.min),
        interval=rule.interval,
        wkst=rule.week_start,
        until=datetime.combine(last, time.min),
        bymonth=rule.months or None,
        bymonthday=rule.month_days or None,
        byweekday=_dateutil_weekdays(rule),
        bysetpos=rule.positions or None,
    )
    return (moment.date() for moment in found)


@lru_cache(maxsize=512)  # “every Tuesday and Friday” is said by many
def _known_dates(rule: Rule, anchor: date, last: date) -> tuple[date, ...]:
    return tuple(_dates(rule, anchor, last))


def _dateutil_weekdays(rule: Rule) -> list[dateutil_rrule.weekday] | None:
    """dateutil intersects plain and numbered weekdays, where RFC 5545 joins them: number all."""
    if not rule.weekdays:
        return None
    most = 5 if rule.frequency == "MONTHLY" or rule.months else 53
    is_mixed = len({bool(weekday.ordinal) for weekday in rule.weekdays}) == 2
    found = []
    for weekday in rule.weekdays:
        if weekday.ordinal or not is_mixed:
            found.append(dateutil_rrule.weekday(weekday.day, weekday.ordinal or None))
        else:
            found.extend(dateutil_rrule.weekday(weekday.day, n) for n in range(1, most + 1))
    return found


@lru_cache(maxsize=1024)
def _gives_dates(explicit: Rule, anchor: date) -> bool:
    """Whether the pattern exists at all, wherever it ends.

    When it does not, dateutil has looked up to the year 9999: a second, once a rule.
    """
    return next(_dates(explicit, anchor, date.max), None) is not None


@lru_cache(maxsize=4096)
def _last_counted_day(explicit: Rule, anchor: date) -> date:
    """The day that COUNT ends on, counted once, so that an old rule need not be counted again."""
    pattern = replace(explicit, count=None)
    if not _gives_dates(pattern, anchor):
        raise RuleError(NEVER)
    *_, last = islice(_dates(pattern, anchor, date.max), explicit.count)
    return last
