"""Tells the rest of the platform that stops changed: apps above by signal, open boards and the
phones of couriers by message."""

from collections.abc import Iterable
from datetime import date, datetime

from coopcycle import live
from dispatch.models import Delivery, Task, Tour
from dispatch.signals import deliveries_changed


def tell_deliveries(delivery_ids: Iterable[int], *, at: datetime) -> None:
    """The state of some of their stops changed. Runs inside the transaction of that change."""
    if ids := sorted(set(delivery_ids)):
        deliveries_changed.send(sender=Delivery, delivery_ids=ids, at=at)


def tell_boards(days: Iterable[date]) -> None:
    """After the commit, open boards of these days fetch themselves anew."""
    named = sorted({day.isoformat() for day in days})
    if named:
        live.publish("board", "board-changed", {"days": named})


def tell_riders(person_ids: Iterable[int]) -> None:
    """After the commit, the phones of these couriers fetch their round anew."""
    live.publish_to(set(person_ids), "round-changed", {})


def tell_riders_of(tasks: Iterable[Task]) -> None:
    """As `tell_riders`, for those in whose rounds the stops are."""
    tours = {task.tour_id for task in tasks if task.tour_id is not None}
    if tours:
        riders = Tour.objects.filter(pk__in=tours).values_list("courier__user", flat=True)
        tell_riders(riders)
