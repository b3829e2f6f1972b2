"""The courier's page in Chromium: one tap after the other, without a fault for assistive tools."""

import pytest
from playwright.sync_api import expect

from dispatch.models import Task
from tests.clock import local_today
from tests.factories import CourierFactory, TaskFactory, TourFactory
from tests.look.browser import answer_with, faults, visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_page(chromium, client_for):
    """Today's round of one courier with two stops, on a phone."""
    tour = TourFactory(courier=CourierFactory(), day=local_today())
    for position, place in enumerate(["Chez Odile", "Bistrot Mirabelle"]):
        TaskFactory(tour=tour, position=position, place=place, day=tour.day)
    page = chromium.new_page(viewport={"width": 390, "height": 844}, locale="en-GB")
    page.route("**/*", answer_with(client_for(tour.courier.user)))
    visit(page, "http://alpha.localhost/ride/")
    yield page
    page.close()


def test_a_stop_is_ridden_with_three_taps_and_the_next_one_comes(round_page):
    page = round_page
    assert faults(page) == []
    assert page.get_by_role("button", name="Start").bounding_box()["height"] >= 60

    page.get_by_role("button", name="Start").click()
    page.get_by_label("Received by").fill("Odile")
    assert faults(page) == []
    page.get_by_role("button", name="Delivered").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Bistrot Mirabelle")
    _is_sent(page)
    done = Task.objects.get(place="Chez Odile")
    assert done.status == Task.Status.DONE
    assert done.proofs.get().recipient_name == "Odile"
    assert done.events.get(kind="done").device_at is not None


def test_a_problem_is_two_taps_and_a_button(round_page):
    page = round_page
    page.get_by_text("A problem").click()
    page.get_by_label("Nobody there").check()
    page.get_by_role("button", name="Report and ride on").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Bistrot Mirabelle")
    _is_sent(page)
    assert Task.objects.get(place="Chez Odile").incidents.get().reason == "absent"


def _is_sent(page):
    """The page shows what was done before the server has it; then nothing waits any more."""
    expect(page.locator("#queue")).to_have_attribute("data-waiting", "0")
