"""Counting tries. Each is one statement, so that a hundred at once are counted as a hundred.

Not inside a transaction that a refusal rolls back: the try would be forgotten with it.
"""

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from accounts.limits.allowances import ALLOWANCES, Allowance
from accounts.limits.models import Limit
from coopcycle.current import current_schema
from coopcycle.errors import DomainError

# A full bucket refuses, and is left as it is: who keeps trying doesn't lengthen the wait.
_POUR = """
INSERT INTO accounts_limit AS held (kind, key, empties_at) VALUES (%(kind)s, %(key)s, %(at)s + %(pause)s)
ON CONFLICT (kind, key) DO UPDATE SET empties_at = greatest(held.empties_at, %(at)s) + %(pause)s
WHERE greatest(held.empties_at, %(at)s) + %(pause)s <= %(at)s + %(within)s
RETURNING empties_at
"""


class TooManyTriesError(DomainError):
    """All tries are used up. `retry_after` tells in seconds when there is another."""

    def __init__(self, pause: timedelta) -> None:
        self.retry_after = max(1, ceil(pause.total_seconds()))
        minutes = ceil(self.retry_after / 60)
        super().__init__(
            ngettext(
                "There were too many tries. Wait a minute and try again.",
                "There were too many tries. Wait %(minutes)s minutes and try again.",
                minutes,
            )
            % {"minutes": minutes},
            status=429,
        )


def spend(kind: str, key: object, *, at: datetime) -> bool:
    """Count one try at `key`, before it is known whether it is right. True: it was the last one.

    Raises TooManyTriesError when there is none left.
    """
    allowance, name = ALLOWANCES[kind], name_of(kind, key)
    values: dict[str, Any] = {"kind": kind, "key": name, "at": at}
    values |= {"pause": allowance.pause, "within": allowance.within}
    with connection.cursor() as cursor:
        cursor.execute(_POUR, values)
        poured = cursor.fetchone()
    if poured is None:
        raise TooManyTriesError(_wait(kind, name, allowance, at))
    return bool(poured[0] + allowance.pause > at + allowance.within)


def give_back(kind: str, key: object, *, at: datetime) -> None:
    """The try was right and doesn't count. Others' tries at the same door stay counted."""
    held = Limit.objects.filter(kind=kind, key=name_of(kind, key), empties_at__gt=at)
    held.update(empties_at=F("empties_at") - ALLOWANCES[kind].pause)


def refuse_if_spent(kind: str, key: object, *, at: datetime) -> None:
    """Raise TooManyTriesError when no try is left; counts nothing."""
    allowance = ALLOWANCES[kind]
    wait = _wait(kind, name_of(kind, key), allowance, at)
    if wait > timedelta():
        raise TooManyTriesError(wait)


def erase_empty(*, at: datetime) -> int:
    """Delete what has run out. It counts as nothing already."""
    return Limit.objects.filter(empties_at__lte=at).delete()[0]


def name_of(kind: str, key: object) -> str:
    """What is kept of a key. The co-op's schema is in it."""
    salt = f"accounts.limits.{current_schema() or 'federation'}.{kind}"
    return salted_hmac(salt, str(key), algorithm="sha256").hexdigest()


def _wait(kind: str, name: str, allowance: Allowance, at: datetime) -> timedelta:
    """How long until one try fits in; zero or less when it does now."""
    held = Limit.objects.filter(kind=kind, key=name).values_list("empties_at", flat=True).first()
    if held is None:
        return timedelta()
    return held + allowance.pause - (at + allowance.within)
