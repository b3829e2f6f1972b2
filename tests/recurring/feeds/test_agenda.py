"""What calendars say: to a business, and to a producer."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import icalendar
import pytest

from accounts.models import Address
from orders.models import Closure, Order, OrderPart
from orders.ordering.drafts import LineDraft, OrderDraft, ParcelDraft
from orders.ordering.services import cancel_order, place_order
from recurring import services
from recurring.models import HolidayDay, PartPause
from tests.factories import AddressFactory, MembershipFactory, ProductFactory
from tests.recurring.conftest import NOW
from tests.recurring.feeds.conftest import opened, read_back

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_holidays():
    for day in ("2026-01-01", "2027-01-01"):
        HolidayDay.objects.create(day=day, name="New Year")


@pytest.fixture
def farm_feed(kitchen):
    """What the farm prepares."""
    farm = kitchen.tomatoes.producer
    return opened(farm, MembershipFactory(business=farm).user, content="prepares")


def events_of(body):
    return icalendar.Calendar.from_ical(body).walk("VEVENT")


def test_a_producer_sees_what_to_prepare_when_it_is_fetched(kitchen, farm_feed, written):
    kitchen.standing_order(producer_notes={str(kitchen.tomatoes.producer_id): "Ripe ones"})
    body = written(farm_feed)
    event = events_of(body)[0]
    assert event["SUMMARY"] == "Chez Odile: 12 kg Tomatoes"
    assert event["DESCRIPTION"] == "12 kg Tomatoes\nRipe ones"
    assert event["DTSTART"].dt.strftime("%m-%d %H:%M") == "11-24 05:30"
    assert "Apples" not in body.decode()
    assert len(read_back(body, date(2026, 11, 24), date(2026, 12, 22))) == 8


def test_many_goods_are_counted_in_the_title(kitchen, farm_feed, written):
    farm = kitchen.tomatoes.producer
    lines = tuple((ProductFactory(producer=farm).pk, Decimal(1)) for _ in range(3))
    kitchen.standing_order(lines=lines)
    assert events_of(written(farm_feed))[0]["SUMMARY"] == "Chez Odile: 3 products"


def test_a_producer_does_not_see_the_weekdays_on_which_it_is_closed(kitchen, farm_feed, written):
    terms = kitchen.tomatoes.producer.terms
    terms.days_off = [5]
    terms.save()
    kitchen.standing_order()
    found = read_back(written(farm_feed), date(2026, 11, 24), date(2026, 12, 8))
    assert [start.isoweekday() for start, _end in found] == [2, 2]


@pytest.mark.parametrize("kind", ["closure", "part pause"])
def test_days_on_which_a_producer_is_away(kitchen, feed, farm_feed, written, kind):
    order = kitchen.standing_order(first_day=date(2026, 12, 15))
    farm = kitchen.tomatoes.producer
    away = {"from_day": date(2026, 12, 18), "to_day": date(2026, 12, 22), "created_at": NOW}
    if kind == "closure":
        Closure.objects.create(producer=farm, **away)
    else:
        PartPause.objects.create(producer=farm, standing_order=order, **away)
    days = (date(2026, 12, 15), date(2026, 12, 26))
    assert [start.day for start, _end in read_back(written(farm_feed), *days)] == [15, 25]
    assert [start.day for start, _end in read_back(written(feed), *days)] == [15, 18, 22, 25]
    less = [e["DESCRIPTION"] for e in events_of(written(feed)) if "RECURRENCE-ID" in e]
    assert len(less) == 2
    assert not any("Tomatoes" in words for words in less)


def test_a_refused_part_and_a_cancelled_order_do_not_come(kitchen, feed, farm_feed, written):
    order = kitchen.standing_order()
    first, second = order.occurrences.order_by("starts_at")[:2]
    part = OrderPart.objects.get(order=first.order, producer=kitchen.tomatoes.producer)
    part.state, part.reason = "refused", "Hail"
    part.save()
    cancel_order(order_id=second.order_id, actor=kitchen.office, at=NOW)
    farm = read_back(written(farm_feed), date(2026, 11, 24), date(2026, 12, 2))
    assert [start.day for start, _end in farm] == [1]
    kept = read_back(written(feed), date(2026, 11, 24), date(2026, 12, 2))
    assert [start.day for start, _end in kept] == [24, 1]


def test_a_made_order_is_shown_as_it_is_now(kitchen, feed, farm_feed, written):
    order = kitchen.standing_order()
    made = order.occurrences.order_by("starts_at")[1].order
    line = made.parts.get(producer=kitchen.tomatoes.producer).lines.get()
    line.quantity = 7
    line.save()
    Order.objects.filter(pk=made.pk).update(
        after=made.after + timedelta(hours=1), before=made.before + timedelta(hours=1)
    )
    changed = [e for e in events_of(written(feed)) if "RECURRENCE-ID" in e]
    assert len(changed) == 1
    assert "7 kg Tomatoes" in changed[0]["DESCRIPTION"]
    assert changed[0]["DTSTART"].dt.strftime("%d %H:%M") == "27 07:30"
    prepared = [e for e in events_of(written(farm_feed)) if "RECURRENCE-ID" in e]
    assert [event["SUMMARY"] for event in prepared] == ["Chez Odile: 7 kg Tomatoes"]


def test_what_is_no_longer_sold_is_left_out(kitchen, feed, farm_feed, written):
    order = kitchen.standing_order(first_day=date(2027, 2, 2))
    kitchen.tomatoes.is_available = False
    kitchen.tomatoes.save()
    assert "Tomatoes –" not in written(feed).decode()
    assert not events_of(written(farm_feed))
    assert order.occurrences.count() == 0


def test_orders_kept_in_a_pause_still_come(kitchen, feed, written):
    order = kitchen.standing_order()
    services.pause_standing_order(
        standing_order_id=order.pk,
        version=1,
        from_day=date(2026, 11, 26),
        to_day=None,
        reason="",
        cancels_made=False,
        actor=kitchen.odile,
        at=NOW,
    )
    found = read_back(written(feed), date(2026, 11, 24), date(2027, 2, 1))
    assert len(found) == order.occurrences.filter(state="generated").count() > 1


def test_orders_by_hand_are_single_events(kitchen, feed, farm_feed, written, alpha):
    order = place_order(
        OrderDraft(
            buyer_id=kitchen.restaurant.pk,
            kind=Order.Kind.SUPPLY,
            after=NOW + timedelta(days=3),
            before=NOW + timedelta(days=3, hours=1),
            lines=(LineDraft(kitchen.tomatoes.pk, Decimal(3)),),
            action_id=uuid.uuid4(),
        ),
        actor=kitchen.odile,
        at=NOW,
    )
    (event,) = events_of(written(feed))
    assert event["SUMMARY"] == f"Delivery: {order.number}"
    assert (event["STATUS"], event["DESCRIPTION"]) == (
        "CONFIRMED",
        "3 kg Tomatoes – Ferme des Trois Ormes",
    )
    assert event["DTSTART"].dt == NOW + timedelta(days=3)
    (prepared,) = events_of(written(farm_feed))
    assert prepared["SUMMARY"] == "Chez Odile: 3 kg Tomatoes"
    cancel_order(order_id=order.pk, actor=kitchen.odile, at=NOW)
    assert [e["STATUS"] for e in events_of(written(feed))] == ["CANCELLED"]
    assert [e["STATUS"] for e in events_of(written(farm_feed))] == ["CANCELLED"]


def test_a_parcel_tells_no_door_no_phone_and_no_street(kitchen, feed, written):
    home: Address = AddressFactory(street="7, rue Secrète", instructions="Code 40B17")
    kitchen.standing_order(
        kind="delivery",
        name="Bread for Paul",
        lines=(),
        recipient="Paul Ferrand",
        recipient_phone="+33 6 12 34 56 78",
        recipient_address_id=home.pk,
        load="1 bag",
        note="Key under the mat",
    )
    place_order(
        OrderDraft(
            buyer_id=kitchen.restaurant.pk,
            kind=Order.Kind.DELIVERY,
            after=NOW + timedelta(days=3),
            before=NOW + timedelta(days=3, hours=1),
            parcel=ParcelDraft("Paul Ferrand", "+33 6 12 34 56 78", home.pk, "1 box", 1000),
            note="Code 40B17",
        ),
        actor=kitchen.odile,
        at=NOW,
    )
    body = written(feed)
    event = events_of(body)[0]
    assert event["SUMMARY"] == "Parcel: Bread for Paul"
    assert event["DESCRIPTION"] == "For Paul Ferrand\n1 bag"
    assert event["LOCATION"] == "38000 Grenoble"
    unfolded = body.replace(b"\r\n ", b"").decode()
    for secret in ("40B17", "12 34 56", "Secrète", "under the mat"):
        assert secret not in unfolded


def test_another_s_orders_are_not_in_it(kitchen, written):
    kitchen.standing_order()
    other = MembershipFactory()
    assert not events_of(written(opened(other.business, other.user)))


def test_marks_of_the_format_in_names_are_only_text(kitchen, feed, written):
    name = "Eggs;\\n\r\nEND:VEVENT\r\nBEGIN:VALARM, \x07 “x”"
    kitchen.standing_order(name=name)
    events = events_of(written(feed))
    assert not [part for event in events for part in event.subcomponents]
    assert events[0]["SUMMARY"] == "Delivery: Eggs;\\n\nEND:VEVENT\nBEGIN:VALARM,  “x”"
