"""The editor in Chromium: the calendar follows the sentence; axe finds nothing; it fits a phone."""

import os
from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from recurring.models import HolidayDay
from tests.clock import local_today
from tests.look.browser import answer_with, faults, sticks_out

SHOTS = os.environ.get("LOOK_SHOTS")
pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(kitchen):
    soon = local_today() + timedelta(days=1)
    HolidayDay.objects.create(day=soon + timedelta(days=20), name="Town fair", is_local=True)
    HolidayDay.objects.create(day=date(soon.year + 1, 1, 1), name="New Year")
    return kitchen.standing_order(
        at=timezone.now(),
        first_day=soon,
        weekdays=[soon.isoweekday(), (soon + timedelta(days=6)).isoweekday()],
    )


def opened(chromium, client, path, width=1280, language="en", scheme="light", **made):
    context = chromium.new_context(
        color_scheme=scheme, locale=language, viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.route("**/*", answer_with(client, **made))
    page.goto(f"http://alpha.localhost{path}")
    return page


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_pages_fit_and_are_accessible(chromium, kitchen, client_for, rule, width, language, scheme):
    kitchen.office.language = language
    kitchen.office.save()
    browser = client_for(kitchen.office)
    paths = ["", "new/", "new/?kind=delivery", f"{rule.pk}/", "generation/"]
    paths += ["pause-many/", "holidays/", f"{rule.pk}/pause/"]
    with translation.override(language):
        for path in paths:
            page = opened(chromium, browser, f"/standing-orders/{path}", width, language, scheme)
            assert sticks_out(page) <= 0, path
            if SHOTS:
                name = path.replace("/", "").replace("?", "-") or "list"
                name = "detail" if name.isdigit() else name
                page.screenshot(
                    path=f"{SHOTS}/recurring-{name}-{language}-{width}.png", full_page=True
                )
            assert faults(page) == [], path
            page.context.close()
