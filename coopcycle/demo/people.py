"""A town's people, businesses, goods, vehicles and shifts. Runs inside the co-op."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Address, Business, Membership, User
from accounts.second_factor import demo as second_factor
from coopcycle.demo.seeds import BusinessSeed, CourierSeed, Place, TownSeed
from dispatch.models import Courier, Shift, Vehicle
from orders.models import PriceList, ProducerTerms, Product
from tenants.models import Cooperative

PASSWORD = "cargo-bike-in-the-rain"  # noqa: S105 - the demo's, printed at its start


_WITH_SECOND_FACTOR = ("administrator", "dispatcher", "accountant", "reader", "federation")


@dataclass(frozen=True)
class Account:
    """One way into the demo, as `demo_accounts` tells it."""

    cooperative: str
    role: str
    name: str
    email: str
    business: str = ""

    @property
    def has_second_factor(self) -> bool:
        """Those who reach other people's data sign in with a code, too."""
        return self.role in _WITH_SECOND_FACTOR


def email_of(name: str, slug: str) -> str:
    """`Inès Belkacem` of `grenoble` is ines.belkacem@grenoble.example."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return f"{'.'.join(words)}@{slug}.example"


def accounts_of(town: TownSeed) -> Iterator[Account]:
    """Everybody of a town who can sign in."""
    office = {
        "administrator": town.administrator,
        "dispatcher": town.dispatcher,
        "accountant": town.accountant,
        "reader": town.reader,
    }
    for role, name in office.items():
        if name:
            yield Account(town.slug, role, name, email_of(name, town.slug))
    for courier in town.couriers:
        yield Account(town.slug, "courier", courier.name, email_of(courier.name, town.slug))
    for business in town.businesses:
        yield Account(
            town.slug,
            business.kind,
            business.owner,
            email_of(business.owner, town.slug),
            business.name,
        )


def welcome_newcomers(town: TownSeed) -> None:
    """Who has joined the demo since this one was built, and second steps for those who must."""
    _users(town)
    give_second_factors()


def settle(town: TownSeed, cooperative: Cooperative, today: date) -> None:
    """Everything of a town that stands before the first order is placed."""
    users = _users(town)
    give_second_factors()
    _businesses(town, users)
    couriers = _couriers(town, users)
    _shifts(town, couriers, cooperative.zone, today)
    _prices(town, cooperative, today)


def address_of(town: TownSeed, place: Place, name: str = "") -> Address:
    """A new address of the town."""
    return Address.objects.create(
        name=name,
        street=place.street,
        postal_code=place.postal_code,
        city=town.city,
        country=town.country,
        latitude=place.latitude,
        longitude=place.longitude,
        instructions=place.instructions,
    )


def _users(town: TownSeed) -> dict[str, User]:
    """Those of the town who are not there yet."""
    known = set(User.objects.values_list("email", flat=True))
    missing = [account for account in accounts_of(town) if account.email not in known]
    if not missing:
        return {}
    password = make_password(PASSWORD)  # once: argon2 is slow on purpose
    switches = {
        "administrator": {"is_administrator": True, "is_dispatcher": True},
        "dispatcher": {"is_dispatcher": True},
        "courier": {"is_courier": True},
        "accountant": {"is_accountant": True},
        "reader": {"is_reader": True},
    }
    people = [
        User(
            email=account.email,
            name=account.name,
            password=password,
            language=town.languages[0],
            **switches.get(account.role, {}),
        )
        for account in missing
    ]
    return {user.name: user for user in User.objects.bulk_create(people)}


def give_second_factors() -> None:
    """Those who must sign in with a second step have one already, which the demo can reckon.

    Also in a demo that was built before there was one.
    """
    for user in User.objects.filter(has_second_factor=False):
        if user.needs_second_factor:
            second_factor.give_app(user, timezone.now())


def _businesses(town: TownSeed, users: dict[str, User]) -> None:
    for seed in town.businesses:
        business = Business.objects.create(
            name=seed.name,
            kind=seed.kind,
            address=address_of(town, seed.place, seed.name),
            phone=seed.phone,
            email=email_of(seed.owner, town.slug),
            language=town.languages[0],
            opening_weekdays=[day for day in range(1, 8) if day not in seed.closed],
        )
        Membership.objects.create(
            business=business, user=users[seed.owner], level=Membership.Level.OWNER
        )
        if seed.products:
            _goods(business, seed)


def _goods(producer: Business, seed: BusinessSeed) -> None:
    days_before, until = seed.cutoff
    ProducerTerms.objects.create(
        producer=producer,
        cutoff_days_before=days_before,
        cutoff_time=until,
        days_off=list(seed.closed),
        when_short=seed.when_short,
    )
    Product.objects.bulk_create(
        Product(
            producer=producer,
            name=product.name,
            note=product.note,
            unit=product.unit,
            price_minor=product.price_minor,
            unit_weight_grams=product.grams,
            tax_category=product.tax,
            daily_quantity=product.most_a_day,
        )
        for product in seed.products
    )


def _couriers(town: TownSeed, users: dict[str, User]) -> dict[str, Courier]:
    vehicles = {
        name: Vehicle.objects.create(name=name, kind=kind, capacity_grams=grams)
        for name, kind, grams in town.vehicles
    }
    return {
        seed.name: Courier.objects.create(
            user=users[seed.name], vehicle=vehicles[seed.vehicle], line=index % 5 + 1
        )
        for index, seed in enumerate(town.couriers)
    }


def _prices(town: TownSeed, cooperative: Cooperative, today: date) -> None:
    """One list for all the weeks, in the place of the one that came with the opening."""
    base, further, kilometre = town.prices
    PriceList.objects.all().delete()
    PriceList.objects.create(
        valid_from=date(today.year - 1, 1, 1),
        currency=cooperative.currency,
        base_minor=base,
        extra_pickup_minor=further,
        per_km_minor=kilometre,
        per_10_kg_minor=100,
    )


def _shifts(town: TownSeed, couriers: dict[str, Courier], zone: ZoneInfo, today: date) -> None:
    """Everyone rides five days in seven, so that each day has most of them."""
    Shift.objects.bulk_create(
        _shift(couriers[seed.name], seed, today + timedelta(days=offset), zone)
        for offset in range(-28, 15)
        for index, seed in enumerate(town.couriers)
        if (today.toordinal() + offset + index) % 7 not in (0, 3) or offset == 0
    )


def _shift(courier: Courier, seed: CourierSeed, day: date, zone: ZoneInfo) -> Shift:
    begins, ends = (datetime.combine(day, clock, zone) for clock in seed.shift)
    return Shift(courier=courier, after=begins, before=ends)
