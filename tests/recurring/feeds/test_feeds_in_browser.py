"""The page of calendars in Chromium: it fits a phone, axe finds nothing, the address is copied."""

import os

import pytest
from django.urls import reverse
from django.utils import translation

from tests.factories import MembershipFactory
from tests.look.browser import faults, sticks_out
from tests.look.conftest import chromium  # noqa: F401 - a fixture
from tests.recurring.feeds.conftest import opened
from tests.recurring.test_pages_in_browser import opened as opened_page

SHOTS = os.environ.get("LOOK_SHOTS")
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_the_page_fits_and_is_accessible(
    chromium,  # noqa: F811 - the fixture
    kitchen,
    client_for,
    width,
    language,
    scheme,
):
    farm = kitchen.tomatoes.producer
    farmer = MembershipFactory(business=farm, user__language=language).user
    opened(farm, farmer, content="prepares")
    path = reverse("feeds:feed-list", args=[farm.pk])
    browser = client_for(farmer)
    with translation.override(language):
        made = browser.post(
            path,
            {
                "name": "Téléphone de la cuisine",
                "content": "receives",
                "action_id": "5d1a4b52-7c6c-4b53-a3bb-1c9a1a0ea0e5",
            },
        )
        answers = {path.strip("/") + "/fresh": (200, dict(made.items()), made.content.decode())}
        for name, address in (("list", path), ("fresh", f"{path}fresh/")):
            page = opened_page(chromium, browser, address, width, language, scheme, **answers)
            assert sticks_out(page) <= 0, name
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/feeds-{name}-{language}-{width}.png", full_page=True)
            assert faults(page) == [], name
            page.context.close()


def test_the_address_is_copied_by_one_press(chromium, kitchen, client_for):  # noqa: F811
    browser = client_for(kitchen.odile)
    path = reverse("feeds:feed-list", args=[kitchen.restaurant.pk])
    made = browser.post(
        path, {"name": "Phone", "action_id": "5d1a4b52-7c6c-4b53-a3bb-1c9a1a0ea0e5"}
    )
    answers = {"fresh": (200, dict(made.items()), made.content.decode())}
    page = opened_page(chromium, browser, "/fresh/", **answers)
    page.evaluate(
        "navigator.clipboard ? 0 : Object.defineProperty(navigator, 'clipboard', {value: {}})"
    )
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.get_by_role("button", name="Copy the address").click()
    page.get_by_text("The address is copied.").wait_for()
    assert page.evaluate("window.copied") == made.context["address"]
    page.context.close()
