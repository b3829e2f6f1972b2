"""A delivery becomes another one while it still waits: its order was changed."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo

from django.db import transaction

from accounts.models import User
from dispatch.announcing import tell_boards
from dispatch.models import Delivery, Task, TaskEvent
from dispatch.plans import DeliveryPlan, StopPlan
from dispatch.services.assignment import unassign
from dispatch.services.deliveries import require_zone
from dispatch.services.office import cancel_tasks

_PLANNED = (
    "address_id",
    "place",
    "after",
    "before",
    "contact",
    "phone",
    "load",
    "weight_grams",
    "instructions",
)


@transaction.atomic
def change_delivery(
    delivery_id: int,
    plan: DeliveryPlan,
    task_ids: Sequence[int | None],
    *,
    actor: User | None,
    at: datetime,
) -> list[Task]:
    """Let a delivery be as planned: its stops in the plan's order, where `task_ids` names those
    that are there already. Its other waiting stops are called off.

    A stop that changes its day leaves its courier's tour; within the day it stays there, and the
    boards show what changed. The caller has seen that none of them is ridden yet.
    """
    zone = require_zone()
    named = {task_id: stop for task_id, stop in zip(task_ids, plan.stops, strict=True) if task_id}
    waiting = Task.objects.filter(delivery=delivery_id, status=Task.Status.TODO)
    _leave_tours(
        [task for task in waiting.filter(pk__in=named) if task.day != _day(named[task.pk], zone)],
        actor=actor,
        at=at,
    )
    gone = waiting.exclude(pk__in=named).values_list("pk", flat=True)
    cancel_tasks(list(gone), actor=actor, at=at)
    locked = Task.objects.filter(pk__in=named).select_for_update(of=("self",)).order_by("pk")
    known = {task.pk: task for task in locked}
    days = {task.day for task in known.values()}
    Delivery.objects.filter(pk=delivery_id).update(
        recipient_name=plan.recipient_name, reference=plan.reference
    )
    _rewrite(known, named, zone, actor=actor, at=at)
    new = [stop for task_id, stop in zip(task_ids, plan.stops, strict=True) if not task_id]
    made = iter(_make(delivery_id, new, zone, at))
    tasks = [known[task_id] if task_id else next(made) for task_id in task_ids]
    tell_boards(days | {task.day for task in tasks})
    return tasks


def _leave_tours(tasks: Sequence[Task], *, actor: User | None, at: datetime) -> None:
    """Tours first, then tasks: the order in which assigning locks them."""
    ridden = {task.pk: task.version for task in tasks if task.tour_id is not None}
    if ridden:
        unassign(ridden, actor=actor, at=at, alone=True)


def _rewrite(
    known: dict[int, Task],
    plans: dict[int, StopPlan],
    zone: tzinfo,
    *,
    actor: User | None,
    at: datetime,
) -> None:
    changed, events = [], []
    for task in known.values():
        plan = plans[task.pk]
        fields = [name for name in _PLANNED if getattr(task, name) != getattr(plan, name)]
        if not fields:
            continue
        for name in fields:
            setattr(task, name, getattr(plan, name))
        task.day = _day(plan, zone)
        task.version += 1
        changed.append(task)
        events.append(
            TaskEvent(
                task=task,
                kind=TaskEvent.Kind.CHANGED,
                actor=actor,
                recorded_at=at,
                details={
                    "fields": [name.removesuffix("_id") for name in fields],
                    "version": task.version,  # who saw an older one has not seen this change
                },
            )
        )
    Task.objects.bulk_update(changed, [*_PLANNED, "day", "version"])
    TaskEvent.objects.bulk_create(events)


def _make(delivery_id: int, plans: Sequence[StopPlan], zone: tzinfo, at: datetime) -> list[Task]:
    tasks = Task.objects.bulk_create(
        [
            Task(
                delivery_id=delivery_id,
                kind=plan.kind,
                day=_day(plan, zone),
                **{name: getattr(plan, name) for name in _PLANNED},
            )
            for plan in plans
        ]
    )
    TaskEvent.objects.bulk_create(
        [TaskEvent(task=task, kind=TaskEvent.Kind.CREATED, recorded_at=at) for task in tasks]
    )
    return tasks


def _day(plan: StopPlan, zone: tzinfo) -> date:
    """The board's day of a stop: the local day on which its window opens."""
    return plan.after.astimezone(zone).date()
