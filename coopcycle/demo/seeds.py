"""The shape of the demo's data. The towns' files hold the data itself; build.py brings it to life.

Persons and businesses are invented; streets and coordinates are real places of the towns."""

from dataclasses import dataclass
from datetime import time
from typing import Literal

from accounts.models import Business
from orders.models import ProducerTerms, Product
from recurring.models import RuleVersion
from tenants.models import TaxRate

Kind = Business.Kind
Unit = Product.Unit
Tax = TaxRate.Category
Holidays = RuleVersion.HolidayPolicy
WhenShort = ProducerTerms.WhenShort


@dataclass(frozen=True)
class Place:
    """An address with its coordinates in degrees (WGS 84)."""

    street: str
    postal_code: str
    latitude: str
    longitude: str
    instructions: str = ""


@dataclass(frozen=True)
class ProductSeed:
    """A product with its price in minor units, tax included, and the weight of one unit."""

    name: str
    unit: Unit
    price_minor: int
    grams: int
    note: str = ""
    tax: Tax = Tax.FOOD
    most_a_day: int | None = None  # for all customers together


@dataclass(frozen=True)
class BusinessSeed:
    """A business with its owner, and for producers what they sell and until when."""

    name: str
    kind: Kind
    place: Place
    phone: str
    owner: str
    closed: tuple[int, ...] = (7,)  # ISO weekdays
    products: tuple[ProductSeed, ...] = ()
    cutoff: tuple[int, time] = (1, time(18, 0))
    when_short: WhenShort = WhenShort.PART


@dataclass(frozen=True)
class CourierSeed:
    """A courier, what they ride, and the hours of their usual shift."""

    name: str
    vehicle: str
    shift: tuple[time, time]


@dataclass(frozen=True)
class StandingSeed:
    """A standing order: `basket` is (producer, product, quantity); empty for a parcel.

    `monthly` is the ordinal and ISO weekday of the month, instead of weekdays; `agreed` prices are
    (product, minor units); `evening_pickup` is on the evening before; `courier` rides it usually.
    `is_new`: entered today, not weeks ago.
    """

    buyer: str
    name: str
    weekdays: tuple[int, ...]
    window: tuple[time, time]
    basket: tuple[tuple[str, str, str], ...] = ()
    recipient: str = ""
    recipient_place: Place | None = None
    load: str = ""
    holidays: Holidays = Holidays.SKIP
    note: str = ""
    monthly: tuple[int, int] | None = None
    second_window: tuple[time, time] | None = None
    evening_pickup: time | None = None
    agreed: tuple[tuple[str, int], ...] = ()
    courier: str = ""
    is_new: bool = False


@dataclass(frozen=True)
class TownSeed:
    """One co-op: `prices` is (base, further pick-up, kilometre) in minor units."""

    slug: str
    name: str
    city: str
    country: str
    subdivision: str
    languages: tuple[str, ...]
    colour: str
    centre: tuple[str, str]
    prices: tuple[int, int, int]
    administrator: str
    dispatcher: str
    vehicles: tuple[tuple[str, Literal["bike", "cargo", "trailer"], int], ...]
    couriers: tuple[CourierSeed, ...]
    businesses: tuple[BusinessSeed, ...]
    standing: tuple[StandingSeed, ...]
    guests: tuple[tuple[str, Place], ...]  # people who receive parcels
    accountant: str = ""
    reader: str = ""
