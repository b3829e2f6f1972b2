"""The price follows the form while it is filled in, in Chromium; nothing is ordered by that."""

import contextvars
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from orders.models import Order
from tests.look.browser import answer_with, visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def form(chromium, market, client_for):
    """Opens a form as the restaurant; what it posts for its price is answered by Django."""
    client = client_for(market.odile)
    here = contextvars.copy_context()

    def quote(route):
        response = client.post(
            urlsplit(route.request.url).path,
            data=route.request.post_data_buffer,
            content_type=route.request.headers["content-type"],
            headers={"HX-Request": "true", "HX-Request-Type": "partial"},
        )
        route.fulfill(
            status=response.status_code, headers=dict(response.items()), body=response.content
        )

    page = chromium.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page.route("**/*", answer_with(client))
    page.route("**/orders/quote/", lambda route: here.copy().run(quote, route))

    def opened(name):
        visit(page, f"http://alpha.localhost{reverse(name)}")
        return page

    yield opened
    page.close()


def test_the_total_follows_the_quantities(form, market):
    page = form("ordering:order-create")
    summary, tomatoes = page.locator("#summary"), page.get_by_role("spinbutton", name="Tomates")
    expect(summary).to_contain_text("the price appears here")

    tomatoes.fill("12")
    expect(summary.locator(".summary__lines")).to_contain_text("€38.40")
    one_producer = summary.locator(".summary__total dd").inner_text()
    page.get_by_role("button", name="More: Pommes").click()
    expect(summary.locator(".summary__lines")).to_contain_text("€14.50")
    expect(summary.locator(".summary__total dd")).not_to_have_text(one_producer)
    expect(summary).to_contain_text("1 further pick-up")

    tomatoes.fill("2")
    expect(summary.locator(".summary__lines")).to_contain_text("€6.40")
    expect(tomatoes).to_be_focused()
    assert Order.objects.count() == 0


def test_the_price_of_a_parcel_follows_its_weight(form, market):
    page = form("ordering:parcel-create")
    summary = page.locator("#summary")
    page.get_by_label("Weight in kg").fill("9")
    for label, value in (
        ("What is it", "2 boxes"),
        ("Who gets it", "Jean Moreau"),
        ("Street and number", "3, place Vaucanson"),
        ("Postal code", "38000"),
    ):
        page.get_by_role("textbox", name=label).fill(value)
    total = summary.locator(".summary__total dd")
    expect(total).to_contain_text("€")
    light = total.inner_text()

    page.get_by_label("Weight in kg").fill("45")

    expect(total).not_to_have_text(light)
    expect(summary).to_contain_text("45 kg, of which 20 kg are free")
    expect(page.get_by_label("Weight in kg")).to_be_focused()
    assert Order.objects.count() == 0
