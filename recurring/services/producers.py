"""What producers decide: days on which they give nothing to anybody, or not to one standing order.

Only their lines are left out, and said to be; the rest of each order goes on.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Business, User
from coopcycle.current import telling_why
from coopcycle.errors import DomainError
from orders.catalog.models import Closure
from orders.catalog.services import add_closure, remove_closure
from recurring.expansion import zone_named
from recurring.models import PartPause, StandingOrder
from recurring.services.acting import Act, Kind, Written, carry_out, require_cooperative
from recurring.services.consequences import Consequences
from recurring.services.pausing import require_days_in_order
from recurring.services.together import carry_out_together

_LONGEST_WAY = timedelta(days=7)  # from pick-up to drop-off: override_pickup_within_a_week


@telling_why
def pause_part(
    *,
    standing_order_id: int,
    version: int,
    producer: Business,
    from_day: date,
    to_day: date | None,
    reason: str,
    actor: User,
    at: datetime,
    is_rehearsal: bool = False,
) -> Consequences:
    """The producer gives nothing to this standing order when it would be picked up on these days,
    both included; without `to_day` until it resumes."""
    require_days_in_order(from_day, to_day)
    act = Act(Kind.PART_PAUSED, standing_order_id, version, actor, at, is_rehearsal)

    def write(order: StandingOrder) -> Written:
        PartPause.objects.create(
            standing_order=order,
            producer=producer,
            from_day=from_day,
            to_day=to_day,
            reason=reason,
            created_at=at,
            created_by=actor,
        )
        return Written([_change(producer, None, (from_day, to_day, reason))])

    return carry_out(act, write).on_days(from_day, _last_delivery(to_day))


def resume_part(
    *,
    standing_order_id: int,
    version: int,
    producer: Business,
    actor: User,
    at: datetime,
    is_rehearsal: bool = False,
) -> Consequences:
    """The producer gives again from today on, where its list has not closed yet.

    Raises DomainError when its part does not rest.
    """
    act = Act(Kind.PART_RESUMED, standing_order_id, version, actor, at, is_rehearsal)

    def write(order: StandingOrder) -> Written:
        today = at.astimezone(zone_named(order.timezone)).date()
        pauses = order.part_pauses.filter(producer=producer).exclude(to_day__lt=today)
        if not pauses:
            raise DomainError(_("This pause is over already."))
        changes = [_change(producer, (p.from_day, p.to_day, p.reason), None) for p in pauses]
        pauses.filter(from_day__gte=today).delete()
        pauses.update(to_day=today - timedelta(days=1))
        order.reopened_at = at
        order.save(update_fields=["reopened_at"])
        return Written(changes)

    return carry_out(act, write)


@telling_why
def close_producer(
    *,
    producer: Business,
    from_day: date,
    to_day: date,
    reason: str,
    actor: User,
    at: datetime,
    is_rehearsal: bool = False,
) -> Consequences:
    """The producer is closed on these days, both included: nobody orders from it for them, and
    standing orders go on without its lines."""

    def write(_orders: Sequence[StandingOrder]) -> list[dict[str, Any]]:
        add_closure(
            producer=producer, from_day=from_day, to_day=to_day, reason=reason, actor=actor, at=at
        )
        return [_change(producer, None, (from_day, to_day, reason))]

    found = carry_out_together(
        fed_by(producer).values_list("pk", flat=True),
        write,
        kind=Kind.PART_PAUSED,
        actor=actor,
        at=at,
        is_rehearsal=is_rehearsal,
    )
    return found.on_days(from_day, _last_delivery(to_day))


def _last_delivery(pickup: date | None) -> date | None:
    """The last day on which what is picked up then may come; None without an end."""
    return pickup and min(pickup, date.max - _LONGEST_WAY) + _LONGEST_WAY


def reopen_producer(
    *, closure: Closure, actor: User, at: datetime, is_rehearsal: bool = False
) -> Consequences:
    """The closure is over from today on, or was never there. Raises DomainError when it is over."""
    today = at.astimezone(require_cooperative().zone).date()
    producer, days = closure.producer, (closure.from_day, closure.to_day, closure.reason)

    def write(orders: Sequence[StandingOrder]) -> list[dict[str, Any]]:
        remove_closure(closure_id=closure.pk, today=today)
        ids = [order.pk for order in orders]
        StandingOrder.objects.filter(pk__in=ids).update(reopened_at=at)
        return [_change(producer, days, None)]

    return carry_out_together(
        fed_by(producer).values_list("pk", flat=True),
        write,
        kind=Kind.PART_RESUMED,
        actor=actor,
        at=at,
        is_rehearsal=is_rehearsal,
        generates=True,
    )


def fed_by(producer: Business) -> QuerySet[StandingOrder]:
    """Active standing orders that want, or ever wanted, something of this producer."""
    going_on = StandingOrder.objects.going_on()
    return going_on.filter(versions__lines__product__producer=producer).distinct()


_Days = tuple[date, date | None, str]


def _change(producer: Business, before: _Days | None, after: _Days | None) -> dict[str, Any]:
    def plain(days: _Days | None) -> list[str | None] | None:
        if days is None:
            return None
        first, last, reason = days
        return [producer.name, first.isoformat(), last.isoformat() if last else None, reason]

    return {"what": "part", "before": plain(before), "after": plain(after)}
