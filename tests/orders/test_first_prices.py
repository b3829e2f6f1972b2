"""A new co-op has prices from its first day on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from orders.models import Order, PriceList
from orders.ordering.drafts import OrderDraft, ParcelDraft
from orders.ordering.services import place_order
from orders.pricing.first_prices import set_first_prices
from tenants.context import in_cooperative
from tenants.countries import COUNTRIES
from tenants.provisioning import create_cooperative
from tests.factories import AddressFactory, BusinessFactory


def test_the_first_order_of_a_new_cooperative_has_a_price(db):
    torino = create_cooperative(name="Torino in bici", slug="torino", country="IT")
    with in_cooperative(torino):
        near = {"latitude": torino.latitude, "longitude": torino.longitude}
        sender = BusinessFactory(address=AddressFactory(**near))
        now = timezone.now()
        tomorrow = now.astimezone(torino.zone) + timedelta(days=1)
        on_a_working_day = tomorrow + timedelta(days=tomorrow.weekday() == 6)
        draft = OrderDraft(
            buyer_id=sender.pk,
            kind=Order.Kind.DELIVERY,
            after=on_a_working_day,
            before=on_a_working_day + timedelta(hours=2),
            parcel=ParcelDraft(
                recipient="Bianca Tesio",
                phone="",
                address_id=AddressFactory(**near).pk,
                load="1 book",
                weight_grams=500,
            ),
        )
        actor = User.objects.create_user("office@torino.example", name="O", is_dispatcher=True)

        order = place_order(draft, actor=actor, at=now)

    assert (order.delivery_minor, order.currency, order.needs_price) == (600, "EUR", False)


@pytest.mark.parametrize("country", COUNTRIES)
def test_each_country_has_prices_in_its_currency(country, db, alpha):
    alpha.country, alpha.currency = country, COUNTRIES[country].currency

    set_first_prices(alpha)

    prices = PriceList.objects.get()
    assert prices.currency == alpha.currency
    assert prices.base_minor > prices.extra_pickup_minor > prices.per_km_minor > 0


def test_prices_of_another_currency_are_left_to_the_office(db, alpha):
    alpha.currency = "CHF"

    set_first_prices(alpha)

    assert PriceList.objects.count() == 0


def test_the_administrators_own_prices_may_begin_on_the_first_day(db, alpha):
    set_first_prices(alpha)

    assert PriceList.objects.get().valid_from < timezone.now().astimezone(alpha.zone).date()
