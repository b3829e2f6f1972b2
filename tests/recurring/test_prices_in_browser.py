"""Prices that were taken anew, in Chromium: the order, its standing order, and what the co-op sets."""

import os
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from orders.models import Order
from orders.pricing.services import add_price_list
from recurring.generation import generate
from tests.clock import local_today
from tests.factories import PriceListFactory
from tests.look.browser import faults, sticks_out
from tests.recurring.test_pages_in_browser import opened
from tests.recurring.test_prices_follow import sell_at

SHOTS = os.environ.get("LOOK_SHOTS")
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_what_moved_fits_and_is_accessible(
    alpha, chromium, kitchen, client_for, width, language, scheme
):
    rule = kitchen.standing_order(at=timezone.now(), first_day=local_today() + timedelta(days=3))
    sell_at(kitchen.tomatoes, 350)
    add_price_list(PriceListFactory.build(valid_from=local_today(), base_minor=700))
    assert generate(alpha, at=timezone.now()).repriced > 0
    kitchen.office.language, kitchen.office.is_administrator = language, True
    kitchen.office.save()
    browser = client_for(kitchen.office)
    pages = {
        "order": reverse("ordering:order-detail", args=[Order.objects.last().pk]),
        "rule": reverse("recurring:rule-detail", args=[rule.pk]),
        "runs": reverse("recurring:generation"),
        "settings": reverse("cooperative:settings"),
    }
    with translation.override(language):
        for name, path in pages.items():
            page = opened(chromium, browser, path, width, language, scheme)
            if SHOTS:
                page.screenshot(
                    path=f"{SHOTS}/prices-{name}-{language}-{width}.png", full_page=True
                )
            assert sticks_out(page) <= 0, path
            assert faults(page) == [], path
            page.context.close()
