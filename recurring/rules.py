"""The recurrence rules we understand: a subset of RFC 5545 that every calendar reads alike.

Pure: no Django, no database. What is outside the subset is refused with a sentence that says what
to write instead.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final, Literal, cast

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_TOO_FINE: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")
_PART = re.compile(r"([A-Z-]+)=([^=;]+)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}")
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def gettext_noop(text: str) -> str:
    """Marks a sentence for `make messages`, so that pure modules need no Django."""
    return text


_ADVICE: Final = {
    "BYYEARDAY": gettext_noop("Name the day by BYMONTH and BYMONTHDAY instead of BYYEARDAY."),
    "BYWEEKNO": gettext_noop("Name the days by BYMONTH and BYDAY instead of BYWEEKNO."),
    "RSCALE": gettext_noop("Only the Gregorian calendar is used; leave RSCALE out."),
    "SKIP": gettext_noop(
        "Leave SKIP out; for “the 31st or the last day” write BYMONTHDAY=28,29,30,31;BYSETPOS=-1."
    ),
}
NEVER: Final = gettext_noop("This rule never gives a date; choose days that exist.")


class RuleError(ValueError):
    """The rule cannot be used; the sentence says what to write instead.

    As text it is English, for logs. `recurring.words.rule_error_words` says it in the reader's
    language: `sentence` is the text to translate, `params` fills its blanks.
    """

    def __init__(self, sentence: str, **params: str) -> None:
        super().__init__(sentence % params)
        self.sentence, self.params = sentence, params


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
            raise RuleError(
                gettext_noop(
                    "The time comes from the first date; leave BYHOUR and finer parts out."
                )
            )
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
        raise RuleError(
            gettext_noop("%(name)s is not a part of a rule; leave it out."), name=next(iter(parts))
        )
    _check_together(rule)
    return _without_idle_parts(rule)


def with_days_of(rule: Rule, first: date) -> Rule:
    """The days that a bare rule takes from its first date, written out."""
    if rule.month_days or rule.weekdays:
        return rule
    if rule.frequency == "WEEKLY":
        return replace(rule, weekdays=(Weekday(first.weekday()),))
    if rule.frequency == "MONTHLY":
        return replace(rule, month_days=(first.day,))
    if rule.frequency == "YEARLY":
        return replace(rule, months=rule.months or (first.month,), month_days=(first.day,))
    return rule


def weekly_rule(weekdays: list[int], interval: int = 1, until: date | None = None) -> Rule:
    """Every `interval` weeks on these ISO weekdays (1 is Monday)."""
    days = ",".join(WEEKDAYS[day - 1] for day in sorted(set(weekdays)))
    end = f";UNTIL={until:%Y%m%d}" if until else ""
    return parse_rule(f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={days}{end}")


def _without_idle_parts(rule: Rule) -> Rule:
    """Less the parts that change no date: rules that mean the same are written the same."""
    if rule.frequency != "WEEKLY" or rule.interval == 1:
        rule = replace(rule, week_start=0)
    if rule.frequency == "DAILY" and rule.positions:
        rule = replace(rule, positions=())  # a day is the first and the last of itself
    return rule


def _split(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise RuleError(
                gettext_noop(
                    "Write the rule as NAME=VALUE parts with “;” between; “%(part)s” is not."
                ),
                part=part,
            )
        name, value = match.groups()
        if name in parts:
            raise RuleError(gettext_noop("Write %(name)s once."), name=name)
        parts[name] = value.strip()
    return parts


def _frequency(text: str) -> Frequency:
    if text in FREQUENCIES:
        return cast("Frequency", text)
    if text in ("HOURLY", "MINUTELY", "SECONDLY"):
        raise RuleError(
            gettext_noop(
                "The finest rule is FREQ=DAILY; give each further time of the day as its own window."
            )
        )
    raise RuleError(gettext_noop("Begin with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY."))


def _number(text: str, name: str, low: int, high: int) -> int:
    number = int(text) if _NUMBER.fullmatch(text) else 0
    if number and low <= number <= high:
        return number
    bounds = {"name": name, "low": str(low), "high": str(high)}
    if low > 0:
        raise RuleError(
            gettext_noop("%(name)s takes whole numbers from %(low)s to %(high)s."), **bounds
        )
    raise RuleError(
        gettext_noop(
            "%(name)s takes whole numbers from 1 to %(high)s, or from -1 to %(low)s to count "
            "from the end."
        ),
        **bounds,
    )


def _numbers(text: str, name: str, low: int, high: int) -> tuple[int, ...]:
    values = text.split(",") if text else []
    return tuple(sorted({_number(value, name, low, high) for value in values}))


def _weekdays(text: str) -> tuple[Weekday, ...]:
    found = set()
    for value in text.split(",") if text else []:
        match = _DAY.fullmatch(value.strip())
        if match is None or (match[1] and not 1 <= abs(int(match[1])) <= 53):
            raise RuleError(
                gettext_noop("BYDAY takes MO to SU, or with a number as in 1MO or -1FR.")
            )
        found.add(Weekday(WEEKDAYS.index(match[2]), int(match[1] or 0)))
    return tuple(sorted(found, key=lambda weekday: (weekday.ordinal, weekday.day)))


def _week_start(text: str) -> int:
    if text not in WEEKDAYS:
        raise RuleError(gettext_noop("WKST takes one of MO to SU."))
    return WEEKDAYS.index(text)


def _until(text: str) -> date | datetime:
    advice = gettext_noop("Write UNTIL as a day, 20261231, or as 20261231T225900Z.")
    if not _UNTIL.fullmatch(text):
        raise RuleError(advice)
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        raise RuleError(advice) from None
    return until if "T" in text else until.date()


def _until_text(until: date | datetime) -> str:
    if not isinstance(until, datetime):
        return f"{until:%Y%m%d}"
    return f"{until:%Y%m%dT%H%M%S}{'Z' if until.tzinfo else ''}"


def _check_together(rule: Rule) -> None:
    """Parts that exclude each other."""
    if rule.count is not None and rule.until is not None:
        raise RuleError(gettext_noop("Give either COUNT or UNTIL, not both."))
    _check_weekdays(rule)
    if rule.month_days and rule.frequency == "WEEKLY":
        raise RuleError(
            gettext_noop("BYMONTHDAY needs FREQ=MONTHLY; a weekly rule names weekdays with BYDAY.")
        )
    if rule.positions and rule.frequency == "WEEKLY":
        raise RuleError(
            gettext_noop("Leave BYSETPOS out of a weekly rule and name the weekdays with BYDAY.")
        )
    if rule.positions and not (rule.weekdays or rule.month_days or rule.months):
        raise RuleError(gettext_noop("BYSETPOS picks among days: add BYDAY or BYMONTHDAY."))
    if rule.month_days and rule.months and not _has_month_day(rule):
        raise RuleError(NEVER)
    if rule.positions and min(map(abs, rule.positions)) > _most_days(rule):
        raise RuleError(NEVER)


def _check_weekdays(rule: Rule) -> None:
    ordinals = [abs(weekday.ordinal) for weekday in rule.weekdays if weekday.ordinal]
    if ordinals and rule.frequency in ("DAILY", "WEEKLY"):
        raise RuleError(
            gettext_noop("Numbered weekdays such as 1MO need FREQ=MONTHLY or FREQ=YEARLY.")
        )
    in_months = rule.frequency == "MONTHLY" or rule.months
    if in_months and any(ordinal > 5 for ordinal in ordinals):
        raise RuleError(
            gettext_noop(
                "A month has at most five of each weekday: write 1MO to 5MO, or -1MO for the last."
            )
        )


def _has_month_day(rule: Rule) -> bool:
    """Whether one of the months is ever long enough for one of the days."""
    return any(
        abs(day) <= _LONGEST_MONTHS[month - 1] for month in rule.months for day in rule.month_days
    )


def _most_days(rule: Rule) -> int:
    """At most so many days of one period can BYSETPOS choose from."""
    if rule.frequency == "DAILY":
        return 1
    months = 1 if rule.frequency == "MONTHLY" else len(rule.months) or 12
    if rule.month_days:
        return len(rule.month_days) * months
    in_a_year = rule.frequency == "YEARLY" and not rule.months
    all_of_them = 53 if in_a_year else 5 * months
    numbered = 1 if in_a_year else months
    return sum(numbered if weekday.ordinal else all_of_them for weekday in rule.weekdays) or months
