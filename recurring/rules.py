"""The recurrence rules we understand: a subset of RFC 5545 that every calendar reads alike.

Pure: no Django, no database. What is outside the subset is refused with a sentence that says what
to write instead.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final, Literal, cast

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_TOO_FINE: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")
_ADVICE: Final = {
    "BYYEARDAY": "Name the day by BYMONTH and BYMONTHDAY instead of BYYEARDAY.",
    "BYWEEKNO": "Name the days by BYMONTH and BYDAY instead of BYWEEKNO.",
    "RSCALE": "Only the Gregorian calendar is used; leave RSCALE out.",
    "SKIP": "Leave SKIP out; for “the 31st or the last day” write BYMONTHDAY=28,29,30,31;BYSETPOS=-1.",
}
_PART = re.compile(r"([A-Z-]+)=([^=;]+)")
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")


class RuleError(ValueError):
    """The rule cannot be used; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, 0 is Monday; `ordinal` 1 is the first of the period, -1 the last, 0 any."""

    day: int
    ordinal: int = 0

    def __str__(self) -> str:
        return f"{self.ordinal or ''}{WEEKDAYS[self.day]}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A parsed rule. `until` is included: a date means that whole local day."""

    frequency: Frequency
    interval: int = 1
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0
    count: int | None = None
    until: date | datetime | None = None

    def __str__(self) -> str:
        """The canonical text: one rule is always written one way."""
        parts = [f"FREQ={self.frequency}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        for name, values in (
            ("BYMONTH", self.months),
            ("BYMONTHDAY", self.month_days),
            ("BYDAY", self.weekdays),
            ("BYSETPOS", self.positions),
        ):
            if values:
                parts.append(f"{name}={','.join(map(str, values))}")
        if self.week_start:
            parts.append(f"WKST={WEEKDAYS[self.week_start]}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={_until_text(self.until)}")
        return ";".join(parts)


@lru_cache(maxsize=4096)
def parse_rule(text: str) -> Rule:
    """Read an RFC 5545 rule, with or without `RRULE:`, its parts in any order."""
    parts = _split(text)
    for name in parts:
        if name in _TOO_FINE:
            raise RuleError("The time comes from the first date; leave BYHOUR and finer parts out.")
        if name in _ADVICE:
            raise RuleError(_ADVICE[name])
    rule = Rule(
        frequency=_frequency(parts.pop("FREQ", "")),
        interval=_number(parts.pop("INTERVAL", "1"), "INTERVAL", 1, 366),
        months=_numbers(parts.pop("BYMONTH", ""), "BYMONTH", 1, 12),
        month_days=_numbers(parts.pop("BYMONTHDAY", ""), "BYMONTHDAY", -31, 31),
        weekdays=_weekdays(parts.pop("BYDAY", "")),
        positions=_numbers(parts.pop("BYSETPOS", ""), "BYSETPOS", -366, 366),
        week_start=_week_start(parts.pop("WKST", "MO")),
        count=_number(parts.pop("COUNT"), "COUNT", 1, 1000) if "COUNT" in parts else None,
        until=_until(parts.pop("UNTIL")) if "UNTIL" in parts else None,
    )
    if parts:
        raise RuleError(f"{next(iter(parts))} is not a part of a rule; leave it out.")
    _check_together(rule)
    return rule


def weekly_rule(weekdays: list[int], interval: int = 1, until: date | None = None) -> Rule:
    """Every `interval` weeks on these ISO weekdays (1 is Monday)."""
    days = ",".join(WEEKDAYS[day - 1] for day in sorted(set(weekdays)))
    end = f";UNTIL={until:%Y%m%d}" if until else ""
    return parse_rule(f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={days}{end}")


def _split(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise RuleError(
                f"Write the rule as NAME=VALUE parts with “;” between; “{part}” is not."
            )
        name, value = match.groups()
        if name in parts:
            raise RuleError(f"Write {name} once.")
        parts[name] = value.strip()
    return parts


def _frequency(text: str) -> Frequency:
    if text in FREQUENCIES:
        return cast("Frequency", text)
    if text in ("HOURLY", "MINUTELY", "SECONDLY"):
        raise RuleError(
            "The finest rule is FREQ=DAILY; make one standing order for each time of day."
        )
    raise RuleError("Begin with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.")


def _number(text: str, name: str, low: int, high: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number == 0 or not low <= number <= high or not text.isascii():
        bounds = f"{low} to {high}" if low > 0 else f"1 to {high}, or -1 to {low} from the end"
        raise RuleError(f"{name} takes whole numbers, {bounds}.")
    return number


def _numbers(text: str, name: str, low: int, high: int) -> tuple[int, ...]:
    values = text.split(",") if text else []
    return tuple(sorted({_number(value, name, low, high) for value in values}))


def _weekdays(text: str) -> tuple[Weekday, ...]:
    found = set()
    for value in text.split(",") if text else []:
        match = _DAY.fullmatch(value.strip())
        if match is None or (match[1] and not 1 <= abs(int(match[1])) <= 53):
            raise RuleError("BYDAY takes MO to SU, or with a number as in 1MO or -1FR.")
        found.add(Weekday(WEEKDAYS.index(match[2]), int(match[1] or 0)))
    return tuple(sorted(found, key=lambda weekday: (weekday.ordinal, weekday.day)))


def _week_start(text: str) -> int:
    if text not in WEEKDAYS:
        raise RuleError("WKST takes one of MO to SU.")
    return WEEKDAYS.index(text)


def _until(text: str) -> date | datetime:
    try:
        if len(text) == 8:
            return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a local day has no zone
        if text.endswith("Z"):
            return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - local time, on purpose
    except ValueError:
        raise RuleError("Write UNTIL as a day, 20261231, or as 20261231T225900Z.") from None


def _until_text(until: date | datetime) -> str:
    if not isinstance(until, datetime):
        return f"{until:%Y%m%d}"
    return f"{until:%Y%m%dT%H%M%S}{'Z' if until.tzinfo else ''}"


def _check_together(rule: Rule) -> None:
    """Parts that exclude each other."""
    if rule.count is not None and rule.until is not None:
        raise RuleError("Give either COUNT or UNTIL, not both.")
    ordinals = [abs(weekday.ordinal) for weekday in rule.weekdays if weekday.ordinal]
    if ordinals and rule.frequency in ("DAILY", "WEEKLY"):
        raise RuleError("Numbered weekdays such as 1MO need FREQ=MONTHLY or YEARLY.")
    in_months = rule.frequency == "MONTHLY" or rule.months
    if in_months and any(ordinal > 5 for ordinal in ordinals):
        raise RuleError("A month has at most five of each weekday: write 1MO to 5MO, or -1MO.")
    if rule.month_days and rule.frequency == "WEEKLY":
        raise RuleError("BYMONTHDAY needs FREQ=MONTHLY; a weekly rule names weekdays with BYDAY.")
    if rule.positions and rule.frequency == "WEEKLY":
        raise RuleError("Leave BYSETPOS out of a weekly rule and name the weekdays with BYDAY.")
    if rule.positions and not (rule.weekdays or rule.month_days or rule.months):
        raise RuleError("BYSETPOS picks among days: add BYDAY or BYMONTHDAY.")
