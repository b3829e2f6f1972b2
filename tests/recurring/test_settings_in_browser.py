"""The co-op's settings in Chromium: on a phone and a desk, axe finds nothing, the colour is shown."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from tests.clock import local_today
from tests.factories import UserFactory
from tests.look.browser import faults, sticks_out
from tests.recurring.test_pages_in_browser import opened

SHOTS = os.environ.get("LOOK_SHOTS")
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_settings_fit_and_are_accessible(
    chromium, kitchen, client_for, width, language, scheme, snapshot_of
):
    kitchen.standing_order(
        at=timezone.now(), first_day=local_today() + timedelta(days=2), weekdays=[2, 5]
    )
    browser = client_for(UserFactory(administrator=True, language=language))
    with translation.override(language):
        for name, path, made in snapshot_of(browser):
            page = opened(chromium, browser, path, width, language, scheme, **made)
            assert sticks_out(page) <= 0, path
            if SHOTS:
                page.screenshot(
                    path=f"{SHOTS}/{name}-{language}-{scheme}-{width}.png", full_page=True
                )
            assert faults(page) == [], path
            page.context.close()


@pytest.fixture
def snapshot_of():
    """Pages to look at: name, address, and an answer made before to what the page posts."""

    def pages(browser):
        zone = {"timezone": "Europe/Lisbon", "settings_version": 1}
        asked = browser.post("/our-co-op/time-zone/", zone).content.decode()
        wrong = browser.post("/our-co-op/", {"settings_version": 1}).content.decode()
        return [
            ("settings", "/our-co-op/", {}),
            ("settings-wrong", "/our-co-op/?wrong", {"our-co-op": wrong}),
            ("zone", "/our-co-op/time-zone/", {}),
            ("zone-asked", "/our-co-op/time-zone/?asked", {"our-co-op/time-zone": asked}),
        ]

    return pages


def test_the_examples_follow_the_colour_in_both_themes(chromium, client_for):
    page = opened(chromium, client_for(UserFactory(administrator=True)), "/our-co-op/")
    paint = "node => getComputedStyle(node).backgroundColor"
    buttons = page.locator(".theme .button--primary")
    before = [buttons.nth(at).evaluate(paint) for at in range(2)]
    page.locator('input[type="color"]').fill("#cc2200")
    after = [buttons.nth(at).evaluate(paint) for at in range(2)]
    assert len({*before, *after}) == 4
    assert page.locator("[data-shows-colour]").count() == 0
    page.context.close()
