"""Making deliveries, a whole horizon of standing orders at once."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import islice
from typing import NamedTuple

from django.db import transaction

from coopcycle.db.bulk import copy_rows, reserve_ids
from dispatch.announcing import tell_boards
from dispatch.models import Delivery, Task, TaskEvent
from dispatch.plans import DeliveryPlan
from dispatch.rows import DeliveryRow, TaskEventRow, TaskRow
from tenants.context import current_cooperative


class MadeDelivery(NamedTuple):
    """The keys of a new delivery and of its stops, in the order of its plan."""

    id: int
    task_ids: tuple[int, ...]


@transaction.atomic(savepoint=False)  # within another's it is all or nothing with that
def create_deliveries(plans: Sequence[DeliveryPlan], *, at: datetime) -> list[MadeDelivery]:
    """Make deliveries with their stops, in the order of `plans`, with a fixed number of statements.

    A stop belongs to the board of the day on which its window opens, in the co-op's zone.
    """
    zone = require_zone()
    made = list(_reserved(plans))
    deliveries = [_delivery(plan, each.id) for plan, each in zip(plans, made, strict=True)]
    tasks = [
        TaskRow(task_id, each.id, stop.after.astimezone(zone).date(), *stop)
        for plan, each in zip(plans, made, strict=True)
        for stop, task_id in zip(plan.stops, each.task_ids, strict=True)
    ]
    created = [TaskEventRow(task.id) for task in tasks]
    copy_rows(Delivery, deliveries, created_at=at)
    copy_rows(Task, tasks)
    copy_rows(TaskEvent, created, kind=TaskEvent.Kind.CREATED, recorded_at=at)
    tell_boards({task.day for task in tasks})
    return made


def _reserved(plans: Sequence[DeliveryPlan]) -> Iterator[MadeDelivery]:
    delivery_ids = reserve_ids(Delivery, len(plans))
    task_ids = iter(reserve_ids(Task, sum(len(plan.stops) for plan in plans)))
    for plan, delivery_id in zip(plans, delivery_ids, strict=True):
        yield MadeDelivery(delivery_id, tuple(islice(task_ids, len(plan.stops))))


def require_zone() -> tzinfo:
    cooperative = current_cooperative()
    if cooperative is None:
        raise RuntimeError("Deliveries are made inside a co-op.")
    return cooperative.zone


def _delivery(plan: DeliveryPlan, delivery_id: int) -> DeliveryRow:
    return DeliveryRow(
        id=delivery_id,
        reference=plan.reference,
        sender_id=plan.sender_id,
        recipient_name=plan.recipient_name,
        recipient_language=plan.recipient_language,
        is_recurring=plan.is_recurring,
    )
