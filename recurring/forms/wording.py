"""The editor's sentence in words: one translatable sentence for each pattern, with its blanks.

Each language orders the blanks as it likes.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from coopcycle.dates import day_of_month, month_name, weekday_name
from recurring.patterns import LAST

REPEATS = (
    ("day", pgettext_lazy("how it repeats", "Daily")),
    ("week", pgettext_lazy("how it repeats", "Weekly")),
    ("month_date", pgettext_lazy("how it repeats", "Monthly, on a date")),
    ("month_weekday", pgettext_lazy("how it repeats", "Monthly, on a weekday")),
    ("year", pgettext_lazy("how it repeats", "Yearly")),
)
KEPT = "kept"  # a rule that was imported, and that no pattern says


def sentence_of(repeats: str) -> str:
    """The sentence of one pattern; its blanks are named."""
    if repeats == "day":
        return _(
            "%(every)s %(windows)s, from %(first_day)s %(ending)s. "
            "On public holidays, %(holidays)s."
        )
    if repeats == "month_date":
        return _(
            "%(every)s on the %(month_day)s %(short_months)s %(windows)s, from %(first_day)s "
            "%(ending)s. On public holidays, %(holidays)s."
        )
    if repeats == "month_weekday":
        return _(
            "%(every)s on the %(nth)s %(weekday)s %(windows)s, from %(first_day)s %(ending)s. "
            "On public holidays, %(holidays)s."
        )
    if repeats == "year":
        return _(
            "%(every)s on the %(month_day)s of %(month)s %(short_months)s %(windows)s, "
            "from %(first_day)s %(ending)s. On public holidays, %(holidays)s."
        )
    if repeats == KEPT:
        return _("%(rule)s %(windows)s, from %(first_day)s. On public holidays, %(holidays)s.")
    return _(
        "%(every)s on %(days)s %(windows)s, from %(first_day)s %(ending)s. "
        "On public holidays, %(holidays)s."
    )


def filled(sentence: str, slots: Mapping[str, Any]) -> SafeString:
    """The sentence with its blanks drawn; the words around them are text."""
    return mark_safe(escape(sentence) % slots)  # noqa: S308 - slots are drawn by the forms


def window_words(slots: Mapping[str, Any]) -> SafeString:
    """One time of the day: “between 06:30 and 07:00, picked up the day before …”."""
    return filled(
        # Translators: a part of the editor's sentence; %(pickup)s is “the day before”.
        _("between %(opens)s and %(closes)s, picked up %(pickup)s%(pickup_times)s"),
        slots,
    )


def pickup_times(opens: Any, closes: Any) -> SafeString:
    return filled(
        # Translators: follows “picked up the day before” in the editor's sentence.
        pgettext("pick-up", "between %(opens)s and %(closes)s"),
        {"opens": opens, "closes": closes},
    )


def ending_words(choice: Any, last_day: Any, count: Any) -> SafeString:
    deliveries = filled(
        # Translators: follows “for” in the editor's sentence: for 10 deliveries.
        _("%(count)s deliveries"),
        {"count": count},
    )
    return format_html(
        '<span class="slot ending">{}<span class="ending__day">{}</span>'
        '<span class="ending__count">{}</span></span>',
        choice,
        last_day,
        deliveries,
    )


def every(repeats: str, interval: int) -> str:
    """“Every 2 weeks”, as the first blank says it."""
    if repeats == "day":
        words = ngettext("Every day", "Every %(interval)s days", interval)
    elif repeats == "week":
        words = ngettext("Every week", "Every %(interval)s weeks", interval)
    elif repeats == "year":
        words = ngettext("Every year", "Every %(interval)s years", interval)
    else:
        words = ngettext("Every month", "Every %(interval)s months", interval)
    return words % {"interval": interval}


def intervals(repeats: str, chosen: int) -> list[tuple[int, str]]:
    most = {"day": 14, "week": 8, "year": 4}.get(repeats, 12)
    numbers = sorted({*range(1, most + 1), chosen})
    return [(number, every(repeats, number)) for number in numbers if 1 <= number <= 366]


def month_days(repeats: str) -> list[tuple[int, str]]:
    days = [(day, day_of_month(day)) for day in range(1, 32)]
    last = pgettext("day of the month", "last day")
    return days if repeats == "year" else [*days, (LAST, last)]


def months() -> list[tuple[int, str]]:
    return [(month, month_name(month)) for month in range(1, 13)]


def weekdays() -> list[tuple[int, str]]:
    return [(day, weekday_name(day - 1, "wide")) for day in range(1, 8)]


def nths() -> list[tuple[int, str]]:
    return [
        (1, pgettext("weekday of the month", "first")),
        (2, pgettext("weekday of the month", "second")),
        (3, pgettext("weekday of the month", "third")),
        (4, pgettext("weekday of the month", "fourth")),
        (5, pgettext("weekday of the month", "fifth")),
        (LAST, pgettext("weekday of the month", "last")),
    ]


def short_months(repeats: str) -> list[tuple[str, str]]:
    if repeats == "year":
        return [
            ("last", _("(in other years on 28 February)")),
            ("none", _("(only in leap years)")),
        ]
    return [
        ("last", _("(in shorter months on the last day)")),
        ("none", _("(only in months that have it)")),
    ]
