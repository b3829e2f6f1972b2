"""“No deliveries from 24 to 26 December”: one act for many standing orders, undone as one."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.current import telling_why
from coopcycle.errors import DomainError
from recurring.models import BulkPause, Pause, StandingOrder
from recurring.services.acting import Kind, require_cooperative
from recurring.services.consequences import Consequences
from recurring.services.pausing import cut_short, pause_change, require_days_in_order
from recurring.services.together import Seen, carry_out_together


@telling_why
def pause_many(
    seen: Seen,
    *,
    from_day: date,
    to_day: date,
    reason: str,
    cancels_made: bool,
    actor: User,
    at: datetime,
    is_rehearsal: bool = False,
) -> Consequences:
    """Pause the standing orders of `seen` (id → version seen) on these days, both included.

    `Consequences.of` tells what happens to each. Refused when one was changed since it was seen.
    """
    require_days_in_order(from_day, to_day)

    def write(orders: Sequence[StandingOrder]) -> list[dict[str, Any]]:
        bulk = BulkPause.objects.create(
            from_day=from_day, to_day=to_day, reason=reason, created_at=at, created_by=actor
        )
        Pause.objects.bulk_create(
            Pause(
                standing_order=order,
                from_day=from_day,
                to_day=to_day,
                reason=reason,
                bulk=bulk,
                created_at=at,
                created_by=actor,
            )
            for order in orders
        )
        return [pause_change(None, (from_day, to_day, reason))]

    return carry_out_together(
        seen.keys(),
        write,
        kind=Kind.PAUSED,
        actor=actor,
        at=at,
        is_rehearsal=is_rehearsal,
        seen=seen,
        cancels_made=cancels_made,
    ).on_days(from_day, to_day)


def undo_bulk_pause(
    bulk_id: int, *, actor: User, at: datetime, is_rehearsal: bool = False
) -> Consequences:
    """Let all go on that one act had paused; orders it called off come back where they still can.

    Pauses that somebody resumed meanwhile are over already.
    """
    bulk = BulkPause.objects.get(pk=bulk_id)
    pauses = list(bulk.pauses.all())
    today = at.astimezone(require_cooperative().zone).date()

    def write(orders: Sequence[StandingOrder]) -> list[dict[str, Any]]:
        undone = BulkPause.objects.filter(pk=bulk_id, undone_at=None)
        if not undone.update(undone_at=at, undone_by=actor):  # also of two who press at once
            raise DomainError(_("This pause has been undone already."))
        for pause in pauses:
            if pause.to_day is None or pause.to_day >= today:
                cut_short(pause, today)
        ids = [order.pk for order in orders]
        StandingOrder.objects.filter(pk__in=ids).update(reopened_at=at)
        return [pause_change((bulk.from_day, bulk.to_day, bulk.reason), None)]

    return carry_out_together(
        {pause.standing_order_id for pause in pauses},
        write,
        kind=Kind.RESUMED,
        actor=actor,
        at=at,
        is_rehearsal=is_rehearsal,
        generates=True,
    )
