"""A standing order rests for some days, and goes on."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.current import telling_why
from coopcycle.errors import DomainError
from recurring.expansion import zone_named
from recurring.models import Pause, StandingOrder
from recurring.services.acting import Act, Kind, Written, carry_out
from recurring.services.consequences import Consequences


@telling_why
def pause_standing_order(
    *,
    standing_order_id: int,
    version: int,
    from_day: date,
    to_day: date | None,
    reason: str,
    cancels_made: bool,
    actor: User,
    at: datetime,
    is_rehearsal: bool = False,
) -> Consequences:
    """No deliveries on these days, both included; without `to_day` until somebody resumes.

    Orders made for these days are called off, or stay and are delivered (`cancels_made` false);
    those that are closed or on the way stay, whatever was wished.
    """
    require_days_in_order(from_day, to_day)
    act = Act(Kind.PAUSED, standing_order_id, version, actor, at, is_rehearsal)

    def write(order: StandingOrder) -> Written:
        Pause.objects.create(
            standing_order=order,
            from_day=from_day,
            to_day=to_day,
            reason=reason,
            created_at=at,
            created_by=actor,
        )
        return Written([pause_change(None, (from_day, to_day, reason))])

    return carry_out(act, write, cancels_made=cancels_made).on_days(from_day, to_day)


def resume_standing_order(
    *,
    standing_order_id: int,
    version: int,
    actor: User,
    at: datetime,
    pause_id: int | None = None,
    is_rehearsal: bool = False,
) -> Consequences:
    """End one pause of today or to come, or all that this person may end. What falls due is made at
    once (`made_now`), but for producers whose lists have closed; orders called off come back.

    Raises DomainError when the pause is over, or is the co-op's own (`may_end`).
    """
    kind = Kind.RESUMED if _rests(standing_order_id, pause_id, at) else Kind.PAUSE_TAKEN_BACK
    act = Act(kind, standing_order_id, version, actor, at, is_rehearsal)

    def write(order: StandingOrder) -> Written:
        today = at.astimezone(zone_named(order.timezone)).date()
        named = list(_named(order.pauses.exclude(to_day__lt=today), pause_id))
        chosen = [pause for pause in named if may_end(pause, actor)]
        if named and not chosen:
            raise DomainError(_("Your cooperative does not deliver on these days. Ask its office."))
        if pause_id is not None and not chosen:
            raise DomainError(_("This pause is over already."))
        for pause in chosen:
            cut_short(pause, today)
        order.reopened_at = at
        order.save(update_fields=["reopened_at"])
        return Written([pause_change((p.from_day, p.to_day, p.reason), None) for p in chosen])

    return carry_out(act, write)


def may_end(pause: Pause, actor: User) -> bool:
    """Its own people end their pauses; days on which the co-op rests for many, only the office."""
    return actor.works_at_office or pause.bulk_id is None


def _named(pauses: QuerySet[Pause], pause_id: int | None) -> QuerySet[Pause]:
    return pauses if pause_id is None else pauses.filter(pk=pause_id)


def _rests(standing_order_id: int, pause_id: int | None, at: datetime) -> bool:
    """Whether a pause has begun, and is not over."""
    zone = zone_named(StandingOrder.objects.get(pk=standing_order_id).timezone)
    today = at.astimezone(zone).date()
    pauses = Pause.objects.filter(standing_order=standing_order_id, from_day__lte=today)
    return _named(pauses.exclude(to_day__lt=today), pause_id).exists()


def cut_short(pause: Pause, today: date) -> None:
    """End a pause yesterday; one that has not begun was never there."""
    if pause.from_day >= today:
        Pause.objects.filter(pk=pause.pk).delete()
    else:
        Pause.objects.filter(pk=pause.pk).update(to_day=today - timedelta(days=1))


def require_days_in_order(from_day: date, to_day: date | None) -> None:
    if to_day is not None and to_day < from_day:
        raise DomainError(_("The pause must end on or after the day it begins."), status=422)


_Days = tuple[date, date | None, str]


def pause_change(before: _Days | None, after: _Days | None) -> dict[str, Any]:
    """For the history: the days and the reason, before and after."""
    return {"what": "pause", "before": _plain(before), "after": _plain(after)}


def _plain(days: _Days | None) -> list[str | None] | None:
    if days is None:
        return None
    first, last, reason = days
    return [first.isoformat(), last.isoformat() if last else None, reason]
