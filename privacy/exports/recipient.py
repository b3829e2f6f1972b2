"""What a co-op keeps of somebody who got parcels and has no account, as they ask to have it.

An administrator has ticked which parcels are theirs: two people may have the same name.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Address
from dispatch.models import Delivery, Task
from orders.models import Order
from recurring.models import RuleVersion


def data_of_recipient(delivery_ids: Collection[int], *, at: datetime) -> dict[str, Any]:
    """Their parcels with all that is written on them, and standing orders that bring more of them."""
    parcels = list(parcels_of(delivery_ids))
    return {
        "made_at": at,
        "parcels": [_parcel(delivery) for delivery in parcels],
        "standing_orders": [_rule(version) for version in _rules(parcels)],
    }


def parcels_of(delivery_ids: Collection[int]) -> "QuerySet[Delivery]":
    """Parcels alone: what goes to a business is the business's own."""
    return (
        Delivery.objects.filter(pk__in=delivery_ids, order__kind=Order.Kind.DELIVERY)
        .select_related("sender", "order")
        .prefetch_related("tasks__address", "tasks__proofs", "tasks__incidents")
        .order_by("pk")
    )


def _parcel(delivery: Delivery) -> dict[str, Any]:
    order = delivery.order
    return {
        "reference": delivery.reference,
        "sender": delivery.sender.name,
        "recipient": delivery.recipient_name,
        "language": delivery.recipient_language,
        "placed_at": order.placed_at,
        "note": order.note,
        "stops": [_stop(task) for task in _doors(delivery)],
    }


def _doors(delivery: Delivery) -> list[Task]:
    """Where it was brought; where it was fetched is the sender's."""
    return [task for task in delivery.tasks.all() if not task.is_pickup]


def _stop(task: Task) -> dict[str, Any]:
    return {
        "place": task.place,
        "contact": task.contact,
        "phone": task.phone,
        "address": _address(task.address),
        "instructions": task.instructions,
        "load": task.load,
        "weight_grams": task.weight_grams,
        "after": task.after,
        "before": task.before,
        "status": task.status,
        "finished_at": task.finished_at,
        "proofs": [
            {
                "received_by": proof.recipient_name,
                "taken_at": proof.taken_at,
                "has_photo": bool(proof.photo),
            }
            for proof in task.proofs.all()
        ],
        "problems": [
            {"reason": each.reason, "note": each.note, "at": each.created_at}
            for each in task.incidents.all()
        ],
    }


def _address(address: Address) -> dict[str, Any]:
    names = ("name", "street", "postal_code", "city", "country", "latitude", "longitude")
    return {
        **{name: getattr(address, name) for name in names},
        "how_to_get_in": address.instructions,
    }


def _rules(parcels: list[Delivery]) -> "QuerySet[RuleVersion]":
    """Rules of standing orders with the same recipient and phone number, or at the same door."""
    same = Q(pk__in=[])
    for delivery in parcels:
        for task in _doors(delivery):
            door = Q(recipient_address=task.address_id)
            if task.phone:
                door |= Q(recipient_phone=task.phone)
            same |= Q(recipient=delivery.recipient_name) & door
    found = RuleVersion.objects.filter(same).exclude(recipient="")
    return found.select_related("standing_order__buyer", "recipient_address").order_by("pk")


def _rule(version: RuleVersion) -> dict[str, Any]:
    address = version.recipient_address
    return {
        "name": version.standing_order.name,
        "sender": version.standing_order.buyer.name,
        "recipient": version.recipient,
        "phone": version.recipient_phone,
        "address": _address(address) if address else None,
        "load": version.load,
        "note": version.note,
        "since": version.created_at,
    }
