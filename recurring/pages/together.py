"""Pausing many standing orders as one: what happens to each, before it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.models import User
from recurring import services
from recurring.models import BulkPause, StandingOrder
from recurring.pages.questions import Effect, effects_of_pause

_RECENT = 5


@dataclass(frozen=True, slots=True)
class Touched:
    """One standing order that the pause reaches."""

    order: StandingOrder
    effects: list[Effect]

    @property
    def seen(self) -> str:
        """Its id and the version that is shown, as the form sends them back."""
        return f"{self.order.pk}:{self.order.version}"


@dataclass(frozen=True, slots=True)
class BulkQuestion:
    """All that a bulk pause would do."""

    rows: list[Touched]
    effects: list[Effect]
    made: int


def bulk_question(
    orders: Sequence[StandingOrder], days: Mapping[str, Any], *, actor: User, at: datetime
) -> BulkQuestion:
    """Rehearsed for these standing orders; those that nothing happens to are left out."""
    seen = {order.pk: order.version for order in orders}
    found = services.pause_many(
        seen, **days, cancels_made=True, actor=actor, at=at, is_rehearsal=True
    )
    rows = [Touched(order, effects_of_pause(found.of(order.pk))) for order in orders]
    return BulkQuestion(
        rows=[row for row in rows if row.effects],
        effects=effects_of_pause(found),
        made=len(found.cancelled),
    )


def seen_of(values: Sequence[str]) -> dict[int, int]:
    """What the form sent back; whatever is no pair of numbers is left out."""
    pairs = (value.partition(":")[::2] for value in values)
    return {
        int(pk): int(version) for pk, version in pairs if pk.isdecimal() and version.isdecimal()
    }


def recent_bulk_pauses(today: date) -> list[BulkPause]:
    """Those that can be undone, or were lately."""
    pauses = BulkPause.objects.filter(to_day__gte=today).select_related("created_by")
    return list(pauses.prefetch_related("pauses")[:_RECENT])
