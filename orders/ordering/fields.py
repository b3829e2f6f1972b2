"""What an order says, and what a draft asks for, field by field: to be compared, and for the history."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from dispatch.models import Task
from orders.ordering.models import Order, OrderLine, OrderPart
from orders.ordering.placing import Wish
from orders.ordering.rows import LineRow

Fields = dict[str, Any]  # field → what it says, as plain values


def staying_parts(order: Order) -> list[OrderPart]:
    """The parts whose producers did not say no."""
    return [part for part in order.parts.all() if part.state != OrderPart.State.REFUSED]


def fields_of(order: Order) -> Fields:
    """What the order says, field by field."""
    staying = staying_parts(order)
    dropoff, pickup = dropoff_of(order), pickup_of(order)
    fields: Fields = {
        "window": _span(order.after, order.before),
        "pickup": _span(pickup.after, pickup.before) if pickup else [],
        "note": order.note,
        "carriage": order.delivery_minor,
    }
    if order.kind == Order.Kind.DELIVERY:
        return fields | {
            "recipient": [dropoff.place, dropoff.phone, dropoff.address_id],
            "load": [dropoff.load, dropoff.weight_grams],
        }
    return fields | {
        "lines": lines_said(line for part in staying for line in part.lines.all()),
        "producer_notes": {str(part.producer_id): part.note for part in staying if part.note},
        "places": [dropoff.address_id, *sorted(part.pickup.address_id for part in staying)],
    }


def fields_asked(order: Order, wish: Wish) -> Fields:
    """What a draft wants, in the same words."""
    draft = wish.draft
    fields: Fields = {
        "window": _span(draft.after, draft.before),
        "pickup": _span(draft.pickup_after, draft.pickup_before),
        "note": draft.note,
        "carriage": wish.carriage_minor,
    }
    if parcel := draft.parcel:
        return fields | {
            "recipient": [parcel.recipient, parcel.phone, parcel.address_id],
            "load": [parcel.load, parcel.weight_grams],
        }
    lines = wish.line_rows(draft.lines, None)
    notes = {pk: note for pk, note in draft.producer_notes.items() if note and pk in wish.shares}
    return fields | {
        "lines": lines_said(lines),
        "producer_notes": {str(producer_id): note for producer_id, note in notes.items()},
        "places": [wish.buyer.address_id, *sorted(p.address_id for p in wish.producers)],
    }


def dropoff_of(order: Order) -> Task:
    return next(task for task in order.delivery.tasks.all() if not task.is_pickup)


def pickup_of(order: Order) -> Task | None:
    """A pick-up that stays: all of an order have one window."""
    if order.kind == Order.Kind.DELIVERY:
        return next((task for task in order.delivery.tasks.all() if task.is_pickup), None)
    return next((part.pickup for part in staying_parts(order)), None)


def lines_said(lines: Iterable[OrderLine | LineRow]) -> list[list[Any]]:
    """Product, name, quantity and price of each line, for comparing and for the history."""
    return sorted(
        [line.product_id, line.name, f"{line.quantity.normalize():f}", line.unit_price_minor]
        for line in lines
    )


def _span(after: datetime, before: datetime) -> list[str]:
    return [moment.astimezone(UTC).isoformat() for moment in (after, before)]
