"""Devices on which somebody has signed in before.

Strangers who try passwords use up the tries at a person's door. Who comes from a device of their
own has another door, and isn't kept waiting by them. The cookie is signed, holds for one co-op,
and names people by a hash: several may share a computer.
"""

import secrets
from collections.abc import Mapping

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from coopcycle.current import current_schema

LIFETIME = 180 * 24 * 3600  # seconds since the last sign-in
MOST_PEOPLE = 8  # of one device; the one who came first is forgotten


def door_of(request: HttpRequest, email: str) -> tuple[str, str]:
    """Where a try to sign in as `email` is counted: kind and key of accounts/limits."""
    device = _people(request).get(_name(email))
    return ("sign-in-device", device) if device else ("sign-in", email.strip().lower())


def is_known(request: HttpRequest) -> bool:
    """Whether somebody of this co-op has signed in on this device."""
    return bool(_people(request))


def is_known_of(request: HttpRequest, email: str) -> bool:
    """Whether this person has signed in on this device."""
    return _name(email) in _people(request)


def remember(request: HttpRequest, response: HttpResponseBase, email: str) -> None:
    """Know this device as one of theirs from now on."""
    name, people = _name(email), dict(_people(request))
    device = people.pop(name, None) or secrets.token_urlsafe(12)
    kept = dict([*people.items(), (name, device)][-MOST_PEOPLE:])
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(kept, salt=_salt()),
        max_age=LIFETIME,
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _people(request: HttpRequest) -> Mapping[str, str]:
    """Device names by person; empty when the cookie is missing, old, forged or another co-op's."""
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    try:
        people = signing.loads(cookie, salt=_salt(), max_age=LIFETIME) if cookie else {}
    except signing.BadSignature:
        return {}
    return people if isinstance(people, dict) else {}


def _salt() -> str:
    return f"accounts.devices.{current_schema() or 'federation'}"


def _name(email: str) -> str:
    return salted_hmac(_salt(), email.strip().lower(), algorithm="sha256").hexdigest()[:16]
