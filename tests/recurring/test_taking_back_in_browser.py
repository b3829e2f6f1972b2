"""What is taken back says first what comes again, in Chromium: on a phone, and by keys alone."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from orders.catalog.models import Closure
from recurring import services
from recurring.models import BulkPause, HolidayDay
from tests.clock import local_today
from tests.factories import MembershipFactory
from tests.look.browser import faults, sticks_out
from tests.recurring.test_pages_in_browser import opened

SHOTS = os.environ.get("LOOK_SHOTS")
SOON = local_today() + timedelta(days=7)
pytestmark = pytest.mark.django_db


@pytest.fixture
def farmer(kitchen):
    return MembershipFactory(business=kitchen.tomatoes.producer).user


@pytest.fixture
def daily(kitchen):
    return kitchen.standing_order(
        at=timezone.now(),
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        first_day=local_today() + timedelta(days=1),
        holiday_policy="skip",
    )


def part(kitchen, farmer, daily):
    services.pause_part(
        standing_order_id=daily.pk,
        version=daily.version,
        producer=kitchen.tomatoes.producer,
        from_day=SOON,
        to_day=SOON,
        reason="Frost",
        actor=farmer,
        at=timezone.now(),
    )
    return farmer, "producer/", "/resume/", lambda: not daily.part_pauses.exists()


def closure(kitchen, farmer, daily):
    services.close_producer(
        producer=kitchen.tomatoes.producer,
        from_day=SOON,
        to_day=SOON,
        reason="Fair",
        actor=farmer,
        at=timezone.now(),
    )
    return farmer, "producer/", "/closures/", lambda: not Closure.objects.exists()


def day_off(kitchen, farmer, daily):
    services.close_day(SOON, "Town fair", actor=kitchen.office, at=timezone.now())
    is_open = lambda: not HolidayDay.objects.filter(day=SOON).exists()  # noqa: E731
    return kitchen.office, f"holidays/{SOON.year}/", "/open/", is_open


def together(kitchen, farmer, daily):
    services.pause_many(
        {daily.pk: daily.version},
        from_day=SOON,
        to_day=SOON,
        reason="Inventory",
        cancels_made=True,
        actor=kitchen.office,
        at=timezone.now(),
    )
    is_undone = lambda: BulkPause.objects.get().undone_at is not None  # noqa: E731
    return kitchen.office, "pause-many/", "/undo/", is_undone


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("fr", "light", 360), ("en", "dark", 1280)]
)
@pytest.mark.parametrize("act", [part, closure, day_off, together])
def test_a_key_asks_and_a_second_one_does_it(
    chromium, kitchen, client_for, farmer, daily, act, language, scheme, width
):
    person, path, action, is_done = act(kitchen, farmer, daily)
    person.language = language
    person.save()
    with translation.override(language):
        address = f"/standing-orders/{path}"
        page = opened(chromium, client_for(person), address, width, language, scheme)
        page.locator(f"form[action*='{action}'] button").first.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        dialog.locator(".effects li").first.wait_for()
        assert dialog.locator(".effects li b").count() == 1
        assert sticks_out(page) <= 0
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/back-{act.__name__}-{language}-{width}.png")
        assert faults(page) == []
        assert not is_done()
        dialog.locator(".button--primary").focus()
        page.keyboard.press("Enter")
        dialog.wait_for(state="detached")
        page.wait_for_url(f"**{address.partition('producer/')[0]}**")
        assert is_done()
        page.context.close()
