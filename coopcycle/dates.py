"""Dates and times as people write them: "Tue 24 Nov" or "mar. 24 nov.", 06:30–08:00 or 6:30–8:00.

Instants are shown in the active time zone (the co-op's), words in the active language.
"""

from datetime import date, datetime, time
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_interval, get_day_names, get_month_names
from django.utils import timezone
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

# CLDR's patterns; day before month in every language we speak.
_PATTERNS = {
    "day": "EEE d MMM",
    "day_long": "EEEE d MMMM",
    "day_month": "d MMM",
    "day_year": "d MMM y",
    "day_of_year": "d MMMM",
    "month": "LLLL",
    "month_year": "LLLL y",
}
_PATTERNS_BY_LANGUAGE = {
    "de": {
        "day": "EEE d. MMM",
        "day_long": "EEEE, d. MMMM",
        "day_month": "d. MMM",
        "day_year": "d. MMM y",
        "month": "LLLL",
        "month_year": "LLLL y",
        "day_of_year": "d. MMMM",
    }
}
# CLDR's category of an ordinal → how it is written; "other" where a language has but one.
_ORDINALS = {
    "en": {"one": "{}st", "two": "{}nd", "few": "{}rd", "other": "{}th"},
    "fr": {"one": "{}er", "other": "{}e"},
    "de": {"other": "{}."},
    "it": {"other": "{}º"},
    "nl": {"other": "{}e"},
    "es": {"other": "{}.º"},
}
_DATES_COUNT_PLAINLY = {"fr", "it", "nl", "es"}  # le 2, le 31; but le 1er, il 1º
_HOUR_WITHOUT_ZERO = {"fr", "es", "it"}  # 6:30, where English and German write 06:30
_READABLE_YEARS = range(2000, 2200)  # pages also look at the days around the one asked for


def read_day(text: str) -> date | None:
    """The day that an address names, as in 2026-11-24; None for what is none, or none of ours."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _READABLE_YEARS else None


def format_day(moment: date | datetime, style: str = "day") -> str:
    """A date in the active language. Styles: the keys of _PATTERNS."""
    return _written_day(_local_date(moment), style, get_language() or "en")


@lru_cache(maxsize=2048)  # one run of the generator writes the same few days thousands of times
def _written_day(day: date, style: str, language: str) -> str:
    family = language.partition("-")[0]
    pattern = _PATTERNS_BY_LANGUAGE.get(family, _PATTERNS)[style]
    written = format_date(day, pattern, locale=_locale_of(language))
    if family == "fr" and day.day == 1:  # the first is an ordinal in French: 1er décembre
        return written.replace("1 ", "1er ", 1)
    return written


def format_near_day(moment: date | datetime, today: date) -> str:
    """A day as people say it: "today", "tomorrow", in the next days "Fri", then "Fri 4 Dec"."""
    day = _local_date(moment)
    ahead = (day - today).days
    if ahead in (0, 1):
        return _("tomorrow") if ahead else _("today")
    return weekday_name(day.weekday()) if 1 < ahead < 7 else format_day(day)


def format_days(first: date, last: date) -> str:
    """Some days: "23–29 Nov", "30 Nov – 6 Dec"."""
    return str(format_interval(first, last, "MMMd", locale=reader_locale()))


def format_clock(moment: datetime | time) -> str:
    """A time of day in the active language."""
    local = _local(moment) if isinstance(moment, datetime) else moment
    hour = str(local.hour) if _language() in _HOUR_WITHOUT_ZERO else f"{local.hour:02}"
    return f"{hour}:{local.minute:02}"


def format_window(after: datetime | time, before: datetime | time) -> str:
    """A time window, its two ends joined by a dash that never breaks the line."""
    return f"{format_clock(after)}–{format_clock(before)}"


def format_delay(minutes: int) -> str:
    """How late something is: "8 min", from an hour on "9 h 23" or "2 h"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02}" if rest else f"{hours} h"


def weekday_name(number: int, width: str = "abbreviated") -> str:
    """The name of a day of the week, 0 = Monday. Widths: abbreviated ("Tue"), wide ("Tuesday")."""
    return str(get_day_names(width, context="format", locale=reader_locale())[number])  # type: ignore[arg-type]


def month_name(number: int) -> str:
    """The name of a month, 1 = January, as it stands in a sentence."""
    return str(get_month_names("wide", context="format", locale=reader_locale())[number])


def ordinal(number: int) -> str:
    """“1st”, “22nd”; in French “1er”, “22e”."""
    forms = _ORDINALS.get(_language(), _ORDINALS["en"])
    return forms.get(reader_locale().ordinal_form(number), forms["other"]).format(number)


def day_of_month(day: int) -> str:
    """A day of the month alone: “31st”; in French “31”, but “1er”."""
    language = _language()
    is_plain = language in _DATES_COUNT_PLAINLY and (day > 1 or language in ("nl", "es"))
    return str(day) if is_plain else ordinal(day)


def _local_date(moment: date | datetime) -> date:
    if not isinstance(moment, datetime):
        return moment
    return _local(moment).date()


def _local(moment: datetime) -> datetime:
    """On the co-op's wall clock; a naive time is on it already."""
    return moment if timezone.is_naive(moment) else timezone.localtime(moment)


def _language() -> str:
    return (get_language() or "en").partition("-")[0]


def reader_locale() -> Locale:
    """British order and words for English, as the design writes its dates."""
    return _locale_of(get_language() or "en")


@lru_cache(maxsize=64)
def _locale_of(language: str) -> Locale:
    return Locale.parse("en_GB" if language == "en" else to_locale(language))
