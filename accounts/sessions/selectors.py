"""Reads for the page of a person's sessions."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.sessions.models import Session
from accounts.sessions.store import hash_of
from accounts.sessions.words import is_handheld

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True)
class Place:
    """A browser in which somebody is signed in."""

    handle: UUID
    device: str  # empty: not recognised
    is_handheld: bool
    opened_at: datetime
    seen_at: datetime
    is_here: bool


def places_of(user: "User", *, here: str | None, at: datetime) -> list[Place]:
    """Where `user` is signed in, this browser (of the key `here`) first, then the latest in use."""
    mine = hash_of(here) if here else ""
    open_ones = [one for one in Session.objects.filter(user=user) if not one.is_over(at)]
    open_ones.sort(key=lambda one: (one.pk != mine, -one.seen_at.timestamp()))
    return [
        Place(
            handle=one.handle,
            device=one.device,
            is_handheld=is_handheld(one.device),
            opened_at=one.opened_at,
            seen_at=one.seen_at,
            is_here=one.pk == mine,
        )
        for one in open_ones
    ]


def count_open(user: "User", *, at: datetime) -> int:
    """In how many browsers `user` is signed in."""
    return sum(not one.is_over(at) for one in Session.objects.filter(user=user))
