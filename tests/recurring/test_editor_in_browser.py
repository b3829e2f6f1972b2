"""The editor in Chromium: the calendar follows the sentence, and a date opens by the keyboard."""

import contextvars
import os
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from recurring.models import HolidayDay
from tests.clock import local_today
from tests.look.browser import answer_with, faults, sticks_out, visit

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


def posting(client):
    """Hands a posted form to the client, which the look's route does not."""
    here = contextvars.copy_context()

    def answer(route):
        response = client.post(
            urlsplit(route.request.url).path,
            data=route.request.post_data_buffer,
            content_type=route.request.headers["content-type"],
            headers={"HX-Request": "true"},
        )
        route.fulfill(
            status=response.status_code, headers=dict(response.items()), body=response.content
        )

    return lambda route: here.copy().run(answer, route)


def opened(chromium, client, path, width=1280, language="en", scheme="light"):
    context = chromium.new_context(
        color_scheme=scheme, locale=language, viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.route("**/*", answer_with(client))
    page.route(lambda url: url.endswith("/preview/"), posting(client))
    visit(page, f"http://alpha.localhost{path}")
    return page


def test_the_calendar_follows_the_sentence_and_a_date_opens(chromium, kitchen, client_for, rule):
    page = opened(chromium, client_for(kitchen.odile), f"/standing-orders/{rule.pk}/")
    planned = page.locator('.calendar__day[data-date="planned"]')
    before = planned.count()
    with page.expect_response("**/preview/"):
        for box in page.locator(".days input:not(:checked)").all()[:1]:
            box.check(force=True)
    expect(page.locator("#plain")).to_contain_text("3 deliveries a week")
    assert planned.count() > before
    made = page.locator('.calendar__day[data-date="made"]').nth(1)
    made.focus()
    page.keyboard.press("Enter")
    page.locator(".oneday").wait_for()
    assert page.locator(".calendar__day[aria-current]").count() == 1
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/recurring-date.png", full_page=True)
    expect(page.get_by_role("button", name="Skip")).to_be_visible()
    page.get_by_role("link", name="Pause").click()
    assert page.locator("#pause-dialog").is_visible()
    page.context.close()


PATTERNS = [
    ("day", {"interval": "2"}, "Every 2 days"),
    ("week", {"interval": "2"}, "1 delivery every 2 weeks, on Tuesday"),
    (
        "month_date",
        {"month_day": "31", "short_months": "last"},
        "Every month, on the 31st, or the last day of shorter months",
    ),
    ("month_date", {"month_day": "31", "short_months": "none"}, "Every month, on the 31st."),
    ("month_weekday", {"nth": "1", "weekday": "1"}, "Every month, on the first Monday"),
    ("month_weekday", {"nth": "-1", "weekday": "5"}, "Every month, on the last Friday"),
    ("year", {"month_day": "24", "month": "12"}, "Every year, on 24 December"),
    (
        "year",
        {"month_day": "29", "month": "2", "short_months": "last"},
        "Every year, on 29 February, or the day before where there is none",
    ),
]


def test_each_pattern_is_said_shown_and_read_back(chromium, kitchen, client_for):
    """Its words follow at once, its dates stand in the calendar, and nothing is found by axe."""
    page = opened(chromium, client_for(kitchen.odile), "/standing-orders/new/", width=390)
    page.locator(".days label").nth(1).click()  # Tuesday
    expect(page.locator("#plain")).to_contain_text("on Tuesday")
    for name, blanks, words in PATTERNS:
        if not page.locator(f"#repeats-{name}").is_checked():
            page.locator(f"label:has(#repeats-{name})").click()
            drawn = page.locator(f'#saying [name="drawn"][value="{name}"]')
            drawn.wait_for(state="attached")
        for blank, value in blanks.items():
            page.locator(f"#saying [name={blank}]").select_option(value)
        expect(page.locator("#plain")).to_contain_text(f"So: {words}")
        assert page.locator('#weeks [data-date="planned"]').count() >= (0 if name == "year" else 2)
        assert sticks_out(page) <= 0, name
        assert faults(page) == [], name
        if SHOTS:
            file = f"{SHOTS}/pattern-{name}-{blanks.get('short_months', '')}.png"
            page.screenshot(path=file, full_page=True)
    page.context.close()


def test_the_question_says_what_one_date_can_have(chromium, kitchen, client_for, rule):
    """A new quantity and new days: the one date takes the quantity, and says what it leaves."""
    page = opened(chromium, client_for(kitchen.odile), f"/standing-orders/{rule.pk}/", width=360)
    page.route(lambda url: url.endswith("/edit/"), posting(client_for(kitchen.odile)))
    page.locator(".days input:not(:checked)").first.check(force=True)
    page.locator("#goods").get_by_role("spinbutton", name="Tomatoes").fill("15")
    page.locator(".save-bar button").click()
    question = page.get_by_role("dialog", name="For which dates?")
    expect(question).to_contain_text("Not for one date alone: the days on which it comes.")
    assert sticks_out(page) <= 0
    assert faults(page) == []
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/question-360.png")
    page.context.close()
