"""From a rule to dates. Pure: no Django, no database.

Rules are expanded on the naive wall clock and only then resolved in their time zone, so that
“every Tuesday 08:00” stays 08:00 when clocks change.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import rrule as dateutil_rrule

from recurring.rules import Frequency, Rule, RuleError, Weekday, parse_rule

_FREQUENCY_NUMBERS: Final[dict[Frequency, Literal[0, 1, 2, 3, 4, 5, 6]]] = {
    "DAILY": dateutil_rrule.DAILY,
    "WEEKLY": dateutil_rrule.WEEKLY,
    "MONTHLY": dateutil_rrule.MONTHLY,
    "YEARLY": dateutil_rrule.YEARLY,
}
_SECOND = timedelta(seconds=1)
_NEVER = "This rule never gives a date; choose days that exist."


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
    rule: Rule, *, zone: ZoneInfo, dtstart: datetime, window: tuple[datetime, datetime]
) -> list[datetime]:
    """Naive original starts of the rule alone in the half-open window, in order."""
    start, end = window
    last = min(_last_moment(rule, zone), end - _SECOND)
    if last < dtstart or end <= start:
        return []
    if rule.count is not None and not _gives_dates(rule, dtstart):
        raise RuleError(_NEVER)  # before dateutil looks for its dates up to the year 9999
    explicit = _with_explicit_days(rule, dtstart)
    anchor = dtstart if rule.count is not None else _fast_forward(explicit, dtstart, start)
    found = [
        local for local in takewhile(last.__ge__, _dates(explicit, anchor, last)) if local >= start
    ]
    if not found and not _gives_dates(rule, dtstart):
        raise RuleError(_NEVER)
    return found


def first_start(rule: Rule, *, zone: ZoneInfo, dtstart: datetime) -> datetime | None:
    """The first date the rule gives, on or after dtstart; none if it ended before."""
    last = min(_last_moment(rule, zone), _search_end(rule, dtstart))
    return next(_dates(_with_explicit_days(rule, dtstart), dtstart, last), None)


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
        raise RuleError(f"“{tzid}” is not a time zone; write one such as Europe/Paris.") from None


def parse_local(text: str) -> datetime:
    """A naive ISO time of the wall clock."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise RuleError(f"“{text}” is not a date and time; write 2026-11-24T06:30:00.") from None
    if local.tzinfo is not None:
        raise RuleError("Times of a rule are local: leave the offset out.")
    return local


def _last_moment(rule: Rule, zone: ZoneInfo) -> datetime:
    """The rule's end on the wall clock, included."""
    if rule.until is None:
        return datetime.max  # noqa: DTZ901 - the wall clock is naive
    if not isinstance(rule.until, datetime):
        return datetime.combine(rule.until, time.max)
    if rule.until.tzinfo is None:
        return rule.until
    return rule.until.astimezone(zone).replace(tzinfo=None)


def _with_explicit_days(rule: Rule, dtstart: datetime) -> Rule:
    """The days that a bare rule takes from dtstart, written out, so that the anchor may move."""
    if rule.month_days or rule.weekdays:
        return rule
    if rule.frequency == "WEEKLY":
        return replace(rule, weekdays=(Weekday(dtstart.weekday()),))
    if rule.frequency == "MONTHLY":
        return replace(rule, month_days=(dtstart.day,))
    if rule.frequency == "YEARLY":
        return replace(rule, months=rule.months or (dtstart.month,), month_days=(dtstart.day,))
    return rule


def _fast_forward(rule: Rule, dtstart: datetime, start: datetime) -> datetime:
    """A later anchor that gives the same dates from `start` on, so that age costs nothing.

    A whole number of intervals, and one more back, so that the period of `start` is complete.
    """
    days = (start - dtstart).days
    if rule.frequency in ("DAILY", "WEEKLY"):
        period = rule.interval * (7 if rule.frequency == "WEEKLY" else 1)
        return dtstart + timedelta(days=max(0, days // period - 1) * period)
    months = (start.year - dtstart.year) * 12 + start.month - dtstart.month
    period = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
    periods = months // period - 1
    if periods <= 0:
        return dtstart
    year, month = divmod(dtstart.year * 12 + dtstart.month - 1 + periods * period, 12)
    if rule.frequency == "YEARLY":
        month = 0
    return dtstart.replace(year=year, month=month + 1, day=1)


def _dates(rule: Rule, dtstart: datetime, last: datetime) -> Iterator[datetime]:
    until = last if rule.count is None else None  # dateutil wants one of the two
    return iter(
        dateutil_rrule.rrule(
            _FREQUENCY_NUMBERS[rule.frequency],
            dtstart=dtstart,
            interval=rule.interval,
            wkst=rule.week_start,
            count=rule.count,
            until=until,
            bymonth=rule.months or None,
            bymonthday=rule.month_days or None,
            byweekday=_dateutil_weekdays(rule),
            bysetpos=rule.positions or None,
        )
    )


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


def _search_end(rule: Rule, dtstart: datetime) -> datetime:
    """Far enough to meet every pattern of the calendar once, never for ever."""
    year = min(9999, dtstart.year + max(60, 8 * rule.interval))
    return datetime(year, 12, 31)  # noqa: DTZ001 - the wall clock is naive


@lru_cache(maxsize=1024)
def _gives_dates(rule: Rule, dtstart: datetime) -> bool:
    """Whether the pattern exists at all, wherever it ends."""
    rule = replace(rule, count=None, until=None)
    dates = _dates(_with_explicit_days(rule, dtstart), dtstart, _search_end(rule, dtstart))
    return next(dates, None) is not None
