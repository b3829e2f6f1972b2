"""The courier's page in Chromium without a network: what was done is kept, and sent when it is back."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dispatch import services
from dispatch.models import LateReport, Task, TaskEvent
from tests.clock import local_today
from tests.factories import CourierFactory, TaskFactory, TourFactory, UserFactory
from tests.look.browser import answer_with, faults, visit
from tests.rider.test_actions import photo

pytestmark = pytest.mark.django_db
BAR = "#queue [data-queue=words]"


@pytest.fixture
def tour():
    tour = TourFactory(courier=CourierFactory(), day=local_today())
    for position, place in enumerate(["Chez Odile", "Bistrot Mirabelle", "Le Moulin"]):
        TaskFactory(tour=tour, position=position, place=place, day=tour.day)
    return tour


class Network:
    """What Chromium reaches: the pages, or nothing. Counts what came through."""

    def __init__(self, page, client):
        self.page, self.client = page, client
        self.sent = 0
        page.on("request", self._count)
        self.come_back(tell=False)

    def _count(self, request):
        self.sent += request.method == "POST" and self.is_up

    def vanish(self):
        self.is_up = False
        self.page.unroute_all()
        self.page.context.set_offline(True)

    def come_back(self, *, tell=True):
        self.is_up = True
        self.page.unroute_all()
        self.page.route("**/*", answer_with(self.client))
        if tell:
            self.page.context.set_offline(False)


@pytest.fixture
def phone(chromium, client_for, tour):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    page = context.new_page()
    network = Network(page, client_for(tour.courier.user))
    visit(page, "http://alpha.localhost/ride/")
    yield page, network
    context.close()


def tap(page, name):
    page.get_by_role("button", name=name).click()


def statuses():
    return dict(Task.objects.values_list("place", "status"))


def test_a_round_is_ridden_in_a_cellar_and_sent_in_order_when_the_network_is_back(phone):
    page, network = phone
    network.vanish()

    tap(page, "Start")
    page.get_by_label("Received by").fill("Odile")
    upload = photo()
    page.locator("input[type=file]").set_input_files(
        {"name": "door.jpg", "mimeType": "image/jpeg", "buffer": upload.read()}
    )
    tap(page, "Delivered")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bistrot Mirabelle")
    expect(page.locator(BAR)).to_have_text("2 things wait to be sent.")
    assert faults(page) == []
    expect(
        page.locator("li", has_text="Chez Odile").get_by_text("saved on this phone")
    ).to_be_visible()
    page.get_by_text("A problem").click()
    page.get_by_label("Closed").check()
    tap(page, "Report and ride on")
    expect(page.get_by_role("heading", level=1)).to_have_text("Le Moulin")
    tap(page, "Start")
    expect(page.locator(BAR)).to_have_text("4 things wait to be sent.")
    tap(page, "Delivered")
    expect(page.get_by_role("heading", level=1)).to_have_text("All stops are made")
    expect(page.locator(BAR)).to_have_text("5 things wait to be sent.")
    assert set(statuses().values()) == {"TODO"}

    network.come_back()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your round is done")
    expect(page.locator("#queue")).to_have_attribute("data-waiting", "0")
    assert statuses() == {"Chez Odile": "DONE", "Bistrot Mirabelle": "FAILED", "Le Moulin": "DONE"}
    proof = Task.objects.get(place="Chez Odile").proofs.get()
    assert proof.recipient_name == "Odile"
    assert proof.photo.size > 0
    assert list(TaskEvent.objects.values_list("task__place", "kind")) == [
        ("Chez Odile", "started"),
        ("Chez Odile", "done"),
        ("Bistrot Mirabelle", "failed"),
        ("Le Moulin", "started"),
        ("Le Moulin", "done"),
    ]


def test_what_the_phone_kept_outlives_the_page_and_goes_once(phone):
    page, network = phone
    network.vanish()
    tap(page, "Start")
    expect(page.locator(BAR)).to_have_text("1 thing waits to be sent.")

    network.come_back(tell=False)
    page.goto("about:blank")
    page.context.set_offline(False)
    visit(page, "http://alpha.localhost/ride/")

    expect(page.get_by_role("button", name="Delivered")).to_be_visible()
    expect(page.locator("#queue")).to_have_attribute("data-waiting", "0")
    assert TaskEvent.objects.get().kind == "started"


def test_a_stop_that_the_office_took_meanwhile_is_told_and_kept(phone, tour):
    page, network = phone
    network.vanish()
    tap(page, "Start")
    tap(page, "Delivered")
    expect(page.locator(BAR)).to_have_text("2 things wait to be sent.")
    stop = Task.objects.get(place="Chez Odile")
    services.cancel_tasks([stop.pk], actor=UserFactory(dispatcher=True), at=timezone.now())

    network.come_back()

    told = page.get_by_role("region", name="With the office")
    expect(told).to_contain_text("Chez Odile")
    expect(told).to_contain_text("The stop was cancelled meanwhile. The office decides.")
    expect(page.locator("#queue")).to_have_attribute("data-waiting", "0")
    assert faults(page) == []
    assert LateReport.objects.get().hindrance == "cancelled"
    stop.refresh_from_db()
    assert stop.status == Task.Status.CANCELLED


def test_a_refused_start_is_told_until_the_courier_has_read_it(phone):
    page, network = phone
    network.vanish()
    tap(page, "Start")
    expect(page.locator(BAR)).to_have_text("1 thing waits to be sent.")
    stop = Task.objects.get(place="Chez Odile")
    services.cancel_tasks([stop.pk], actor=UserFactory(dispatcher=True), at=timezone.now())

    network.come_back()

    refused = page.locator("#queue li")
    expect(refused).to_contain_text("Chez Odile is “Cancelled”")
    assert faults(page) == []
    tap(page, "Understood")
    expect(refused).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("Bistrot Mirabelle")


class CutOff:
    """A Playwright route whose answer breaks off in its first words."""

    def __init__(self, route):
        self.route, self.request = route, route.request

    def fulfill(self, *, body, **rest):
        self.route.fulfill(body=body[:9], **rest)


def test_an_answer_that_breaks_off_is_asked_for_again_and_is_no_refusal(phone):
    page, network = phone
    network.vanish()
    tap(page, "Start")
    expect(page.locator(BAR)).to_have_text("1 thing waits to be sent.")
    network.come_back(tell=False)
    serve = answer_with(network.client)
    page.route("**/queued/", lambda route: serve(CutOff(route)), times=1)

    page.context.set_offline(False)

    expect(page.get_by_role("button", name="Delivered")).to_be_visible()
    expect(page.locator("#queue")).to_have_attribute("data-waiting", "0")
    assert network.sent == 2
    assert TaskEvent.objects.get().kind == "started"


def test_another_stop_can_be_looked_at_without_a_network(phone):
    page, network = phone
    network.vanish()

    page.get_by_role("link", name="Le Moulin").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Le Moulin")
    tap(page, "Start")
    tap(page, "Delivered")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chez Odile")


def test_whoever_signs_out_with_things_unsent_is_asked(phone):
    page, network = phone
    network.vanish()
    tap(page, "Start")
    page.get_by_role("button", name="More: other pages").click()
    page.get_by_role("button", name="Sign out", exact=True).click()

    expect(page.get_by_role("heading", name="Not everything is sent yet")).to_be_visible()
    assert faults(page) == []
    tap(page, "Stay")
    expect(page.locator(BAR)).to_have_text("1 thing waits to be sent.")


def test_what_is_typed_while_something_is_sent_stays(phone):
    page, _network = phone
    tap(page, "Start")
    page.get_by_label("Received by").fill("Odile")

    expect(page.locator("#queue")).to_have_attribute("data-waiting", "0")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:round-changed'))")
    page.wait_for_timeout(600)

    expect(page.get_by_label("Received by")).to_have_value("Odile")
    tap(page, "Delivered")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bistrot Mirabelle")
    expect(page.locator("#queue")).to_have_attribute("data-waiting", "0")
    assert Task.objects.get(place="Chez Odile").proofs.get().recipient_name == "Odile"
