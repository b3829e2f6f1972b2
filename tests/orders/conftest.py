"""A restaurant, two producers and their goods, in the co-op alpha (Europe/Paris)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Business, User
from dispatch.models import Courier
from orders.models import Order, Product
from orders.ordering import services
from orders.ordering.drafts import LineDraft, OrderDraft
from tests.factories import (
    AddressFactory,
    BusinessFactory,
    CourierFactory,
    MembershipFactory,
    PriceListFactory,
    ProducerTermsFactory,
    ProductFactory,
    UserFactory,
)
from tests.look.conftest import chromium  # noqa: F401 - a fixture

GRENOBLE = Decimal("45.188500"), Decimal("5.724500")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Grenoble


@dataclass
class Market:
    """Who orders what from whom."""

    restaurant: Business
    odile: User
    farm: Business
    farmer: User
    orchard: Business
    office: User
    tomatoes: Product
    chard: Product
    apples: Product
    placed: list[Order] = field(default_factory=list)

    def draft(self, *lines: tuple[Product, str], **changes: object) -> OrderDraft:
        """Goods for Wednesday 25 November, 07:00–08:00 in Grenoble."""
        wishes = {
            "buyer_id": self.restaurant.pk,
            "kind": Order.Kind.SUPPLY,
            "after": datetime(2026, 11, 25, 6, tzinfo=UTC),
            "before": datetime(2026, 11, 25, 7, tzinfo=UTC),
            "lines": tuple(LineDraft(p.pk, Decimal(q)) for p, q in lines),
        }
        return OrderDraft(**(wishes | changes))

    def order(self, *lines: tuple[Product, str], **changes: object) -> Order:
        """An order of tomatoes and apples, unless told otherwise."""
        lines = lines or ((self.tomatoes, "12"), (self.apples, "2"))
        return services.place_order(self.draft(*lines, **changes), actor=self.odile, at=NOW)


@pytest.fixture
def market(db) -> Market:
    PriceListFactory()
    restaurant = BusinessFactory(
        name="Chez Odile", address=AddressFactory(latitude=GRENOBLE[0], longitude=GRENOBLE[1])
    )
    farm = BusinessFactory(
        producer=True, name="Ferme des Trois Ormes", address=_north_of_grenoble(Decimal("45.2"))
    )
    orchard = BusinessFactory(
        producer=True, name="Vergers du Sillon", address=_north_of_grenoble(Decimal("45.19"))
    )
    for producer in (farm, orchard):
        ProducerTermsFactory(producer=producer)
    return Market(
        restaurant=restaurant,
        odile=MembershipFactory(business=restaurant).user,
        farm=farm,
        farmer=MembershipFactory(business=farm).user,
        orchard=orchard,
        office=UserFactory(administrator=True),
        tomatoes=ProductFactory(producer=farm, name="Tomates anciennes"),
        chard=ProductFactory(producer=farm, name="Blettes", unit="bunch", price_minor=150),
        apples=ProductFactory(
            producer=orchard,
            name="Pommes",
            unit="crate",
            price_minor=1450,
            unit_weight_grams=8000,
        ),
    )


def _north_of_grenoble(latitude: Decimal):
    return AddressFactory(latitude=latitude, longitude=GRENOBLE[1])


@pytest.fixture
def courier(market) -> Courier:
    return CourierFactory(user__name="Ana Ferreira")


@pytest.fixture
def now(monkeypatch, market):
    """Pages ask the clock; the market's Monday answers."""
    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


@pytest.fixture
def odile(client_for, market, now):
    return client_for(market.odile)


@pytest.fixture
def farmer(client_for, market, now):
    return client_for(market.farmer)


@pytest.fixture
def office(client_for, market, now):
    return client_for(market.office)


@pytest.fixture
def stranger(client_for, now):
    return client_for(MembershipFactory(business__producer=True).user)
