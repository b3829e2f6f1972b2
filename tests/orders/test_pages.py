"""Prices by the office, and who is shown nothing."""

from django.urls import reverse

from orders.models import Order, PriceList
from tests.factories import UserFactory


def test_the_office_sets_a_price(office, market):
    PriceList.objects.all().delete()
    order = market.order()

    answer = office.post(reverse("ordering:order-price", args=[order.pk]), {"price": "8.50"})

    assert answer.status_code == 302
    assert Order.objects.get().delivery_minor == 850


def test_an_administrator_adds_prices(office, market):
    told = {
        "valid_from": "2027-01-01",
        "base": "7.20",
        "extra_pickup": "1",
        "per_km": "0.9",
        "per_10_kg": "0",
    }

    assert office.post(reverse("pricing:price-list"), told).status_code == 302
    assert office.post(reverse("pricing:price-list"), told).status_code == 422
    assert PriceList.objects.get(valid_from="2027-01-01").base_minor == 720


def test_what_belongs_to_others_is_not_found_and_stays(stranger, market):
    order = market.order()
    part = order.parts.first()
    tries = [
        ("get", "ordering:order-detail", order.pk),
        ("get", "ordering:order-again", order.pk),
        ("post", "ordering:order-cancel", order.pk),
        ("post", "ordering:part-accept", part.pk),
        ("post", "ordering:part-refuse", part.pk),
        ("get", "catalog:product-edit", market.tomatoes.pk),
        ("post", "catalog:product-edit", market.tomatoes.pk),
        ("post", "catalog:product-availability", market.tomatoes.pk),
        ("post", "catalog:product-archive", market.tomatoes.pk),
        ("post", "catalog:product-create", market.farm.pk),
        ("post", "catalog:terms-edit", market.farm.pk),
    ]

    for method, name, pk in tries:
        answer = getattr(stranger, method)(reverse(name, args=[pk]))
        assert answer.status_code == 404, name

    order.refresh_from_db()
    market.tomatoes.refresh_from_db()
    assert (order.state, order.version) == ("new", 1)
    assert market.tomatoes.is_available
    assert market.tomatoes.archived_at is None


def test_another_cooperative_has_none_of_it(client_for, market, beta, in_coop, now):
    order = market.order()
    with in_coop(beta):
        foreign = UserFactory(administrator=True)
    client = client_for(foreign, beta)

    assert client.get(reverse("ordering:order-detail", args=[order.pk])).status_code == 404
    assert client.post(reverse("ordering:order-cancel", args=[order.pk])).status_code == 404
    order.refresh_from_db()
    assert order.state == "new"


def test_people_without_sign_in_are_asked_to(client, market):
    answer = client.get(reverse("ordering:order-list"))

    assert answer.status_code == 302
    assert "sign-in" in answer.url
