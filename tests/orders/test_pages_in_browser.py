"""The pages of orders in Chromium: they fit a phone and a desk, and axe finds nothing."""

import os
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import translation

from tests.factories import MembershipFactory
from tests.look.browser import answer_with, faults, sticks_out

SHOTS = os.environ.get("LOOK_SHOTS")
pytestmark = pytest.mark.django_db


@pytest.fixture
def person(market):
    """Owner of a restaurant and of the farm, so that each page opens."""
    MembershipFactory(business=market.farm, user=market.odile)
    market.odile.name = "Odile Marchetti"
    return market.odile


def pages(market):
    order = market.order((market.tomatoes, "12"), (market.chard, "6"), (market.apples, "2"))
    for days in range(1, 6):  # each counts above the list's days: a strip wider than a phone
        window = [datetime(2026, 11, 25 + days, hour, tzinfo=UTC) for hour in (6, 7)]
        market.order(after=window[0], before=window[1])
    day = {"day": "2026-11-25"}
    return {
        "home": reverse("ordering:home"),
        "list": reverse("ordering:order-list"),
        "order": reverse("ordering:order-detail", args=[order.pk]),
        "again": reverse("ordering:order-again", args=[order.pk]),
        "parcel": reverse("ordering:parcel-create"),
        "picking": reverse("ordering:picking-list", query=day),
        "producers": reverse("catalog:producer-list"),
        "producer": reverse("catalog:producer-products", args=[market.farm.pk]),
        "products": reverse("catalog:product-list"),
        "product": reverse("catalog:product-edit", args=[market.tomatoes.pk]),
        "terms": reverse("catalog:terms-edit", args=[market.farm.pk]),
        "prices": reverse("pricing:price-list"),
    }


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_pages_fit_and_are_accessible(chromium, market, person, client_for, language, scheme):
    person.language, person.is_administrator = language, True
    person.save()
    browser = client_for(person)
    context = chromium.new_context(color_scheme=scheme, locale=language)
    wrong = {}
    page = context.new_page()
    page.route("**/*", answer_with(browser))
    with translation.override(language):
        for name, path in pages(market).items():
            page.goto(f"http://alpha.localhost{path}")
            for width in (360, 1280):  # one visit: loading costs more than looking
                page.set_viewport_size({"width": width, "height": 900})
                if SHOTS:
                    shot = f"{SHOTS}/orders-{name}-{language}-{width}.png"
                    page.screenshot(path=shot, full_page=True)
                found = [*faults(page), *(["sticks out"] if sticks_out(page) > 0 else [])]
                wrong[name, width] = found
    context.close()
    assert {name: found for name, found in wrong.items() if found} == {}
