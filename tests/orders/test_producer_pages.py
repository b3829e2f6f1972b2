"""What a producer sees and does: answers, the picking list, its goods and hours."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from orders.catalog.forms import TermsForm
from orders.models import Order, OrderPart, Product
from orders.templatetags.goods import days_off_sentence
from tenants.context import current_cooperative


def test_a_producer_sees_its_own_share_only(farmer, market):
    order = market.order()

    page = farmer.get(reverse("ordering:order-detail", args=[order.pk])).content.decode()

    assert "Tomates anciennes" in page
    assert "Pommes" not in page
    assert "€38.40" in page
    assert "Can Ferme des Trois Ormes deliver" in page


def test_a_producer_answers(farmer, market):
    order = market.order()
    part = order.parts.get(producer=market.farm)

    assert farmer.post(reverse("ordering:part-refuse", args=[part.pk]), {}).status_code == 422
    farmer.post(reverse("ordering:part-accept", args=[part.pk]))
    part.refresh_from_db()
    assert part.state == OrderPart.State.ACCEPTED
    assert farmer.post(reverse("ordering:part-accept", args=[part.pk])).status_code == 409


def test_a_producer_accepts_a_whole_day(farmer, market):
    orders = [market.order((market.tomatoes, "1")) for _ in range(3)]

    farmer.post(
        reverse("ordering:parts-accept-day"), {"producer": market.farm.pk, "day": "2026-11-25"}
    )

    assert {Order.objects.get(pk=order.pk).state for order in orders} == {"accepted"}


def test_the_picking_list_adds_up(farmer, market):
    market.order((market.tomatoes, "12"))
    market.order((market.tomatoes, "5.5"), (market.chard, "6"))

    answer = farmer.get(reverse("ordering:picking-list"), {"day": "2026-11-25"})

    page = answer.content.decode()
    assert "17.5 kg" in page
    assert "6 bunches" in page
    assert answer.context["line_count"] == 3
    assert answer.context["weight_grams"] == 12_000 + 5_500 + 6_000


@pytest.mark.parametrize("day", ["2026-02-30", "soon", ""])
def test_a_day_that_is_none_is_tomorrow(farmer, day):
    answer = farmer.get(reverse("ordering:picking-list"), {"day": day})

    assert answer.context["day"].isoformat() == "2026-11-24"


def test_a_producer_keeps_its_products(farmer, market):
    told = {
        "name": "Poireaux",
        "unit": "kg",
        "price": "2.35",
        "tax_category": "food",
        "unit_weight_kg": "1",
        "is_available": "on",
    }
    create = reverse("catalog:product-create", args=[market.farm.pk])

    assert farmer.post(create, told).status_code == 302
    assert farmer.post(create, told).status_code == 422  # the name is taken
    leeks = Product.objects.get(name="Poireaux")
    assert (leeks.price_minor, leeks.unit_weight_grams) == (235, 1000)

    farmer.post(reverse("catalog:product-edit", args=[leeks.pk]), told | {"price": "3"})
    farmer.post(reverse("catalog:product-availability", args=[leeks.pk]), {"available": "no"})
    leeks.refresh_from_db()
    assert (leeks.price_minor, leeks.is_available) == (300, False)

    farmer.post(reverse("catalog:product-archive", args=[leeks.pk]))
    assert farmer.get(reverse("catalog:product-edit", args=[leeks.pk])).status_code == 404


def test_a_producer_sets_its_terms(farmer, market):
    told = {
        "cutoff_time": "12:00",
        "cutoff_days_before": "2",
        "ready_from": "06:00",
        "when_short": "nothing",
        "days_off": ["6", "7"],
    }

    farmer.post(reverse("catalog:terms-edit", args=[market.farm.pk]), told)

    market.farm.terms.refresh_from_db()
    assert market.farm.terms.days_off == [6, 7]
    assert market.farm.terms.when_short == "nothing"


@pytest.mark.parametrize(("days_before", "is_asked_in_time"), [("3", True), ("4", False)])
def test_who_wants_to_be_asked_has_a_list_that_is_open_when_orders_are_made(
    market, monkeypatch, days_before, is_asked_in_time
):
    monkeypatch.setattr(current_cooperative(), "generation_horizon_days", 3)
    told = {
        "cutoff_time": "12:00",
        "cutoff_days_before": days_before,
        "ready_from": "06:00",
        "when_short": "hold",
    }
    form = TermsForm(told, instance=market.farm.terms)
    assert form.is_valid() == is_asked_in_time
    said = form.errors.get("when_short", [""])[0]
    assert said.startswith("Standing orders are made 3 days ahead") != is_asked_in_time


def test_another_producers_list_is_not_found(stranger, market):
    assert (
        stranger.get(reverse("ordering:picking-list"), {"producer": market.farm.pk}).status_code
        == 404
    )
    told = {"producer": market.farm.pk, "day": "2026-11-25"}
    assert stranger.post(reverse("ordering:parts-accept-day"), told).status_code == 404


def test_a_buyer_cannot_answer_for_the_producer(odile, market):
    part = market.order().parts.first()

    assert odile.post(reverse("ordering:part-accept", args=[part.pk])).status_code == 404


def test_a_producers_page_for_buyers(odile, market):
    page = odile.get(reverse("catalog:producer-products", args=[market.farm.pk])).content.decode()

    assert "Blettes" in page
    assert "€1.50" in page
    foreign = reverse("catalog:producer-products", args=[market.restaurant.pk])
    assert odile.get(foreign).status_code == 404


def test_days_off_are_said_as_a_sentence(market):
    market.farm.terms.days_off = [7, 1]

    assert days_off_sentence(market.farm.terms) == "closed on Monday and Sunday"
    with override("fr"):
        assert days_off_sentence(market.farm.terms) == "fermé le lundi et le dimanche"
