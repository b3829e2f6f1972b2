"""The frame of every act on a standing order: lock, write, settle what follows, log, generate.

A rehearsal goes the same way up to the settling and takes its rows back, so that what a person is
shown is what happens.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.errors import DomainError
from recurring.generation import generate
from recurring.models import StandingOrder, StandingOrderEvent
from recurring.planning import with_contents
from recurring.services.consequences import Consequences, DateNote
from recurring.services.outlook import Outlook, outlook_of
from recurring.services.settling import settle
from recurring.storage import lock_generation
from tenants.context import current_cooperative
from tenants.models import Cooperative

Kind = StandingOrderEvent.Kind


@dataclass(frozen=True, slots=True)
class Act:
    """What a person does to one standing order, as they saw it (`version`).

    Without one, `write` looks itself whether what it decides about still stands.
    """

    kind: Kind
    standing_order_id: int
    version: int | None
    actor: User
    at: datetime
    is_rehearsal: bool = False
    original_start: str = ""  # when it is about one date


@dataclass(slots=True)
class Written:
    """What an act wrote: for the history, and what it could not decide alone."""

    changes: list[dict[str, Any]] = field(default_factory=list)
    orphans: list[DateNote] = field(default_factory=list)
    crowded: list[DateNote] = field(default_factory=list)


def carry_out(
    act: Act,
    write: Callable[[StandingOrder], Written],
    *,
    require: Callable[[StandingOrder, Outlook], None] | None = None,
    cancels_made: bool = True,
    opened: Collection[str] = (),
) -> Consequences:
    """Write what the act says, make what exists follow, and generate. Raises DomainError if stale.

    `require` is shown the dates as they are before, and may refuse. `opened`: original starts that a
    cut-off does not lock for this actor.
    """
    cooperative = require_cooperative()
    with transaction.atomic():
        order = _held(act)
        _orders, before = outlook_of([order.pk], cooperative, at=act.at)
        if require is not None:
            require(order, before)
        written = write(order)
        settlement = settle(
            [order.pk],
            before,
            cooperative,
            at=act.at,
            cancels_made=cancels_made,
            opened={(order.pk, original) for original in opened},
        )
        found = settlement.consequences
        found.orphans, found.crowded = written.orphans, written.crowded
        if act.is_rehearsal:
            transaction.set_rollback(True)
            return found
        settlement.carry_out(actor=act.actor, at=act.at)
        _close(order, act, written, found, cooperative)
    return found


def _held(act: Act) -> StandingOrder:
    """The standing order as the person saw it; locked, unless nothing is going to happen."""
    orders = StandingOrder.objects.all()
    if not act.is_rehearsal:
        lock_generation()  # before the row, as generation does, so that they never wait in a ring
        orders = orders.select_for_update(of=("self",))
    order = orders.get(pk=act.standing_order_id)
    if act.version is not None and order.version != act.version:
        raise DomainError(
            _("Somebody has changed this standing order since you opened it. Load the page again.")
        )
    return order


def _close(
    order: StandingOrder,
    act: Act,
    written: Written,
    found: Consequences,
    cooperative: Cooperative,
) -> None:
    order.version += 1
    order.save()
    log(
        order,
        act.kind,
        actor=act.actor,
        at=act.at,
        original_start=act.original_start,
        changes=written.changes,
        counts=found.counts,
    )
    generate(cooperative, at=act.at, only=[order])


def log(
    order: StandingOrder, kind: Kind, *, actor: User | None, at: datetime, **details: Any
) -> StandingOrderEvent:
    """One more line of the standing order's history."""
    return StandingOrderEvent.objects.create(
        standing_order=order, kind=kind, actor=actor, at=at, **details
    )


def loaded(order: StandingOrder) -> StandingOrder:
    """As it stands in the database now, with all that planning reads."""
    return with_contents(StandingOrder.objects.filter(pk=order.pk)).get()


def require_cooperative() -> Cooperative:
    cooperative = current_cooperative()
    if cooperative is None:
        raise RuntimeError("Standing orders belong to a cooperative, and none is active.")
    return cooperative
