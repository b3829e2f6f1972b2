"""What a session has shown of its person: that the second step was taken, and how lately."""

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User

VERIFIED = "second_factor_at"
CONFIRMED = "confirmed_at"
FRESH_FOR = timedelta(minutes=15)
TIME_TO_FINISH = timedelta(minutes=15)  # a form that was opened in time may be sent a little later

type Session = MutableMapping[str, Any]


def is_settled(user: "User", session: Session) -> bool:
    """Whether the session has shown all that its person must show.

    The mark needs no look at the devices: any change of them ends the person's other sessions.
    """
    return VERIFIED in session or not (user.has_second_factor or user.needs_second_factor)


def mark_verified(session: Session, at: datetime) -> None:
    """The second factor was shown just now, which also says who sits here."""
    session[VERIFIED] = int(at.timestamp())
    mark_confirmed(session, at)


def mark_confirmed(session: Session, at: datetime) -> None:
    """Password or factor was given just now."""
    session[CONFIRMED] = int(at.timestamp())


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person has shown lately who they are."""
    given = request.session.get(CONFIRMED)
    allowed = FRESH_FOR if request.method in ("GET", "HEAD") else FRESH_FOR + TIME_TO_FINISH
    return isinstance(given, int) and timezone.now().timestamp() - given < allowed.total_seconds()


def keep_only_this(request: HttpRequest, user: "User") -> None:
    """The other sessions of `user` were ended by a change; this one goes on, under a new id."""
    update_session_auth_hash(request, user)
