"""The pages of the trail in Chromium: they fit, axe finds nothing, the keyboard is enough."""

import os

import pytest
from django.urls import reverse

from accounts.services import change_person
from audit.recording import Kind, record
from coopcycle.current import acting
from tests.factories import UserFactory
from tests.look.browser import answer_with, faults, sticks_out, visit
from tests.look.conftest import chromium  # noqa: F401 - a fixture
from tests.recurring.conftest import make_kitchen

pytestmark = pytest.mark.django_db
SHOTS = os.environ.get("LOOK_SHOTS")
HOST = "http://alpha.localhost"


@pytest.fixture
def told():
    """Something of each kind, and the administrator who reads it."""
    kitchen = make_kitchen()
    order = kitchen.standing_order()
    boss = UserFactory(administrator=True, name="Nadia Berger-Lamartine")
    person = UserFactory(name="Ana Petit")
    with acting(actor_id=boss.pk, request_id="0f" * 10):
        change_person(
            user_id=person.pk,
            name="Ana Petit-Duval",
            phone="+33 6 12 34 56 78",
            language="fr",
            roles=["is_courier", "is_dispatcher"],
            is_active=True,
            seen=person.version,
        )
        record(Kind.REFUSED, user=person, rule="privacy:register", method="POST", asked={"id": 3})
        record(Kind.LOCKED_OUT, rule="sign-in-network")
        record(Kind.FACTOR_ADDED, user=person, about=person, device="passkey")
    return boss, {
        "object": reverse("audit:object", args=["standing-order", order.pk]),
        "person": reverse("audit:object", args=["person", person.pk]),
        "trail": reverse("audit:trail"),
        "doors": reverse("audit:doors"),
        "none": reverse("audit:trail") + "?request=nothing",
    }


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(360, "fr", "dark"), (1280, "en", "light")]
)
def test_they_fit_and_are_accessible(chromium, told, client_for, width, language, scheme):  # noqa: F811
    boss, pages = told
    boss.language = language
    boss.save()
    context = chromium.new_context(
        color_scheme=scheme, locale=language, viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.route("**/*", answer_with(client_for(boss)))
    for name, path in pages.items():
        visit(page, f"{HOST}{path}")
        if SHOTS:
            picture = f"{SHOTS}/trail-{name}-{width}-{language}.png"
            page.screenshot(path=picture, full_page=True)
        assert sticks_out(page) <= 0, name
        assert faults(page) == [], name
    context.close()


def test_the_keyboard_searches_and_opens_a_story(chromium, told, client_for):  # noqa: F811
    boss, pages = told
    context = chromium.new_context(locale="en", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.route("**/*", answer_with(client_for(boss)))
    visit(page, f"{HOST}{pages['trail']}")

    _tab_to(page, "Request optional")
    page.keyboard.type("0f" * 10)
    page.keyboard.press("Enter")
    page.wait_for_url("**request=0f0f*")
    entries = page.locator(".story__entry")
    assert entries.count() == 1
    assert "Ana Petit-Duval" in entries.first.inner_text()

    _tab_to(page, "Its story Person Ana Petit-Duval")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What happened here").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "What happened here"
    context.close()


def _tab_to(page, name):
    """As somebody without a mouse; what has the focus is called `name`."""
    for _step in range(80):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim().replace(/\\s+/g, ' ')"
        )
        if found == name:
            return
    raise AssertionError(f"no way to {name}")
