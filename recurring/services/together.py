"""The frame of an act that touches many standing orders at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.errors import DomainError
from recurring.generation import generate
from recurring.models import Occurrence, StandingOrder, StandingOrderEvent
from recurring.services.acting import Kind, require_cooperative
from recurring.services.consequences import Consequences
from recurring.services.outlook import outlook_of
from recurring.services.settling import settle
from recurring.storage import lock_generation

type Seen = Mapping[int, int]  # standing order → the version that the person saw


def carry_out_together(
    ids: Collection[int],
    write: Callable[[Sequence[StandingOrder]], list[dict[str, Any]]],
    *,
    kind: Kind,
    actor: User | None,
    at: datetime,
    is_rehearsal: bool,
    seen: Seen | None = None,
    cancels_made: bool = True,
    generates: bool = False,
    leaves_made: bool = False,
) -> Consequences:
    """Do one thing to all of them, or to none: written once, settled once, told in each history.

    One whose rule is broken is left as it is. With `seen`, one that somebody changed meanwhile refuses the act. `generates` when dates may come
    back.
    """
    cooperative = require_cooperative()
    with transaction.atomic():
        orders = _held(ids, is_rehearsal=is_rehearsal)
        _require_seen(orders, seen)
        readable, before = outlook_of([order.pk for order in orders], cooperative, at=at)
        chosen = [order.pk for order in readable]
        changes = write([order for order in orders if order.pk in set(chosen)])
        settlement = settle(
            chosen,
            before,
            cooperative,
            at=at,
            cancels_made=cancels_made,
            leaves_made=leaves_made,
        )
        found = settlement.consequences
        if is_rehearsal:
            transaction.set_rollback(True)
            return found
        settlement.carry_out(actor=actor, at=at)
        StandingOrder.objects.filter(pk__in=chosen).update(version=F("version") + 1)
        _log(chosen, kind, changes, found, actor=actor, at=at)
        if generates:
            generate(cooperative, at=at)
        elif waiting := list(_waiting(chosen, at)):
            generate(cooperative, at=at, only=waiting)
    return found


def _waiting(ids: Collection[int], at: datetime) -> QuerySet[StandingOrder]:
    """Those with a date that somebody is asked about; the act may have taken the question away."""
    rows = Occurrence.objects.filter(state=Occurrence.State.HELD, starts_at__gt=at)
    return StandingOrder.objects.filter(
        pk__in=rows.filter(standing_order__in=ids).values("standing_order")
    )


def _held(ids: Collection[int], *, is_rehearsal: bool) -> list[StandingOrder]:
    orders = StandingOrder.objects.filter(pk__in=ids).order_by("pk")
    if not is_rehearsal:
        lock_generation()
        orders = orders.select_for_update(of=("self",))
    return list(orders)


def _require_seen(orders: Sequence[StandingOrder], seen: Seen | None) -> None:
    if seen is not None and dict(seen) != {order.pk: order.version for order in orders}:
        raise DomainError(
            _("A standing order has changed since you looked. Look at what would happen again.")
        )


def _log(
    ids: Sequence[int],
    kind: Kind,
    changes: list[dict[str, Any]],
    found: Consequences,
    *,
    actor: User | None,
    at: datetime,
) -> None:
    StandingOrderEvent.objects.bulk_create(
        StandingOrderEvent(
            standing_order_id=pk,
            kind=kind,
            at=at,
            actor=actor,
            changes=changes,
            counts=found.of(pk).counts,
        )
        for pk in ids
    )
