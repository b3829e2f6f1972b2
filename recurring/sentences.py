"""A standing order in plain words, in the reader's language."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Literal

from babel.lists import format_list
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from coopcycle.dates import (
    day_of_month,
    format_clock,
    format_day,
    month_name,
    ordinal,
    reader_locale,
    weekday_name,
)
from recurring.patterns import LAST, MonthlyByDate, YearlyByDate, pattern_of
from recurring.rules import Rule, Weekday, with_days_of

_FAR_DAYS = 300  # from there on a day and a month may be of another year than one thinks
_LEAP_YEAR = 2024  # any: it has all days a year can have
_NTH_WEEKDAY: dict[int, Promise] = {
    0: gettext_lazy("every %(weekday)s"),
    1: gettext_lazy("the first %(weekday)s"),
    2: gettext_lazy("the second %(weekday)s"),
    3: gettext_lazy("the third %(weekday)s"),
    4: gettext_lazy("the fourth %(weekday)s"),
    5: gettext_lazy("the fifth %(weekday)s"),
    LAST: gettext_lazy("the last %(weekday)s"),
}


def joined(words: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
    """“Tuesday, Friday and Sunday”; with “or” for the style of that name."""
    return format_list(list(words), style=style, locale=reader_locale())


def how_often(rule: Rule, times: Sequence[time] = (), first_day: date | None = None) -> str:
    """“2 deliveries a week, on Tuesday and Friday, until 30 Jun 2027”, for every rule we accept.

    `times` are the openings of a day's windows, to be said too. `first_day` names the days of a
    bare rule such as FREQ=MONTHLY.
    """
    if first_day is not None:
        rule = with_days_of(rule, first_day)
    if rule.frequency == "WEEKLY":
        sentence = _weekly(rule, max(1, len(times)))
    elif rule.frequency == "DAILY":
        sentence = _daily(rule)
    else:
        sentence = _in_months_or_years(rule)
    if times:
        clock = joined([format_clock(opens) for opens in sorted(times)])
        sentence = _("%(sentence)s, at %(times)s") % {"sentence": sentence, "times": clock}
    return _with_end(rule, sentence)


def _weekly(rule: Rule, windows: int) -> str:
    days = [
        pgettext("in a list of weekdays", "%(weekday)s")
        % {"weekday": weekday_name(day.day, "wide")}
        for day in rule.weekdays
    ]
    number = len(days) * windows
    values = {"number": number, "days": joined(days), "interval": rule.interval}
    if not days:
        sentence = ngettext("Every week", "Every %(interval)s weeks", rule.interval) % values
    elif rule.interval == 1:
        sentence = (
            ngettext(
                "%(number)s delivery a week, on %(days)s",
                "%(number)s deliveries a week, on %(days)s",
                number,
            )
            % values
        )
    else:
        sentence = (
            ngettext(
                "%(number)s delivery every %(interval)s weeks, on %(days)s",
                "%(number)s deliveries every %(interval)s weeks, on %(days)s",
                number,
            )
            % values
        )
    if rule.week_start:
        values = {"sentence": sentence, "day": weekday_name(rule.week_start, "wide")}
        sentence = _("%(sentence)s (the week begins on %(day)s)") % values
    return _only_in_months(rule, sentence)


def _daily(rule: Rule) -> str:
    sentence = ngettext("Every day", "Every %(interval)s days", rule.interval)
    sentence = sentence % {"interval": rule.interval}
    if rule.month_days:
        sentence = _if_it_is(sentence, map(_month_day, _from_the_front(rule.month_days)))
    if rule.weekdays:
        sentence = _if_it_is(sentence, map(_a_weekday, rule.weekdays))
    return _only_in_months(rule, sentence)


def _in_months_or_years(rule: Rule) -> str:
    is_yearly = rule.frequency == "YEARLY"
    sentence = _every_period(rule, is_yearly, _days_of_period(rule, is_yearly))
    if rule.month_days and rule.weekdays:
        sentence = _if_it_is(sentence, map(_a_weekday, rule.weekdays))
    if rule.months and not (is_yearly and _has_days(rule)):
        sentence = _only_in_months(rule, sentence)
    if rule.positions and not _says_positions(rule):
        of_these = (
            _("%(sentence)s; of these days, only %(positions)s of the year")
            if is_yearly
            else _("%(sentence)s; of these days, only %(positions)s of the month")
        )
        positions = joined([_position(nth) for nth in _from_the_front(rule.positions)])
        sentence = of_these % {"sentence": sentence, "positions": positions}
    return sentence


def _every_period(rule: Rule, is_yearly: bool, days: str) -> str:
    values = {"interval": rule.interval, "days": days}
    if is_yearly and days:
        every = ngettext(
            "Every year, on %(days)s", "Every %(interval)s years, on %(days)s", rule.interval
        )
    elif is_yearly:
        every = ngettext("Every year", "Every %(interval)s years", rule.interval)
    elif days:
        every = ngettext(
            "Every month, on %(days)s", "Every %(interval)s months, on %(days)s", rule.interval
        )
    else:
        every = ngettext("Every month", "Every %(interval)s months", rule.interval)
    return every % values


def _days_of_period(rule: Rule, is_yearly: bool) -> str:
    """“the 1st and the 15th of March”: the days that the rule names within its month or year."""
    pattern = pattern_of(replace(rule, until=None, count=None))
    if pattern and isinstance(pattern.shape, YearlyByDate) and pattern.shape.day != LAST:
        return _day_of_year(pattern.shape)
    if pattern and isinstance(pattern.shape, MonthlyByDate) and pattern.shape.or_last:
        return _("the %(day)s, or the last day of shorter months") % {
            "day": day_of_month(pattern.shape.day)
        }
    days = _days_named(rule)
    if not days or not is_yearly:
        return days
    values = {"days": days, "months": joined([month_name(month) for month in rule.months])}
    if rule.months:
        return _("%(days)s of %(months)s") % values
    return (_("%(days)s of every month") if rule.month_days else _("%(days)s of the year")) % values


def _days_named(rule: Rule) -> str:
    if rule.month_days:
        return joined([_month_day(day) for day in _from_the_front(rule.month_days)])
    if rule.positions and _says_positions(rule):
        names = [weekday_name(weekday.day, "wide") for weekday in rule.weekdays]
        either = joined(names, "or")
        return joined([_nth_weekday(nth, either) for nth in _from_the_front(rule.positions)])
    in_order = sorted(rule.weekdays, key=lambda day: (day.ordinal < 0, day.ordinal, day.day))
    return joined([_nth_weekday(day.ordinal, weekday_name(day.day, "wide")) for day in in_order])


def _from_the_front(numbers: Iterable[int]) -> list[int]:
    """1, 15, -2, -1: as they come in a month."""
    return sorted(numbers, key=lambda number: (number < 0, number))


def _says_positions(rule: Rule) -> bool:
    """Whether the days' own words say which of them count: “the last Monday or Tuesday”."""
    if rule.month_days:
        pattern = pattern_of(replace(rule, until=None, count=None))
        return pattern is not None
    is_plain = bool(rule.weekdays) and not any(weekday.ordinal for weekday in rule.weekdays)
    return is_plain and (rule.frequency == "MONTHLY" or len(rule.months) < 2)


