"""Open pages follow what others do: no reload, and what a person was about to do stays in their hands."""

import contextvars
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from dispatch.models import Courier, Task
from dispatch.services import assign, complete_task, start_task
from orders.models import Order, OrderPart, Product
from orders.ordering.drafts import LineDraft, OrderDraft
from orders.ordering.services import accept_parts, place_order
from tenants.context import in_cooperative
from tests.browser.visitor import PHONE

pytestmark = pytest.mark.servers


@pytest.fixture
def elsewhere(login_wall):
    """Runs a function inside the co-op as another person's request would: Playwright keeps a loop here."""

    def run(function, *args):
        def inside():
            with in_cooperative(login_wall.alpha):
                try:
                    return function(*args)
                finally:
                    connection.close()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(contextvars.copy_context().run, inside).result()

    return run


def order_tomatoes(town, quantity):
    draft = OrderDraft(
        buyer_id=town.kitchen.pk,
        kind=Order.Kind.SUPPLY,
        after=town.day + timedelta(hours=1),
        before=town.day + timedelta(hours=3),
        lines=(LineDraft(Product.objects.get(name="Tomatoes").pk, Decimal(quantity)),),
    )
    return place_order(draft, actor=town.odile, at=timezone.now())


def accept(town, order):
    parts = list(OrderPart.objects.filter(order=order).values_list("pk", flat=True))
    accept_parts(part_ids=parts, actor=town.farmer, at=timezone.now())


def give_to_ana(town, order):
    courier = Courier.objects.get(user=town.ana)
    seen = dict(Task.objects.filter(delivery__order=order).values_list("pk", "version"))
    assign(seen, courier_id=courier.pk, actor=town.ines, at=timezone.now())


def ride(town, order, kind):
    task = Task.objects.get(delivery__order=order, kind=kind)
    now = timezone.now()
    start_task(task_id=task.pk, actor=town.ana, at=now, client_id=uuid.uuid4())
    complete_task(task_id=task.pk, actor=town.ana, at=now, client_id=uuid.uuid4())


def opened(visitor, path):
    """The page, once it listens. A mark tells whether it is still the same page later."""
    visitor.go(path)
    visitor.page.locator('.live[data-live="on"]').wait_for(state="attached")
    visitor.page.evaluate("window.stayed = true")
    return visitor.page


def place_of(locator):
    return locator.bounding_box()


def test_a_restaurant_sees_its_order_accepted_fetched_and_delivered(visitors, town, elsewhere):
    order = elsewhere(order_tomatoes, town, "12")
    page = opened(visitors.open_for(town.odile), reverse("ordering:order-detail", args=[order.pk]))
    again = page.get_by_role("link", name="Order again")
    again.focus()
    page.get_by_text("How this price came about").click()
    again.focus()
    before = place_of(again)

    elsewhere(accept, town, order)
    expect(page.locator(".page-head .state")).to_have_text("Accepted")
    elsewhere(give_to_ana, town, order)
    elsewhere(ride, town, order, Task.Kind.PICKUP)
    expect(page.get_by_text("Picked up").first).to_be_visible()
    elsewhere(ride, town, order, Task.Kind.DROPOFF)
    expect(page.locator(".page-head .state")).to_have_text("Delivered")

    expect(again).to_be_focused()
    assert place_of(again) == before
    assert page.locator(".story[open]").count() == 1  # what was unfolded stays so
    assert page.evaluate("window.stayed")
    assert visitors.findings == []


def test_a_producer_sees_new_customers_and_keeps_its_ticks(visitors, town, elsewhere):
    elsewhere(order_tomatoes, town, "12")
    path = f"{reverse('ordering:picking-list')}?day={town.day:%Y-%m-%d}"
    page = opened(visitors.open_for(town.farmer), path)
    line = page.locator("[data-line]").first
    line.check()
    expect(page.get_by_text("1 of 1 lines ready")).to_be_visible()

    elsewhere(order_tomatoes, town, "5.5")

    expect(page.get_by_text("1 of 2 lines ready")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="17.5 kg").first).to_be_visible()
    expect(line).to_be_checked()
    expect(line).to_be_focused()
    assert page.evaluate("window.stayed")
    assert visitors.findings == []


def test_a_front_page_counts_what_waits(visitors, town, elsewhere):
    page = opened(visitors.open_for(town.farmer), reverse("ordering:home"))
    expect(page.get_by_text("All orders are answered.")).to_be_visible()

    elsewhere(order_tomatoes, town, "3")

    expect(page.get_by_text("1 order waits for your yes.")).to_be_visible()
    assert page.evaluate("window.stayed")
    assert visitors.findings == []


def test_a_couriers_phone_shows_a_stop_when_it_is_given(visitors, town, elsewhere):
    order = elsewhere(order_tomatoes, town, "3")
    path = f"{reverse('rider:day')}?day={town.day:%Y-%m-%d}"
    page = opened(visitors.open_for(town.ana, PHONE), path)
    expect(page.get_by_role("heading", level=1)).to_have_text("No stops for you")

    elsewhere(give_to_ana, town, order)

    expect(page.get_by_role("heading", level=1)).to_have_text(town.farm.name)
    assert page.evaluate("window.stayed")
    assert visitors.findings == []
