"""Ending sessions. Whatever changes what a person may do, or how they show who they are, ends them."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import F, Q

from accounts.sessions.models import Session
from accounts.sessions.store import hash_of
from audit.recording import Kind, record

if TYPE_CHECKING:
    from accounts.models import User


def end_sessions(user: "User", *, keep: str | None = None) -> int:
    """Sign `user` out everywhere, but for the session with the key `keep`. Returns how many ended.

    In force at the next click, and at live pages when they ask again.
    """
    others = Session.objects.filter(user=user)
    if keep:
        others = others.exclude(pk=hash_of(keep))
    ended = others.delete()[0]
    if ended:
        record(Kind.SESSION_ENDED, about=user, number=ended)
    return ended


def end_session(user: "User", *, handle: UUID) -> None:
    """Sign one browser of `user` out. One that is gone already stays so."""
    if Session.objects.filter(user=user, handle=handle).delete()[0]:
        record(Kind.SESSION_ENDED, about=user, number=1)


def erase_over(*, at: datetime) -> int:
    """Delete sessions that are over."""
    over = Q(ends_at__lte=at) | Q(seen_at__lte=at - F("idle"))
    return Session.objects.filter(over).delete()[0]
