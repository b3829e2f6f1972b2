"""Tells the rest of the platform that stops changed: apps above by signal, open boards by message."""

from collections.abc import Iterable
from datetime import date, datetime

from coopcycle import live
from dispatch.models import Delivery
from dispatch.signals import delivery_changed


def tell_deliveries(delivery_ids: Iterable[int], *, at: datetime) -> None:
    """The state of some of their stops changed. Runs inside the transaction of that change."""
    for delivery_id in sorted(set(delivery_ids)):
        delivery_changed.send(sender=Delivery, delivery_id=delivery_id, at=at)


def tell_boards(days: Iterable[date]) -> None:
    """After the commit, open boards of these days fetch themselves anew."""
    named = sorted({day.isoformat() for day in days})
    if named:
        live.publish("board", "board-changed", {"days": named})
