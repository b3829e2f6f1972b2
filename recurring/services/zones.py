"""The co-op moves to another time zone: what is said on the wall clock stays said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import User
from recurring.models import Occurrence, StandingOrder
from recurring.services.acting import Kind, require_cooperative
from recurring.services.consequences import Consequences
from recurring.services.together import carry_out_together

State = Occurrence.State


def follow_zone(
    timezone: str, *, actor: User, at: datetime, is_rehearsal: bool = False
) -> Consequences:
    """Standing orders live on the new zone's clock: “every Tuesday 6:30” stays 6:30.

    Dates to come are resolved anew; orders that are made stay at the instant that was promised
    (`left`). To be called when the co-op's own zone has changed, after a rehearsal has been read.
    """
    before = require_cooperative().timezone

    def write(orders: Sequence[StandingOrder]) -> list[dict[str, Any]]:
        ids = [order.pk for order in orders]
        Occurrence.objects.filter(
            standing_order__in=ids, starts_at__gt=at, state__in=[State.SKIPPED, State.FAILED]
        ).delete()
        StandingOrder.objects.filter(pk__in=ids).update(timezone=timezone)
        return [{"what": "timezone", "before": before, "after": timezone}]

    ids = StandingOrder.objects.filter(state=StandingOrder.State.ACTIVE).exclude(timezone=timezone)
    return carry_out_together(
        ids.values_list("pk", flat=True),
        write,
        kind=Kind.REZONED,
        actor=actor,
        at=at,
        is_rehearsal=is_rehearsal,
        generates=True,
        leaves_made=True,
    )
