"""Reasons in words for people, and how an occurrence's state looks."""

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coopcycle.words import said_of
from orders.catalog.units import format_number
from recurring.rules import RuleError

REASONS: dict[str, Promise] = {
    "rule": _("As the rule says"),
    "added": _("Added by hand"),
    "moved": _("Moved by hand"),
    "changed": _("Changed by hand"),
    "holiday_before": _("Moved before the holiday"),
    "holiday_after": _("Moved after the holiday"),
    "skipped": _("Skipped by hand"),
    "paused": _("Paused"),
    "holiday": _("Public holiday"),
    "asked": _("Public holiday, waits for your answer"),
    "unanswered": _("Public holiday, and nobody said that it shall come"),
    "not_asked": _("Public holiday, and nobody could be asked in time"),
    "collision": _("The day beside the holiday has its own date, or is paused"),
    "no_working_day": _("No working day near the holiday"),
    "too_late": _("The order list was closed when this was entered"),
    "nothing_left": _("None of the products can be had on this day"),
    "missed": _("The day had passed when orders were made"),
    "ended": _("The standing order has ended"),
    "gone": _("no longer offered"),
    "replaced": _("no longer offered, instead"),
    "sold_out": _("sold out on this day"),
    "short": _("only a part is left"),
    "undecided": _("only a part is left, and nobody decided before the list closed"),
    "unasked": _("only a part is left, and the producer could not be asked in time"),
    "held": _("Too little is left; the producer is to decide"),
    "substituted": _("sold out, instead"),
    "filled_up": _("short, filled up with"),
    "closed": _("the producer does not work on this day"),
    "closure": _("the producer is closed"),
    "part_paused": _("the producer is taking a break from this standing order"),
    "begun": _("Somebody is riding it already"),
    "closed_list": _("Its list is closed already"),
    "no_longer": _("The standing order no longer has this date"),
}


def reason_words(reason: str, detail: str = "") -> str:
    """The reason as a person reads it; an error's own words stay as they are."""
    words = str(REASONS.get(reason, reason))
    if not detail:
        return words
    return said_of(words, _READERS.get(reason, str)(detail))


def _share(detail: str) -> str:
    """“8 / 12.5”, as rows have it, with the reader's decimals."""
    return " / ".join(format_number(Decimal(amount)) for amount in detail.split(" / "))


def _another(detail: str) -> str:
    """“4.5 Cherry tomatoes”, likewise."""
    amount, name = detail.split(" ", 1)
    return f"{format_number(Decimal(amount))} {name}"


# Quantities in details are kept as machines write them (recurring/stock.py).
_READERS = {
    **dict.fromkeys(("short", "undecided", "unasked"), _share),
    **dict.fromkeys(("substituted", "filled_up"), _another),
}


def rule_error_words(error: RuleError) -> str:
    """What is wrong with a rule, and what to write instead, in the reader's language."""
    return gettext(error.sentence) % error.params
