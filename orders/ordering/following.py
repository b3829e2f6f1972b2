"""Orders follow what happens to their rides."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from dispatch.models import Task, TaskEvent
from orders.ordering.announcing import tell_orders
from orders.ordering.models import Order, OrderEvent
from orders.states import move

Status = Task.Status


@transaction.atomic
def follow_deliveries(*, delivery_ids: Collection[int], at: datetime, **_signal: Any) -> None:
    """Fold the stops of deliveries into their orders: fulfilled, cancelled, or open again.

    Receives `dispatch.signals.deliveries_changed`, so it runs inside the transaction of the change.
    """
    found = Order.objects.select_for_update().filter(delivery__among=delivery_ids)
    orders = list(found.order_by("pk"))
    if not orders:
        return
    tell_orders([order.pk for order in orders])
    stops = defaultdict(list)
    for task in Task.objects.filter(delivery__among=delivery_ids):
        stops[task.delivery_id].append(task)
    moved = []
    for order in orders:
        tasks = stops[order.delivery_id]
        _log_stops(order, tasks)
        state = _state_of(order, tasks)
        if state != order.state:
            move(order, state)
            order.version += 1
            moved.append(order)
    if moved:
        Order.objects.bulk_update(moved, ["state", "version"])
        OrderEvent.objects.bulk_create(
            OrderEvent(order=order, kind=_EVENT_OF[Order.State(order.state)], at=at)
            for order in moved
        )


_EVENT_OF = {
    Order.State.FULFILLED: OrderEvent.Kind.FULFILLED,
    Order.State.CANCELLED: OrderEvent.Kind.CANCELLED,
    Order.State.ACCEPTED: OrderEvent.Kind.CHANGED,
}


def _state_of(order: Order, tasks: Sequence[Task]) -> Order.State:
    """What the stops say the order is; refused orders stay refused."""
    now = Order.State(order.state)
    dropoffs = [task.status for task in tasks if not task.is_pickup]
    asked = [status for status in dropoffs if status != Status.CANCELLED]
    if now == Order.State.REFUSED:
        return now
    if not asked:
        return Order.State.CANCELLED
    if all(status == Status.DONE for status in asked):
        return now if now == Order.State.CANCELLED else Order.State.FULFILLED
    if now in (Order.State.FULFILLED, Order.State.CANCELLED):
        return Order.State.ACCEPTED
    return now


def _log_stops(order: Order, tasks: Sequence[Task]) -> None:
    """Pick-ups made and drop-offs failed, each once for each time that they happened."""
    over = [
        (task, kind, task.finished_at)
        for task in tasks
        if task.finished_at and (kind := _stop_event(task))
    ]
    if not over:
        return
    known = {
        (event.kind, event.details.get("task"), event.at)
        for event in order.events.filter(
            kind__in=[OrderEvent.Kind.PICKED_UP, OrderEvent.Kind.FAILED]
        )
    }
    for task, kind, moment in over:
        if (kind, task.pk, moment) not in known:
            OrderEvent.objects.create(
                order=order,
                kind=kind,
                at=moment,
                actor=_who_finished(task),
                details={"task": task.pk} | _place(order, task),
            )


def _place(order: Order, task: Task) -> dict[str, str]:
    """Where it was, but for a person's door: the history outlives what is kept of recipients."""
    is_private = order.kind == Order.Kind.DELIVERY and not task.is_pickup
    return {} if is_private else {"place": task.place}


def _stop_event(task: Task) -> OrderEvent.Kind | None:
    if task.is_pickup and task.status == Status.DONE:
        return OrderEvent.Kind.PICKED_UP
    if task.status == Status.FAILED:
        return OrderEvent.Kind.FAILED
    return None


def _who_finished(task: Task) -> Any:
    kinds = [TaskEvent.Kind.DONE, TaskEvent.Kind.FAILED]
    event = task.events.filter(kind__in=kinds).select_related("actor").last()
    return event.actor if event else None
