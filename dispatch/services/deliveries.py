"""Making deliveries, a whole horizon of standing orders at once."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from django.db import transaction

from dispatch.announcing import tell_boards
from dispatch.models import Delivery, Task, TaskEvent
from dispatch.plans import DeliveryPlan, StopPlan
from tenants.context import current_cooperative

BATCH = 1000


@transaction.atomic
def create_deliveries(plans: Sequence[DeliveryPlan], *, at: datetime) -> list[Delivery]:
    """Make deliveries with their stops in bulk, in the order of `plans`.

    Each has `tasks_made`, in the order of its plan's stops. A stop belongs to the board of the day
    on which its window opens, in the co-op's zone.
    """
    deliveries = Delivery.objects.bulk_create(
        [_delivery(plan, at) for plan in plans], batch_size=BATCH
    )
    zone = _zone()
    for delivery, plan in zip(deliveries, plans, strict=True):
        delivery.tasks_made = [_task(delivery, stop, zone) for stop in plan.stops]
    tasks = Task.objects.bulk_create(
        [task for delivery in deliveries for task in delivery.tasks_made], batch_size=BATCH
    )
    TaskEvent.objects.bulk_create(
        [TaskEvent(task=task, kind=TaskEvent.Kind.CREATED, recorded_at=at) for task in tasks],
        batch_size=BATCH,
    )
    tell_boards(task.day for task in tasks)
    return deliveries


def set_references(references: Sequence[tuple[int, str]]) -> None:
    """Give deliveries the numbers that people read out: pairs of delivery id and reference."""
    Delivery.objects.bulk_update(
        [Delivery(pk=delivery_id, reference=reference) for delivery_id, reference in references],
        ["reference"],
        batch_size=BATCH,
    )


def _zone() -> tzinfo:
    cooperative = current_cooperative()
    if cooperative is None:
        raise RuntimeError("Deliveries are made inside a co-op.")
    return cooperative.zone


def _delivery(plan: DeliveryPlan, at: datetime) -> Delivery:
    return Delivery(
        sender_id=plan.sender_id,
        recipient_name=plan.recipient_name,
        recipient_language=plan.recipient_language,
        is_recurring=plan.is_recurring,
        created_at=at,
    )


def _task(delivery: Delivery, stop: StopPlan, zone: tzinfo) -> Task:
    return Task(
        delivery=delivery,
        kind=stop.kind,
        address_id=stop.address_id,
        place=stop.place,
        contact=stop.contact,
        phone=stop.phone,
        day=stop.after.astimezone(zone).date(),
        after=stop.after,
        before=stop.before,
        load=stop.load,
        weight_grams=stop.weight_grams,
        instructions=stop.instructions,
    )
