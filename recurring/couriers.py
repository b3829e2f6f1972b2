"""Orders of a standing order go on their usual tour, and to whoever usually rides them, when made."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from dispatch import services as dispatch
from dispatch.models import Courier, Delivery, Task, UsualTour
from recurring.models import StandingOrder
from recurring.protocols import StandingOrderLike


def hand_over(made: Mapping[int, StandingOrderLike], *, at: datetime) -> None:
    """Put new orders (id → their standing order) where they usually go."""
    on_tour: dict[int, list[int]] = defaultdict(list)
    for order_id, rule in made.items():
        if rule.usual_tour_id is not None:
            on_tour[rule.usual_tour_id].append(order_id)
    tours = UsualTour.objects.in_bulk(on_tour) if on_tour else {}
    for tour_id, order_ids in on_tour.items():
        deliveries = Delivery.objects.filter(order__in=order_ids).values_list("pk", flat=True)
        dispatch.put_on_usual_tour(list(deliveries), tour_id=tour_id)
    usual = {pk: tour.courier_id for pk, tour in tours.items() if tour.archived_at is None}
    assign_usual_couriers(
        {
            order_id: rule.usual_courier_id or usual.get(rule.usual_tour_id or 0)
            for order_id, rule in made.items()
        },
        at=at,
    )


def follow_tour(order: StandingOrder, *, at: datetime) -> None:
    """Orders that are made already, and still to come, belong to its usual tour as it is now."""
    coming = Delivery.objects.filter(
        order__occurrence__standing_order=order, order__after__gt=at
    ).exclude(usual_tour=order.usual_tour_id)
    if ids := list(coming.values_list("pk", flat=True)):
        dispatch.put_on_usual_tour(ids, tour_id=order.usual_tour_id)


def assign_usual_couriers(made: Mapping[int, int | None], *, at: datetime) -> None:
    """Put new orders (id → their usual courier, if any) at the end of the couriers' days.

    One who does not ride any more gets nothing: the stops then wait on the board like all others.
    """
    usual = {courier_id for courier_id in made.values() if courier_id is not None}
    if not usual:
        return
    couriers = Courier.objects.filter(pk__in=usual).select_related("user")
    riding = {courier.pk for courier in couriers if courier.is_riding}
    wanted = {order_id: courier_id for order_id, courier_id in made.items() if courier_id in riding}
    if not wanted:
        return
    stops: dict[int, dict[int, int]] = defaultdict(dict)
    tasks = Task.objects.filter(delivery__order__in=wanted)
    for order_id, task_id, version in tasks.values_list("delivery__order", "pk", "version"):
        stops[order_id][task_id] = version
    dispatch.apply_operations(
        [
            dispatch.Operation(tuple(seen), seen, wanted[order_id], alone=True)
            for order_id, seen in stops.items()
        ],
        actor=None,
        at=at,
    )
