"""The co-op moves to another time zone: what is said on the wall clock stays said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.errors import DomainError
from recurring.models import Occurrence, StandingOrder
from recurring.services.acting import Kind
from recurring.services.consequences import Consequences
from recurring.services.together import carry_out_together
from tenants.settings import own_settings

State = Occurrence.State


def on_other_clocks(timezone: str) -> QuerySet[StandingOrder]:
    """Active standing orders that live on another clock than that of `timezone`."""
    active = StandingOrder.objects.filter(state=StandingOrder.State.ACTIVE)
    return active.exclude(timezone=timezone)


def take_ended_along(timezone: str) -> None:
    """Ended ones have no dates that could move; who takes one up again finds it on the new clock."""
    ended = StandingOrder.objects.filter(state=StandingOrder.State.ENDED)
    ended.exclude(timezone=timezone).update(timezone=timezone)


def follow_zone(
    timezone: str, *, actor: User, at: datetime, is_rehearsal: bool = False
) -> Consequences:
    """Standing orders live on the new zone's clock: “every Tuesday 6:30” stays 6:30.

    Dates to come are resolved anew; orders that are made stay at the instant that was promised
    (`left`). To be called when the co-op's own zone has changed, after a rehearsal has been read;
    raises DomainError when it has moved on to yet another one.
    """

    def write(orders: Sequence[StandingOrder]) -> list[dict[str, Any]]:
        if not is_rehearsal and own_settings().timezone != timezone:
            raise DomainError(_("Somebody has chosen another time zone meanwhile."))
        before = ", ".join(sorted({order.timezone for order in orders}))
        ids = [order.pk for order in orders]
        Occurrence.objects.filter(
            standing_order__in=ids,
            starts_at__gt=at,
            state__in=[State.SKIPPED, State.FAILED, State.HELD],
        ).delete()
        # What no rule asks for any more keeps its instant; it is read off the new clock.
        Occurrence.objects.filter(
            standing_order__in=ids, starts_at__gt=at, promised_timezone=""
        ).update(wall_start="")
        StandingOrder.objects.filter(pk__in=ids).update(timezone=timezone)
        return [{"what": "timezone", "before": before, "after": timezone}]

    return carry_out_together(
        list(on_other_clocks(timezone).values_list("pk", flat=True)),
        write,
        kind=Kind.REZONED,
        actor=actor,
        at=at,
        is_rehearsal=is_rehearsal,
        generates=True,
        leaves_made=True,
    )
