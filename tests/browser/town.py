"""Who takes part in the main job: a kitchen, a farm, an office and a bike."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Business, User
from recurring.holidays import is_public_holiday
from tenants.models import Cooperative
from tests.factories import (
    AddressFactory,
    BusinessFactory,
    CourierFactory,
    MembershipFactory,
    PriceListFactory,
    ProducerTermsFactory,
    ProductFactory,
    ShiftFactory,
    UserFactory,
)
from tests.sign_in import give_app


@dataclass(frozen=True)
class Town:
    """Everybody by their job, and the day of the first delivery."""

    odile: User
    farmer: User
    ines: User
    malik: User
    ana: User
    kitchen: Business
    farm: Business
    day: datetime


def settle(cooperative: Cooperative) -> Town:
    """Everything that stands before the restaurant signs in. Runs inside the co-op."""
    day = first_day(cooperative)
    kitchen = MembershipFactory(
        business__name="Chez Odile",
        business__address=AddressFactory(street="4, rue Barnave"),
        user__name="Odile Morel",
    )
    farm = MembershipFactory(
        business__name="Ferme des Trois Ormes",
        business__kind=Business.Kind.PRODUCER,
        business__address=AddressFactory(street="12, chemin des Ormes"),
        user__name="Paul Girard",
    )
    BusinessFactory(name="Librairie du Square", kind=Business.Kind.SHOP)
    ProducerTermsFactory(producer=farm.business)
    ProductFactory(producer=farm.business, name="Tomatoes")
    ProductFactory(producer=farm.business, name="Basil", unit="bunch", price_minor=150)
    PriceListFactory()
    courier = CourierFactory(user__name="Ana Ferreira")
    CourierFactory(user__name="Bilal Cherif")
    ShiftFactory(courier=courier, after=day, before=day + timedelta(hours=8))
    return Town(
        odile=kitchen.user,
        farmer=farm.user,
        ines=give_app(UserFactory(dispatcher=True, name="Inès Belkacem")),
        malik=give_app(UserFactory(dispatcher=True, name="Malik Haddad")),
        ana=courier.user,
        kitchen=kitchen.business,
        farm=farm.business,
        day=day,
    )


def first_day(cooperative: Cooperative) -> datetime:
    """06:00 of the first weekday after tomorrow on which all work: no order is too late for it."""
    today = timezone.now().astimezone(cooperative.zone)
    day = today.replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=2)
    while day.isoweekday() > 5 or is_public_holiday(cooperative.country, None, day.date()):
        day += timedelta(days=1)
    return day
