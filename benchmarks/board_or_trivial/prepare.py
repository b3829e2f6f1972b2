"""A co-op with a busy day. Its last line is JSON: {"host", "cookie"} of a dispatcher."""

import json
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import django
from django.core.management import call_command
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User
    from dispatch.plans import DeliveryPlan

COURIERS = 8
DELIVERIES = 100  # two stops each
ASSIGNED = 75


def main() -> None:
    django.setup()
    from tenants.context import in_cooperative
    from tenants.provisioning import create_cooperative

    call_command("migrate_schemas", verbosity=0)
    cooperative = create_cooperative(name="Bench", slug="bench", country="FR")
    with in_cooperative(cooperative):
        cookie = _fill(datetime.combine(timezone.localdate(), time(6), cooperative.zone))
    print(json.dumps({"host": "bench.localhost", "cookie": cookie}))


def _fill(opens: datetime) -> str:
    """The day's stops, three quarters of them with a courier; a signed-in dispatcher's cookie."""
    from accounts.models import User
    from dispatch.models import Courier, Shift, Vehicle
    from dispatch.services import assign, create_deliveries

    dispatcher = User.objects.create(
        email="ines@example.org", name="Inès Belkacem", is_dispatcher=True
    )
    vehicle = Vehicle.objects.create(name="Cargo", kind=Vehicle.Kind.CARGO, capacity_grams=120_000)
    couriers = []
    for number in range(COURIERS):
        user = User.objects.create(
            email=f"{number}@example.org", name=f"Courier {number}", is_courier=True
        )
        courier = Courier.objects.create(user=user, vehicle=vehicle, line=number % 5 + 1)
        Shift.objects.create(courier=courier, after=opens, before=opens + timedelta(hours=8))
        couriers.append(courier)
    deliveries = create_deliveries(_plans(opens), at=opens)
    for number, delivery in enumerate(deliveries[:ASSIGNED]):
        seen = dict.fromkeys(delivery.task_ids, 1)  # as no version was changed yet
        courier = couriers[number % COURIERS]
        assign(seen, courier_id=courier.pk, actor=dispatcher, at=opens)
    return _signed_in(dispatcher)


def _plans(opens: datetime) -> list["DeliveryPlan"]:
    from accounts.models import Address, Business
    from dispatch.models import Task
    from dispatch.plans import DeliveryPlan, StopPlan

    places = [
        Address.objects.create(
            street=f"{number} rue Longue",
            city="Grenoble",
            country="FR",
            latitude=Decimal("45.18") + Decimal(number % 40) / 1000,
            longitude=Decimal("5.72") + Decimal(number % 30) / 1000,
        )
        for number in range(DELIVERIES + 1)
    ]
    farm = Business.objects.create(
        name="Ferme des Trois Ormes", kind=Business.Kind.PRODUCER, address=places[0]
    )
    plans = []
    for number in range(DELIVERIES):
        after = opens + timedelta(minutes=5 * number)
        pickup, dropoff = (
            StopPlan(
                kind=kind,
                address_id=place.pk,
                place=f"Place {place.pk}",
                after=after,
                before=after + timedelta(hours=1),
                load="12 kg Tomatoes",
                weight_grams=2_000,
            )
            for kind, place in (
                (Task.Kind.PICKUP, places[0]),
                (Task.Kind.DROPOFF, places[number + 1]),
            )
        )
        plans.append(DeliveryPlan(farm.pk, f"Recipient {number}", "fr", (pickup, dropoff)))
    return plans


def _signed_in(user: "User") -> str:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from accounts.second_factor.sessions import mark_verified
    from accounts.sessions.store import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    mark_verified(session, timezone.now())
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


if __name__ == "__main__":
    main()
