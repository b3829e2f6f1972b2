"""Who is told that prices have moved, and when: by more than the co-op lets pass since last told."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from coopcycle.money import format_money
from orders.models import Order, PriceList
from orders.ordering.selectors import price_story
from orders.ordering.services import cancel_order, refuse_part
from orders.pricing.services import add_price_list
from recurring import services
from recurring.digest import tell_news
from recurring.generation import generate
from recurring.models import Occurrence
from recurring.repricing import follow_prices
from recurring.services import DateChange
from tenants.context import in_federation
from tenants.models import Cooperative
from tests.clock import local_today
from tests.factories import MembershipFactory, PriceListFactory
from tests.recurring.conftest import NOW
from tests.recurring.test_messages import mails, text
from tests.recurring.test_prices_follow import order_of, sell_at


@pytest.fixture
def made(kitchen):
    """Tomatoes at 3.20 and apples on four days, made and told."""
    return kitchen.standing_order(name="Market")


def euros(minor: int, language: str = "en") -> str:
    return format_money(minor, "EUR", language)


def told(kitchen) -> list[list[dict]]:
    """What each mail to Odile said of prices."""
    found = mails("standing_orders", kitchen.odile.email)
    return [context["repriced"] for context in found if context["repriced"]]


def test_who_buys_is_told_the_product_both_prices_the_dates_and_until_when(alpha, kitchen, made):
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    [[said]] = told(kitchen)
    assert said == {
        "name": "Market",
        "prices": ["Tomatoes, kg: €3.50 instead of €3.20"],
        "dates": [
            {"day": "Tuesday 24 November", "closes": "Monday 23 November, 18:00"},
            {"day": "Friday 27 November", "closes": "Thursday 26 November, 18:00"},
            {"day": "Tuesday 1 December", "closes": "Monday 30 November, 18:00"},
            {"day": "Friday 4 December", "closes": "Thursday 3 December, 18:00"},
        ],
    }
    assert text("standing_orders") == (
        "Chez Odile: prices of your standing orders have changed\n"
        "Prices have changed. Until the time beside each date you can change or skip it; afterwards"
        " it comes as it is.\n"
        "- Market\n"
        "  Tomatoes, kg: €3.50 instead of €3.20\n"
        "  Tuesday 24 November: change or skip it before Monday 23 November, 18:00\n"
        "  Friday 27 November: change or skip it before Thursday 26 November, 18:00\n"
        "  Tuesday 1 December: change or skip it before Monday 30 November, 18:00\n"
        "  Friday 4 December: change or skip it before Thursday 3 December, 18:00\n"
    )


def test_the_message_speaks_french(alpha, kitchen, made):
    kitchen.odile.language = "fr"
    kitchen.odile.save()
    sell_at(kitchen.tomatoes, 350)
    add_price_list(PriceListFactory.build(valid_from=date(2026, 12, 4), base_minor=900))
    generate(alpha, at=NOW)
    with translation.override("fr"):
        said = text("standing_orders")
    said = said.replace("\xa0", " ").replace("\u202f", " ")
    assert said.startswith(
        "Chez Odile : les prix de vos commandes régulières ont changé\nDes prix ont changé."
    )
    assert "  Tomatoes, kg : 3,50 € au lieu de 3,20 €\n" in said
    was, now = order_of("11-27").delivery_minor, order_of("12-04").delivery_minor
    both = f"{euros(now, 'fr')} au lieu de {euros(was, 'fr')}".replace("\xa0", " ")
    assert f"  Transport : {both}\n" in said
    assert (
        "  mardi 24 novembre : à modifier ou à sauter avant le lundi 23 novembre, 18:00\n" in said
    )


def test_producers_are_not_told_of_prices(alpha, kitchen, made):
    MembershipFactory(business=kitchen.tomatoes.producer)
    sell_at(kitchen.tomatoes, 350)
    before = len(mails("standing_orders_to_prepare"))
    generate(alpha, at=NOW)
    assert len(told(kitchen)) == 1
    assert len(mails("standing_orders_to_prepare")) == before


def test_two_runs_tell_once(alpha, kitchen, made):
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    generate(alpha, at=NOW)
    tell_news(alpha)
    assert len(told(kitchen)) == 1


@pytest.mark.parametrize(
    ("percent", "price", "is_told"),
    [
        (5, 335, False),  # 4.7 % more
        (5, 336, False),  # 5 %
        (5, 337, True),
        (5, 305, False),
        (5, 304, False),  # 5 % less
        (5, 303, True),
        (0, 321, True),
        (100, 640, False),
        (100, 641, True),
    ],
)
def test_more_than_the_percentage_is_told_and_no_less(
    alpha, kitchen, made, percent, price, is_told
):
    alpha.price_notice_percent = percent
    sell_at(kitchen.tomatoes, price)
    generate(alpha, at=NOW)
    assert bool(told(kitchen)) is is_told
    assert {order.events.filter(kind="repriced").count() for order in Order.objects.all()} == {1}


def test_small_moves_add_up_until_they_are_told(alpha, kitchen, made):
    for price in (330, 336, 340, 345):
        sell_at(kitchen.tomatoes, price)
        generate(alpha, at=NOW)
    [[said]] = told(kitchen)
    assert said["prices"] == ["Tomatoes, kg: €3.40 instead of €3.20"]  # 345 is little more than 340


def test_a_price_that_went_and_came_back_is_told_when_it_was_and_when_it_is(alpha, kitchen, made):
    for price in (350, 320, 350):
        sell_at(kitchen.tomatoes, price)
        generate(alpha, at=NOW)
    assert [said["prices"] for [said] in told(kitchen)] == [
        ["Tomatoes, kg: €3.50 instead of €3.20"],
        ["Tomatoes, kg: €3.20 instead of €3.50"],
        ["Tomatoes, kg: €3.50 instead of €3.20"],
    ]


def test_a_price_that_is_back_before_anybody_was_told_is_no_news(alpha, kitchen, made):
    sell_at(kitchen.tomatoes, 350)
    follow_prices(alpha, at=NOW)
    sell_at(kitchen.tomatoes, 320)
    generate(alpha, at=NOW)
    assert told(kitchen) == []
    assert not Occurrence.objects.exclude(told_prices={}).exists()


def test_dates_that_moved_otherwise_are_said_by_themselves(alpha, kitchen, made):
    add_price_list(PriceListFactory.build(valid_from=date(2026, 12, 1), base_minor=900))
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    [said] = told(kitchen)
    assert [(len(each["prices"]), len(each["dates"])) for each in said] == [(1, 2), (2, 2)]
    was, now = order_of("11-27").delivery_minor, order_of("12-01").delivery_minor
    assert said[1]["prices"][1] == f"Carriage: {euros(now)} instead of {euros(was)}"


def test_what_is_made_and_not_told_yet_is_told_as_made(alpha, kitchen, made):
    Occurrence.objects.update(news="new")
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    assert told(kitchen) == []
    assert len(mails("standing_orders", kitchen.odile.email)[-1]["made"]) == 4


def test_what_changes_after_its_prices_is_told_as_changed(alpha, kitchen, made):
    sell_at(kitchen.tomatoes, 350)
    follow_prices(alpha, at=NOW)
    services.change_date(
        DateChange(lines=((kitchen.tomatoes.pk, Decimal(5)),)),
        standing_order_id=made.pk,
        version=1,
        original_start="2026-11-27T06:30:00",
        actor=kitchen.odile,
        at=NOW,
    )
    last = mails("standing_orders", kitchen.odile.email)[-1]
    assert [line["day"] for line in last["changed"]] == ["Friday 27 November"]
    assert [len(each["dates"]) for each in last["repriced"]] == [3]


def test_of_an_order_that_was_called_off_no_price_is_told(alpha, kitchen, made):
    sell_at(kitchen.tomatoes, 350)
    follow_prices(alpha, at=NOW)
    cancel_order(order_id=order_of("11-27").pk, actor=kitchen.odile, at=NOW)
    generate(alpha, at=NOW)
    assert [len(each["dates"]) for each in told(kitchen)[0]] == [3]


def test_a_refused_producers_price_is_not_told(alpha, kitchen, made):
    part = order_of("11-27").parts.get(producer=kitchen.tomatoes.producer)
    refuse_part(part_id=part.pk, reason="Frost", actor=kitchen.office, at=NOW)
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    assert [len(each["dates"]) for each in told(kitchen)[0]] == [3]


def test_a_price_that_was_not_known_is_told_whatever_it_is(alpha, kitchen):
    PriceList.objects.all().delete()
    kitchen.standing_order()
    alpha.price_notice_percent = 100
    add_price_list(PriceListFactory.build())
    generate(alpha, at=NOW)
    [[said]] = told(kitchen)
    price = euros(order_of("11-27").delivery_minor)
    assert said["prices"] == [f"Carriage: {price}; its price was not known yet"]


# --- The pages ------------------------------------------------------------------------------------


def test_the_orders_history_says_what_moved_and_blames_nobody(alpha, kitchen, made, odile):
    sell_at(kitchen.tomatoes, 330)
    generate(alpha, at=NOW)
    page = odile.get(reverse("ordering:order-detail", args=[order_of("11-27").pk]))
    shown = page.content.decode()
    assert "Priced anew: prices of the day have changed" in shown
    assert "Tomatoes: €3.30 instead of €3.20" in shown
    event = order_of("11-27").events.get(kind="repriced")
    assert event.actor is None


@pytest.mark.parametrize(("agreed", "words"), [(None, "may still move until"), (900, "frozen on")])
def test_the_order_says_whether_its_prices_may_still_move(kitchen, client_for, agreed, words):
    soon = local_today() + timedelta(days=3)
    order = kitchen.standing_order(
        at=timezone.now(),
        first_day=soon,
        weekdays=[soon.isoweekday()],
        carriage_minor=agreed,
        holiday_policy="keep",
    )
    made = order.occurrences.order_by("starts_at").first().order_id
    page = client_for(kitchen.odile).get(reverse("ordering:order-detail", args=[made]))
    assert words in page.content.decode()


def test_a_producer_sees_of_prices_its_own_only(alpha, kitchen, made, client_for):
    farmer = MembershipFactory(business=kitchen.apples.producer).user
    sell_at(kitchen.tomatoes, 330)
    generate(alpha, at=NOW)
    url = reverse("ordering:order-detail", args=[order_of("11-27").pk])
    assert "instead of" not in client_for(farmer).get(url).content.decode()
    sell_at(kitchen.apples, 1500)
    add_price_list(PriceListFactory.build(valid_from=date(2026, 11, 1), base_minor=900))
    generate(alpha, at=NOW)
    shown = client_for(farmer).get(url).content.decode()
    assert "Apples: €15.00 instead of €14.50" in shown
    assert shown.count("instead of") == 1


def test_the_carriage_is_explained_by_the_price_list_that_was_followed(alpha, kitchen, made):
    add_price_list(PriceListFactory.build(valid_from=date(2026, 11, 1), base_minor=900))
    generate(alpha, at=NOW)
    story = price_story(order_of("11-27"))
    assert (story.base_minor, story.total_minor) == (900, order_of("11-27").delivery_minor)


def test_the_editor_says_until_when_prices_are_taken_anew(alpha, kitchen, made, odile):
    shown = odile.get(reverse("recurring:rule-detail", args=[made.pk])).content.decode()
    assert "Each date follows the prices of the day until it closes for changes." in shown


def test_the_percentage_stays_within_the_price(db):
    with in_federation(), pytest.raises(IntegrityError), transaction.atomic():
        Cooperative.objects.update(price_notice_percent=101)
