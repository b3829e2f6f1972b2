"""What happened at the doors, beside its name: which page, how many, of what kind; in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.models import SecurityEvent
from audit.saying import role_words

# What was refused is a view; the first part of its name says where that is.
PLACES: Mapping[str, Promise] = {
    "accounts": gettext_lazy("People and businesses"),
    "audit": gettext_lazy("What was done"),
    "board": gettext_lazy("Dispatch"),
    "catalog": gettext_lazy("Products"),
    "cooperative": gettext_lazy("Our co-op"),
    "feeds": gettext_lazy("Calendars"),
    "importing": gettext_lazy("Standing orders as a table"),
    "ordering": gettext_lazy("Orders"),
    "overview": gettext_lazy("Overview"),
    "pricing": gettext_lazy("Prices"),
    "privacy": gettext_lazy("Personal data"),
    "recurring": gettext_lazy("Standing orders"),
    "rider": gettext_lazy("A courier’s round"),
    "security": gettext_lazy("Sign-in and security"),
    "sessions": gettext_lazy("Where you are signed in"),
    "tenants": gettext_lazy("The federation"),
    "tracking": gettext_lazy("A recipient’s link"),
}
# What was tried too often (accounts/limits/allowances.py).
TRIES: Mapping[str, Promise] = {
    "sign-in": gettext_lazy("wrong passwords for one account"),
    "sign-in-device": gettext_lazy("wrong passwords on a known device"),
    "sign-in-network": gettext_lazy("wrong passwords from one network"),
    "password": gettext_lazy("wrong passwords of somebody who is signed in"),
    "code": gettext_lazy("wrong codes of a second step"),
    "reset": gettext_lazy("new passwords asked for"),
    "reset-network": gettext_lazy("new passwords asked for, from one network"),
    "email-change": gettext_lazy("new e-mail addresses"),
    "link": gettext_lazy("links that open nothing"),
    "token": gettext_lazy("wrong tokens of a program"),
}
DEVICES: Mapping[str, Promise] = {
    "app": gettext_lazy("authenticator app"),
    "passkey": gettext_lazy("passkey"),
    "paper": gettext_lazy("backup codes"),
    "all": gettext_lazy("all of them"),
}
TAKEN: Mapping[str, Promise] = {
    "cooperative": gettext_lazy("all data of the co-op"),
    "person": gettext_lazy("their own data"),
    "recipient": gettext_lazy("what is kept of a recipient"),
    "standing orders": gettext_lazy("standing orders as a table"),
}
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def words_of(event: SecurityEvent) -> list[str]:
    """What is known of it besides who, when and from where; a few words each."""
    return [words for words in _words(event) if words]


def _words(event: SecurityEvent) -> Iterable[str]:
    details: Mapping[str, Any] = event.details
    if event.kind == SecurityEvent.Kind.REFUSED:
        yield _place(event.rule)
        changing = details.get("method") in _CHANGING
        yield _("wanted to change something") if changing else _("wanted to look")
        yield from (
            _("number %(number)s") % {"number": number}
            for number in (details.get("asked") or {}).values()
        )
    elif event.kind == SecurityEvent.Kind.LOCKED_OUT:
        yield str(TRIES.get(event.rule, event.rule))
    if "before" in details:
        none = _("none")
        yield _("%(before)s → %(after)s") % {
            "before": role_words(details["before"]) or none,
            "after": role_words(details.get("after") or ()) or none,
        }
    yield role_words(details.get("roles") or ())
    yield str(DEVICES.get(details.get("device", ""), details.get("device", "")))
    yield str(TAKEN.get(details.get("what", ""), details.get("what", "")))
    if number := details.get("number"):
        yield ngettext("%(number)s session", "%(number)s sessions", number) % {"number": number}
    if number := details.get("deliveries"):
        yield ngettext("%(number)s parcel", "%(number)s parcels", number) % {"number": number}
    if number := details.get("photos"):
        yield ngettext("%(number)s photo", "%(number)s photos", number) % {"number": number}


def _place(view_name: str) -> str:
    area = view_name.partition(":")[0]
    return str(PLACES.get(area, view_name))
