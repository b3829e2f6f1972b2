"""A standing order in plain words, in the reader's language."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from babel.lists import format_list
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _

from coopcycle.dates import format_day, weekday_name
from recurring.rules import Rule


def joined(words: Sequence[str]) -> str:
    """“Tuesday, Friday and Sunday”."""
    return format_list(list(words), locale=to_locale(get_language() or "en"))


def how_often(rule: Rule) -> str:
    """“Two deliveries a week, on Tuesday and Friday”."""
    days = [weekday_name(weekday.day, "wide") for weekday in rule.weekdays]
    values = {"number": len(days), "days": joined(days), "interval": rule.interval}
    if rule.interval == 1:
        return (
            ngettext(
                "%(number)s delivery a week, on %(days)s",
                "%(number)s deliveries a week, on %(days)s",
                len(days),
            )
            % values
        )
    return (
        ngettext(
            "%(number)s delivery every %(interval)s weeks, on %(days)s",
            "%(number)s deliveries every %(interval)s weeks, on %(days)s",
            len(days),
        )
        % values
    )


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
    return _("The next is on %(day)s.") % {"day": format_day(day, "day_long")}


def editor_sentence(slots: dict[str, Any]) -> SafeString:
    """The editor's sentence with its blanks; the words around them are one translated string."""
    sentence = _(
        "Every %(interval)s on %(days)s between %(start)s and %(end)s, from %(first_day)s, "
        "%(ending)s. On public holidays, %(holidays)s."
    )
    return mark_safe(escape(sentence) % slots)  # noqa: S308 - slots are drawn by the form
