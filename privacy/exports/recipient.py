"""What a co-op keeps of somebody who got parcels and has no account, as they ask to have it.

An administrator has ticked which parcels are theirs: two people may have the same name.
"""

import json
import tempfile
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet

from accounts.models import Address
from dispatch.models import Delivery, LateReport, Proof, Task
from orders.models import Order
from privacy.exports.photos import DOORS, chosen, photo_of, write_photos
from recurring.models import RuleVersion


@dataclass(frozen=True, slots=True)
class RecipientFile:
    """A zip for them, and how much is in it."""

    file: IO[bytes]
    parcels: int
    photos: int


def pack_recipient(
    delivery_ids: Collection[int], photo_keys: Collection[str], *, at: datetime
) -> RecipientFile:
    """Their parcels with all that is written on them, standing orders that bring more, and photos.

    Raises DomainError when the photos are too many for one file.
    """
    parcels = list(parcels_of(delivery_ids))
    photos = chosen(parcels, photo_keys)
    told = data_of_recipient(parcels, {photo.key for photo in photos}, at=at)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - who answers with it closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(told, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False)
        archive.writestr("data.json", text)
        write_photos(archive, photos)
    file.seek(0)
    return RecipientFile(file, len(parcels), len(photos))


def data_of_recipient(
    parcels: list[Delivery], photo_keys: Collection[str], *, at: datetime
) -> dict[str, Any]:
    """Plain values; a photo is named where it is in the file, and said where it is not."""
    return {
        "made_at": at,
        "parcels": [_parcel(delivery, photo_keys) for delivery in parcels],
        "standing_orders": [_rule(version) for version in _rules(parcels)],
    }


def parcels_of(delivery_ids: Collection[int]) -> "QuerySet[Delivery]":
    """Parcels alone: what goes to a business is the business's own."""
    return (
        Delivery.objects.filter(pk__in=delivery_ids, order__kind=Order.Kind.DELIVERY)
        .select_related("sender", "order")
        .prefetch_related(DOORS)  # where it was fetched is the sender's
        .order_by("pk")
    )


def _parcel(delivery: Delivery, photo_keys: Collection[str]) -> dict[str, Any]:
    order = delivery.order
    return {
        "reference": delivery.reference,
        "sender": delivery.sender.name,
        "recipient": delivery.recipient_name,
        "language": delivery.recipient_language,
        "placed_at": order.placed_at,
        "note": order.note,
        "stops": [_stop(task, photo_keys) for task in _doors(delivery)],
    }


def _doors(delivery: Delivery) -> list[Task]:
    """Where it was brought."""
    doors: list[Task] = delivery.doors  # type: ignore[attr-defined]  # of the prefetch
    return doors


def _stop(task: Task, photo_keys: Collection[str]) -> dict[str, Any]:
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
                **_photo(proof, photo_keys),
            }
            for proof in task.proofs.all()
        ],
        "told_too_late": [
            {
                "kind": report.kind,
                "at": report.happened_at,
                "received_by": report.recipient_name,
                "reason": report.reason,
                "note": report.note,
                "put_aside_because": report.aside_because,
                **_photo(report, photo_keys),
            }
            for report in task.late_reports.all()
        ],
        "problems": [
            {"reason": each.reason, "note": each.note, "at": each.created_at}
            for each in task.incidents.all()
        ],
    }


def _photo(row: Proof | LateReport, photo_keys: Collection[str]) -> dict[str, Any]:
    photo = photo_of(row)
    is_there = photo is not None and photo.key in photo_keys
    return {"has_photo": photo is not None, "photo": photo.member if photo and is_there else None}


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
