"""Goods and parcels are filled in, priced while one types, and ordered once."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.urls import reverse

from dispatch.models import Task
from orders.models import Order
from tests.factories import BusinessFactory


def goods(market, **changes):
    return {
        "action_id": str(uuid4()),
        "buyer": market.restaurant.pk,
        "day": "2026-11-25",
        "opens": "07:00",
        "closes": "08:00",
        "note": "By the courtyard",
        f"quantity-{market.tomatoes.pk}": "12",
        f"quantity-{market.apples.pk}": "2",
        f"note-{market.farm.pk}": "Very ripe",
    } | changes


def parcel(market, **changes):
    return {
        "action_id": str(uuid4()),
        "buyer": market.restaurant.pk,
        "day": "2026-11-25",
        "opens": "07:00",
        "closes": "08:00",
        "recipient": "Jean Moreau",
        "street": "3, place Vaucanson",
        "postal_code": "38000",
        "city": "Grenoble",
        "load": "2 boxes",
        "weight_kg": "9",
    } | changes


def test_goods_are_ordered_by_the_form(odile, market):
    answer = odile.post(reverse("ordering:order-create"), goods(market))

    order = Order.objects.get()
    assert answer.status_code == 302
    assert answer.url == reverse("ordering:order-detail", args=[order.pk])
    assert order.after == datetime(2026, 11, 25, 6, tzinfo=UTC)
    assert order.goods_minor == 3840 + 2900
    assert order.note == "By the courtyard"
    assert order.parts.get(producer=market.farm).note == "Very ripe"
    page = odile.get(answer.url).content.decode()
    assert "Tomates anciennes" in page
    assert "How this price came about" in page


def test_a_form_sent_twice_is_one_order(odile, market):
    told = goods(market)

    first = odile.post(reverse("ordering:order-create"), told)
    second = odile.post(reverse("ordering:order-create"), told)

    assert first.url == second.url
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quantity-": ""}, "Your order is empty"),
        ({"day": "2026-11-20"}, "Fri 20 Nov is over"),
        ({"day": "2026-02-30"}, "There is no such day."),
        ({"closes": "06:00"}, "must end after it starts"),
        ({"quantity-999999": "3"}, "no longer sold"),
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(odile, market, changes, sentence):
    told = goods(market)
    if "quantity-" in changes:
        told = {name: value for name, value in told.items() if not name.startswith("quantity-")}
    told |= changes

    answer = odile.post(reverse("ordering:order-create"), told)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "By the courtyard" in answer.content.decode()
    assert Order.objects.count() == 0


def test_without_action_id_nothing_is_ordered(odile, market):
    answer = odile.post(reverse("ordering:order-create"), goods(market, action_id="no"))

    assert answer.status_code == 422
    assert Order.objects.count() == 0


def test_nobody_orders_for_a_business_of_others(odile, market):
    other = BusinessFactory()

    answer = odile.post(reverse("ordering:order-create"), goods(market, buyer=other.pk))

    assert answer.status_code == 422
    assert Order.objects.count() == 0


def test_the_price_is_shown_before_ordering(odile, market):
    page = odile.post(reverse("ordering:order-quote"), goods(market)).content.decode()

    assert "€67.40" in page
    assert "1 further pick-up" in page
    assert Order.objects.count() == 0


def test_a_half_filled_form_is_no_error(odile, market):
    answer = odile.post(reverse("ordering:order-quote"), {"day": ""})

    assert answer.status_code == 200
    assert "the price appears here" in answer.content.decode()


def test_a_parcel_without_pin_is_to_be_checked_by_the_office(odile, market, alpha):
    answer = odile.post(reverse("ordering:parcel-create"), parcel(market))

    assert answer.status_code == 302
    dropoff = Task.objects.select_related("address").get(kind="DROPOFF")
    assert dropoff.address.is_approximate
    assert dropoff.address.latitude == alpha.latitude


def test_a_parcel_goes_where_the_pin_is(odile, market):
    told = parcel(market, latitude="45.19", longitude="5.73")

    odile.post(reverse("ordering:parcel-create"), told)
    odile.post(reverse("ordering:parcel-create"), parcel(market))  # the street is known now

    addresses = [task.address for task in Task.objects.filter(kind="DROPOFF")]
    assert [str(address.latitude) for address in addresses] == ["45.190000"] * 2
    assert not any(address.is_approximate for address in addresses)


def test_a_parcel_without_recipient_comes_back(odile, market):
    answer = odile.post(reverse("ordering:parcel-create"), parcel(market, recipient=""))

    assert answer.status_code == 422
    assert Task.objects.count() == 0


def test_an_order_can_be_repeated(odile, market):
    order = market.order()

    page = odile.get(reverse("ordering:order-again", args=[order.pk])).content.decode()

    assert 'value="12"' in page
    assert 'value="07:00"' in page
