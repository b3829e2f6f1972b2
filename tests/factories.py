"""Things to test with, one section an app. Traits name what is special: TaskFactory(done=True)."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone

from accounts.models import Address, Business, Membership, User
from dispatch.models import Courier, Delivery, Shift, Task, Tour, Vehicle
from orders.models import PriceList, ProducerTerms, Product

PASSWORD = "seven bikes under one roof"
TUESDAY = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # 07:00 in Grenoble


# --- accounts ------------------------------------------------------------------------------------
class AddressFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Address

    street = factory.Sequence(lambda n: f"{n + 1}, rue des Essais")
    postal_code = "38000"
    city = "Grenoble"
    country = "FR"
    latitude = factory.Sequence(lambda n: Decimal("45.18") + Decimal(n % 50) / 1000)
    longitude = factory.Sequence(lambda n: Decimal("5.72") + Decimal(n % 40) / 1000)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    class Params:
        administrator = factory.Trait(is_administrator=True)
        dispatcher = factory.Trait(is_dispatcher=True)
        courier = factory.Trait(is_courier=True)

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person Number{n}")

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> User:
        """As people come in: with a password, PASSWORD."""
        return model_class.objects.create_user(password=PASSWORD, **kwargs)


class BusinessFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Business

    class Params:
        archived = factory.Trait(archived_at=TUESDAY)
        producer = factory.Trait(kind=Business.Kind.PRODUCER)

    name = factory.Sequence(lambda n: f"Business {n}")
    kind = Business.Kind.RESTAURANT
    address = factory.SubFactory(AddressFactory)


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    class Params:
        staff = factory.Trait(level=Membership.Level.STAFF)

    business = factory.SubFactory(BusinessFactory)
    user = factory.SubFactory(UserFactory)
    level = Membership.Level.OWNER


# --- dispatch ------------------------------------------------------------------------------------
class VehicleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Vehicle

    name = factory.Sequence(lambda n: f"Cargo {n}")
    kind = Vehicle.Kind.CARGO
    capacity_grams = 120_000


class CourierFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Courier

    user = factory.SubFactory(UserFactory, courier=True)
    vehicle = factory.SubFactory(VehicleFactory)
    line = factory.Sequence(lambda n: n % 5 + 1)


class ShiftFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Shift

    courier = factory.SubFactory(CourierFactory)
    after = TUESDAY
    before = TUESDAY + timedelta(hours=6)


class DeliveryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Delivery

    sender = factory.SubFactory(BusinessFactory)
    recipient_name = factory.Sequence(lambda n: f"Recipient {n}")
    created_at = TUESDAY - timedelta(days=1)


class TourFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tour

    courier = factory.SubFactory(CourierFactory)
    day = TUESDAY.date()


class TaskFactory(factory.django.DjangoModelFactory):
    """A drop-off that waits; give `tour` and `position` together."""

    class Meta:
        model = Task

    class Params:
        pickup = factory.Trait(kind=Task.Kind.PICKUP)
        ridden = factory.Trait(tour=factory.SubFactory(TourFactory), position=0)
        doing = factory.Trait(ridden=True, status=Task.Status.DOING, started_at=TUESDAY)
        done = factory.Trait(
            ridden=True, status=Task.Status.DONE, started_at=TUESDAY, finished_at=TUESDAY
        )
        failed = factory.Trait(ridden=True, status=Task.Status.FAILED, finished_at=TUESDAY)
        cancelled = factory.Trait(status=Task.Status.CANCELLED)

    delivery = factory.SubFactory(DeliveryFactory)
    kind = Task.Kind.DROPOFF
    address = factory.SubFactory(AddressFactory)
    place = factory.Sequence(lambda n: f"Place {n}")
    after = TUESDAY + timedelta(hours=1)
    before = TUESDAY + timedelta(hours=2)
    day = factory.LazyAttribute(lambda task: timezone.localdate(task.after))
    weight_grams = 5000


# --- orders --------------------------------------------------------------------------------------
class ProducerTermsFactory(factory.django.DjangoModelFactory):
    """Orders until 18:00 the day before."""

    class Meta:
        model = ProducerTerms

    producer = factory.SubFactory(BusinessFactory, producer=True)
    cutoff_days_before = 1
    cutoff_time = time(18)


class ProductFactory(factory.django.DjangoModelFactory):
    """Tomatoes at 3.20 a kilo, of a new producer."""

    class Meta:
        model = Product

    producer = factory.SubFactory(BusinessFactory, producer=True)
    name = factory.Sequence(lambda n: f"Tomates {n}")
    unit = Product.Unit.KG
    price_minor = 320


class PriceListFactory(factory.django.DjangoModelFactory):
    """6.00, 1.50 each further pick-up, 0.80 a kilometre, 2.00 each 10 kg above 20 kg."""

    class Meta:
        model = PriceList

    currency = "EUR"
    base_minor = 600
    extra_pickup_minor = 150
    per_km_minor = 80
    per_10_kg_minor = 200
    valid_from = date(2026, 1, 1)
