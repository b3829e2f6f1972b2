"""The main job, by hand: from a restaurant's standing order to the courier's proof."""

import io
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import TimeoutError as NotYet
from playwright.sync_api import expect

from recurring.tasks import generate_everywhere
from tests.browser.visitor import PHONE

pytestmark = pytest.mark.servers

TRIES, TRY_FOR = 20, 2_000  # milliseconds


def test_from_the_standing_order_to_the_proof(visitors, town, generate_ahead):
    odile = visitors.open_for(town.odile)
    make_standing_order(odile, town)
    generate_ahead(14)
    order = open_generated_order(odile, town)
    producer_accepts(visitors.open_for(town.farmer), order, town)
    dispatchers_see_the_same(visitors, town)
    courier_rides(visitors.open_for(town.ana, PHONE), town)
    tracking = restaurant_sees_it_delivered(odile, order)
    recipient_sees_it_delivered(visitors.open("recipient", PHONE), tracking)
    assert not visitors.findings, "\n".join(visitors.findings)


def make_standing_order(odile, town):
    page = odile.page
    odile.go(reverse("recurring:rule-list"))
    odile.look("standing-orders")
    page.get_by_role("link", name="New standing order").first.click()
    page.get_by_role("checkbox", name=town.day.strftime("%A")).check(force=True)
    page.get_by_label("Not before", exact=True).fill("07:00")
    page.get_by_label("Not later than", exact=True).fill("09:00")
    page.get_by_label("First date", exact=True).fill(f"{town.day:%Y-%m-%d}")
    page.get_by_role("textbox", name="Name").fill("Vegetables of the week")
    page.get_by_role("spinbutton", name="Tomatoes").fill("12")
    page.get_by_role("spinbutton", name="Tomatoes").press("Tab")
    expect(page.get_by_text("So: ")).to_be_visible()
    odile.look("new-standing-order")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Vegetables of the week")).to_be_visible()
    expect(days_of(odile, "Generated")).to_have_count(0)
    odile.look("standing-order")


def open_generated_order(odile, town):
    """Start the worker's task as beat does, until the page shows its order. Returns its path."""
    for _ in range(TRIES):
        beat_ticks()
        try:
            days_of(odile, "Generated").first.wait_for(timeout=TRY_FOR)
        except NotYet:
            odile.page.reload()
        else:
            break
    days_of(odile, "Generated").first.click()
    odile.page.get_by_role("link", name="Open the order").click()
    expect(odile.page.get_by_role("heading", name=re.compile("^Order "))).to_be_visible()
    expect(odile.page.get_by_text("Tomatoes")).to_be_visible()
    odile.look("order")
    return odile.path()


def beat_ticks():
    """As beat sends it. On a thread of its own: Playwright keeps a loop on this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(generate_everywhere.delay).result()


def days_of(visitor, state):
    """The days of the calendar that are in this state."""
    return visitor.page.locator(".calendar__day").filter(has_text=state)


def producer_accepts(paul, order, town):
    paul.go(f"{reverse('ordering:picking-list')}?day={town.day:%Y-%m-%d}")
    expect(paul.page.get_by_role("heading", name=town.kitchen.name)).to_be_visible()
    paul.look("picking-list")
    paul.go(order)
    paul.page.get_by_role("button", name="Accept").click()
    expect(paul.page.get_by_role("button", name="Accept")).to_have_count(0)
    expect(paul.page.get_by_text("Accepted").first).to_be_visible()
    paul.look("accepted")


def dispatchers_see_the_same(visitors, town):
    """Inès gives the delivery to Ana by keyboard; Malik's open board shows it without his doing."""
    ines, malik = visitors.open_for(town.ines), visitors.open_for(town.malik)
    for dispatcher in (malik, ines):
        dispatcher.go(f"{reverse('board:day')}?day={town.day:%Y-%m-%d}")
        expect(dispatcher.page.get_by_role("status").filter(has_text="Live")).to_be_visible()
        expect(stops_of(dispatcher, "Unassigned")).to_have_count(2)
        dispatcher.look("board")
    stops_of(ines, "Unassigned").first.focus()
    ines.page.keyboard.press("a")
    ines.look("assign")
    ines.page.get_by_role("dialog").get_by_role("button", name=town.ana.name).press("Enter")
    for dispatcher in (ines, malik):
        expect(stops_of(dispatcher, town.ana.name)).to_have_count(2)
        expect(stops_of(dispatcher, "Unassigned")).to_have_count(0)
        dispatcher.look("assigned")


def stops_of(dispatcher, column):
    """The stops in a column of the board."""
    return dispatcher.page.get_by_role("listbox", name=column).get_by_role("option")


def courier_rides(ana, town):
    page = ana.page
    ana.go(f"{reverse('rider:day')}?day={town.day:%Y-%m-%d}")
    expect(page.get_by_role("heading", name=town.farm.name)).to_be_visible()
    ana.look("pickup")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Picked up").click()
    expect(page.get_by_role("heading", name=town.kitchen.name)).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_label("Received by").fill("Odile Morel")
    page.locator("input[type=file]").set_input_files(
        {"name": "proof.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    expect(page.get_by_text("Photo ready")).to_be_visible()
    ana.look("drop-off")
    page.get_by_role("button", name="Delivered").click()
    expect(page.get_by_role("heading", name="Your round is done")).to_be_visible()
    ana.look("done")


def photo():
    """What a phone's camera gives."""
    content = io.BytesIO()
    Image.new("RGB", (1200, 900), "teal").save(content, "JPEG")
    return content.getvalue()


def restaurant_sees_it_delivered(odile, order):
    """Returns the recipient's link."""
    odile.go(order)
    expect(odile.page.get_by_text("Delivered", exact=True).first).to_be_visible()
    expect(odile.page.get_by_text("received by Odile Morel")).to_be_visible()
    odile.look("delivered")
    return odile.page.get_by_role("link", name="Follow the delivery").get_attribute("href")


def recipient_sees_it_delivered(recipient, tracking):
    """Nobody has signed in; the page speaks the recipient's language."""
    recipient.go(tracking)
    heading = recipient.page.get_by_role("heading", name=re.compile("Delivered at|Livré"))
    expect(heading).to_be_visible()
    recipient.look("tracking")
