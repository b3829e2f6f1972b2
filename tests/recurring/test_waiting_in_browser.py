"""What waits for a decision, in Chromium: it fits a phone, axe finds nothing, and a key decides."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from orders.models import ProducerTerms
from tests.clock import local_today
from tests.factories import MembershipFactory
from tests.look.browser import faults, sticks_out
from tests.recurring.test_pages_in_browser import opened

# Words of a short line that its buttons lie upon.
COVERED = """() => [...document.querySelectorAll('.short')].filter(line => {
  const words = document.createRange();
  words.selectNodeContents(line.querySelector('.short__what'));
  return [...words.getClientRects()].some(word =>
    [...line.querySelectorAll('button')].some(button => {
      const it = button.getBoundingClientRect();
      return it.left < word.right && word.left < it.right
        && it.top < word.bottom && word.top < it.bottom;
    }));
}).map(line => line.innerText)"""
SHOTS = os.environ.get("LOOK_SHOTS")
pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(kitchen):
    farm = kitchen.tomatoes.producer
    ProducerTerms.objects.filter(producer=farm).update(when_short="hold")
    farm.terms.refresh_from_db()
    kitchen.tomatoes.daily_quantity = 8
    kitchen.tomatoes.unit = "crate"  # the longest words
    kitchen.tomatoes.save()
    day = local_today() + timedelta(days=5)
    return kitchen.standing_order(
        at=timezone.now(),
        weekdays=[day.isoweekday()],
        first_day=day,
        holiday_policy="keep",
    )


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_pages_fit_and_are_accessible(
    chromium, kitchen, client_for, waiting, width, language, scheme
):
    farmer = MembershipFactory(business=kitchen.tomatoes.producer).user
    original = waiting.occurrences.first().original_start
    rules = "/standing-orders/"
    pages = [
        (farmer, f"{rules}waiting/", "own"),
        (farmer, f"{rules}producer/", "weeks"),
        (farmer, "/today/", "home"),
        (kitchen.office, f"{rules}waiting/", "office"),
        (kitchen.office, f"{rules}generation/", "status"),
        (kitchen.office, rules, "list"),
        (kitchen.odile, f"{rules}{waiting.pk}/?date={original}", "date"),
        (kitchen.odile, "/today/", "buyer"),
    ]
    with translation.override(language):
        for person, path, name in pages:
            person.language = language
            person.save()
            page = opened(chromium, client_for(person), path, width, language, scheme)
            assert sticks_out(page) <= 0, path
            assert page.evaluate(COVERED) == [], path
            if SHOTS:
                page.screenshot(
                    path=f"{SHOTS}/waiting-{name}-{language}-{width}.png", full_page=True
                )
            assert faults(page) == [], path
            page.context.close()


def test_a_key_decides(chromium, kitchen, client_for, waiting):
    farmer = client_for(MembershipFactory(business=kitchen.tomatoes.producer).user)
    page = opened(chromium, farmer, "/standing-orders/waiting/", 360)
    page.locator("button[value=part]").first.focus()
    page.keyboard.press("Enter")
    page.get_by_text("gets what is left of the Tomatoes").wait_for()
    row = waiting.occurrences.order_by("starts_at").first()
    assert (row.state, row.left_out[0]["detail"]) == ("generated", "8 / 12")
    page.context.close()
