"""Orders of a standing order go to the courier who usually rides them, as soon as they are made."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from dispatch import services as dispatch
from dispatch.models import Courier, Task


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
