"""Orders of a standing order go to the courier who usually rides them, as soon as they are made."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from dispatch import services as dispatch
from dispatch.models import Task
from recurring.models import StandingOrder


def assign_usual_couriers(made: Mapping[int, StandingOrder], *, at: datetime) -> None:
    """Put new orders (id → its standing order) at the end of the usual couriers' days.

    One who does not ride any more gets nothing: the stops then wait on the board like all others.
    """
    wanted = {
        order_id: order.usual_courier_id
        for order_id, order in made.items()
        if order.usual_courier and order.usual_courier.is_riding
    }
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