def _has_days(rule: Rule) -> bool:
    return bool(rule.month_days or rule.weekdays)


def _day_of_year(shape: YearlyByDate) -> str:
    day = format_day(date(_LEAP_YEAR, shape.month, shape.day), "day_of_year")
    if (shape.month, shape.day) != (2, 29):
        return pgettext("day of the year", "%(date)s") % {"date": day}
    if shape.or_last:
        return _("%(date)s, or the day before where there is none") % {"date": day}
    return _("%(date)s, in leap years only") % {"date": day}


def _month_day(day: int) -> str:
    if day == LAST:
        return _("the last day")
    if day < 0:
        return _("the %(nth)s day from the end") % {"nth": ordinal(-day)}
    return _("the %(day)s") % {"day": day_of_month(day)}


def _nth_weekday(nth: int, weekday: str) -> str:
    values = {"weekday": weekday, "nth": ordinal(abs(nth))}
    if nth in _NTH_WEEKDAY:
        return str(_NTH_WEEKDAY[nth]) % values
    if nth < 0:
        return _("the %(nth)s %(weekday)s from the end") % values
    return _("the %(nth)s %(weekday)s") % values


def _a_weekday(weekday: Weekday) -> str:
    name = weekday_name(weekday.day, "wide")
    if weekday.ordinal:
        return _nth_weekday(weekday.ordinal, name)
    return _("a %(weekday)s") % {"weekday": name}


def _position(position: int) -> str:
    if position == LAST:
        return _("the last")
    if position < 0:
        return _("the %(nth)s from the end") % {"nth": ordinal(-position)}
    return pgettext("of several days", "the %(nth)s") % {"nth": ordinal(position)}


def _if_it_is(sentence: str, days: Iterable[str]) -> str:
    return _("%(sentence)s, if it is %(days)s") % {
        "sentence": sentence,
        "days": joined(list(days), "or"),
    }


def _only_in_months(rule: Rule, sentence: str) -> str:
    if not rule.months:
        return sentence
    months = joined([month_name(month) for month in rule.months])
    return _("%(sentence)s, in %(months)s only") % {"sentence": sentence, "months": months}


def _with_end(rule: Rule, sentence: str) -> str:
    if rule.count is not None:
        with_count = ngettext(
            "%(sentence)s, one date only", "%(sentence)s, %(number)s dates in all", rule.count
        )
        return with_count % {"sentence": sentence, "number": rule.count}
    until = rule.until
    if until is None:
        return sentence
    if isinstance(until, datetime) and until.tzinfo is None:
        until = until.date()
    return _("%(sentence)s, until %(day)s") % {
        "sentence": sentence,
        "day": format_day(until, "day_year"),
    }


def exceptions_words(names: Sequence[str]) -> str:
    """“Except on Christmas Day and New Year's Day.”; empty without any."""
    if not names:
        return ""
    return _("Except on %(holidays)s.") % {"holidays": joined(names)}


def next_words(day: date | None, today: date) -> str:
    if day is None:
        return _("No date lies ahead.")
    if (day - today).days == 0:
        return _("The next is today.")
    if (day - today).days == 1:
        return _("The next is tomorrow.")
    return _("The next is on %(day)s.") % {
        "day": format_day(day, "day_year" if is_far(day, today) else "day_long")
    }


def is_far(day: date, today: date) -> bool:
    """Whether its year has to be said, too."""
    return (day - today).days > _FAR_DAYS
