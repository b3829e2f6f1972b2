"""What a person can say in the editor, and the rule it means; both ways. Pure: no Django.

A rule that only an import can bring has no pattern: it is shown in words and kept as it is.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from recurring.rules import Frequency, Rule, Weekday, parse_rule, with_days_of

LAST: Final = -1  # the last day of the month, the last Friday
NTHS: Final = (1, 2, 3, 4, 5, LAST)
_SHORTEST: Final = 28  # every month has so many days


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day, or every `interval` days."""

    interval: int = 1


@dataclass(frozen=True, slots=True)
class Weekly:
    """On these ISO weekdays (1 is Monday), every `interval` weeks."""

    weekdays: tuple[int, ...]
    interval: int = 1


@dataclass(frozen=True, slots=True)
class MonthlyByDate:
    """On this day of the month, or the LAST.

    `or_last`: in a month without a 29th, 30th or 31st, its last day instead of none.
    """

    day: int
    or_last: bool = False
    interval: int = 1


@dataclass(frozen=True, slots=True)
class MonthlyByWeekday:
    """On the first to fifth (`nth`), or LAST, of this ISO weekday in the month."""

    nth: int
    weekday: int
    interval: int = 1


@dataclass(frozen=True, slots=True)
class YearlyByDate:
    """On this day of the year. `or_last`: 29 February, and the 28th where there is none."""

    month: int
    day: int
    or_last: bool = False
    interval: int = 1


Shape = Daily | Weekly | MonthlyByDate | MonthlyByWeekday | YearlyByDate


@dataclass(frozen=True, slots=True)
class Pattern:
    """How often, and its end: none, a last day (included), or a number of dates."""

    shape: Shape
    last_day: date | None = None
    count: int | None = None


def rule_of(pattern: Pattern) -> Rule:
    """The one rule that says this. Raises RuleError for a day that never comes."""
    shape = pattern.shape
    rule = Rule(_frequency(shape), shape.interval, count=pattern.count, until=pattern.last_day)
    match shape:
        case Weekly():
            rule = replace(rule, weekdays=tuple(Weekday(day - 1) for day in shape.weekdays))
        case MonthlyByDate():
            rule = _on_day(rule, shape)
        case MonthlyByWeekday():
            rule = replace(rule, weekdays=(Weekday(shape.weekday - 1, shape.nth),))
        case YearlyByDate():
            rule = _on_day(replace(rule, months=(shape.month,)), shape)
    return parse_rule(str(rule))  # checked, and in its canonical form


def pattern_of(rule: Rule, first: date | None = None) -> Pattern | None:
    """What the editor shows for this rule; none where it has no words for it.

    `rule_of` the answer gives the same dates. `first` is dtstart's day, from which a bare rule such
    as FREQ=MONTHLY takes its own. An UNTIL with a time has none: see `with_last_day`.
    """
    if isinstance(rule.until, datetime):
        return None
    shape = _shape_of(with_days_of(rule, first) if first else rule)
    return Pattern(shape, rule.until, rule.count) if shape else None


def _frequency(shape: Shape) -> Frequency:
    match shape:
        case Daily():
            return "DAILY"
        case Weekly():
            return "WEEKLY"
        case YearlyByDate():
            return "YEARLY"
        case _:
            return "MONTHLY"


def _on_day(rule: Rule, shape: MonthlyByDate | YearlyByDate) -> Rule:
    """RFC 5545 has no “or the last”: it is the last there is of the 28th up to that day."""
    if shape.or_last and shape.day > _SHORTEST:
        return replace(rule, month_days=tuple(range(_SHORTEST, shape.day + 1)), positions=(LAST,))
    return replace(rule, month_days=(shape.day,))


def _shape_of(rule: Rule) -> Shape | None:
    is_bare = not (rule.months or rule.month_days or rule.weekdays or rule.positions)
    match rule.frequency:
        case "DAILY":
            return Daily(rule.interval) if is_bare else None
        case "WEEKLY":
            return _weekly(rule)
        case "MONTHLY" if not rule.months:
            return _monthly_by_weekday(rule) if rule.weekdays else _monthly_by_date(rule)
        case "YEARLY" if len(rule.months) == 1 and not rule.weekdays:
            return _yearly(rule)
        case _:
            return None


def _weekly(rule: Rule) -> Weekly | None:
    if rule.months or rule.week_start or not rule.weekdays:
        return None
    return Weekly(tuple(weekday.day + 1 for weekday in rule.weekdays), rule.interval)


def _monthly_by_weekday(rule: Rule) -> MonthlyByWeekday | None:
    """Both ways to write it: BYDAY=1MO, and BYDAY=MO with BYSETPOS=1."""
    if rule.month_days or len(rule.weekdays) != 1:
        return None
    (weekday,) = rule.weekdays
    said = [weekday.ordinal, *rule.positions] if weekday.ordinal else [*rule.positions]
    if len(said) != 1 or said[0] not in NTHS:
        return None
    return MonthlyByWeekday(said[0], weekday.day + 1, rule.interval)


def _monthly_by_date(rule: Rule) -> MonthlyByDate | None:
    said = _day_of(rule)
    return MonthlyByDate(*said, rule.interval) if said else None


def _yearly(rule: Rule) -> YearlyByDate | None:
    said, (month,) = _day_of(rule), rule.months
    if said is None or (said[1] and (month, said[0]) != (2, 29)):
        return None
    return YearlyByDate(month, *said, rule.interval)


def _day_of(rule: Rule) -> tuple[int, bool] | None:
    """The one day that the rule's days of the month mean, and whether the last stands in for it."""
    days = rule.month_days
    if len(days) == 1 and not rule.positions:
        return (days[0], False) if days[0] >= LAST else None
    is_clamped = rule.positions == (LAST,) and days == tuple(
        range(_SHORTEST, max(days, default=0) + 1)
    )
    return (days[-1], True) if is_clamped and len(days) > 1 else None
