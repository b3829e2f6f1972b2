"""Columns whose values are codes or lists: how people say them.

    say_column("recurring_ruleversion", "rrule", lambda value, _names: in_words(value))

Apps above register theirs in AppConfig.ready(); what is common to many stands at the end. A value
may name other rows: then `mentions` lists them, and the names are read with all others of a page.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import get_language_info

from coopcycle.dates import weekday_name

type NameOf = Callable[[str, int], str]  # the name of a row, by its table and number
type Say = Callable[[Any, NameOf], str]
type Mentions = Callable[[Any], Iterable[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Sayer:
    """How the values of one column are said, and which rows they name."""

    say: Say
    mentions: Mentions


_sayers: dict[tuple[str, str], Sayer] = {}


def say_column(
    table: str, column: str, say: Say, *, mentions: Mentions = lambda _value: ()
) -> None:
    """From now on the trail says the values of this column so."""
    _sayers[table, column] = Sayer(say, mentions)


def sayer_of(table: str, column: str) -> Sayer | None:
    return _sayers.get((table, column)) or _COMMON.get(column)


def role_words(roles: Iterable[str]) -> str:
    """“dispatcher, courier”, of the names of a person's switches."""
    fields: Mapping[str, Any] = {
        field.name: field.verbose_name for field in get_user_model()._meta.concrete_fields
    }
    return ", ".join(str(fields.get(role, role)) for role in roles)


def _language(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _plain(say: Callable[[Any], str]) -> Sayer:
    return Sayer(lambda value, _name_of: say(value), lambda _value: ())


def _weekdays(numbers: Iterable[int]) -> str:
    return ", ".join(weekday_name(number - 1) for number in numbers)


_LANGUAGE = _plain(_language)
_WEEKDAYS = _plain(_weekdays)
# By the column alone: these words mean the same in every table.
_COMMON: Mapping[str, Sayer] = {
    "language": _LANGUAGE,
    "default_language": _LANGUAGE,
    "recipient_language": _LANGUAGE,
    "languages": _plain(lambda codes: ", ".join(map(_language, codes))),
    "opening_weekdays": _WEEKDAYS,
    "days_off": _WEEKDAYS,
    "working_weekdays": _WEEKDAYS,
    "roles": _plain(role_words),
}
