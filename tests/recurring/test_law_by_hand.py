"""A newer time zone database, and orders that a person placed for a single day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from coopcycle.models import OutboxMessage
from dispatch.models import Task
from orders.models import Order, OrderEvent
from orders.ordering import changing
from orders.ordering.drafts import LineDraft, OrderDraft, ParcelDraft
from orders.ordering.services import cancel_order, place_order
from recurring.models import StandingOrder
from recurring.services import follow_law
from tests.factories import AddressFactory, MembershipFactory

MARCH = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)  # a Monday; clocks go forward on Sunday, the 29th
TUESDAY = datetime(2026, 3, 31, 5, 0, tzinfo=UTC)  # 7:00 in Grenoble
HOUR = timedelta(hours=1)
NO_SUMMER_TIME = "Africa/Lagos"  # UTC+1 all the year
pytestmark = pytest.mark.django_db


def draft(kitchen, **changes) -> OrderDraft:
    said = {
        "buyer_id": kitchen.restaurant.pk,
        "kind": Order.Kind.SUPPLY,
        "after": TUESDAY,
        "before": TUESDAY + HOUR,
        "lines": (LineDraft(kitchen.tomatoes.pk, Decimal(5)),),
    }
    return OrderDraft(**(said | changes))


def placed(kitchen, **changes) -> Order:
    return place_order(draft(kitchen, **changes), actor=kitchen.odile, at=MARCH)


def again(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def mails() -> dict[str, dict]:
    found = list(OutboxMessage.objects.filter(payload__template="clock_law").order_by("pk"))
    by_reader = {message.payload["to"]: message.payload for message in found}
    assert len(by_reader) == len(found)  # one a reader
    return by_reader


def stops(order: Order) -> list[tuple[str, datetime, datetime]]:
    tasks = Task.objects.filter(delivery__order=order).order_by("kind")
    return [(task.kind, task.after, task.before) for task in tasks]


def test_it_says_what_the_clock_said_when_it_was_placed(kitchen):
    order = placed(kitchen)
    assert (order.wall_start, order.promised_timezone) == ("2026-03-31T07:00:00", "Europe/Paris")


def test_an_order_of_a_standing_order_leaves_that_to_its_date(kitchen):
    kitchen.standing_order(at=MARCH, first_day=TUESDAY.date())
    said = set(Order.objects.values_list("wall_start", "promised_timezone"))
    assert said == {("", "")}


def test_it_keeps_its_time_on_the_clock_with_all_its_stops(kitchen, release):
    order = placed(kitchen)
    former = stops(order)
    release(NO_SUMMER_TIME)
    found = follow_law(at=MARCH)
    moved = again(order)
    assert [(shift.order.pk, shift.now) for shift in found.moved] == [
        (order.pk, datetime(2026, 3, 31, 7, 0))
    ]
    assert found.stayed == []
    assert (moved.after, moved.before) == (TUESDAY + HOUR, TUESDAY + 2 * HOUR)
    assert stops(order) == [(kind, after + HOUR, before + HOUR) for kind, after, before in former]
    assert f"{moved.after.astimezone(ZoneInfo('Europe/Paris')):%H:%M}" == "07:00"
    assert (moved.day, moved.goods_minor, moved.wall_start) == (
        order.day,
        order.goods_minor,
        order.wall_start,
    )
    event = OrderEvent.objects.filter(order=order).first()
    assert (event.kind, event.actor, event.details["by_hand"]) == ("changed", None, False)
    assert set(event.details["after"]) == {"window", "pickup"}


def test_a_parcel_follows_as_well(kitchen, release):
    parcel = ParcelDraft("Lou", "", AddressFactory().pk, "A cake", 900)
    order = placed(kitchen, kind=Order.Kind.DELIVERY, lines=(), parcel=parcel)
    release(NO_SUMMER_TIME)
    follow_law(at=MARCH)
    assert again(order).after == TUESDAY + HOUR
    assert {stop[0] for stop in stops(order)} == {"PICKUP", "DROPOFF"}


def test_its_people_are_told_once_and_find_it_by_its_number(kitchen, release):
    order = placed(kitchen)
    farmer = MembershipFactory(business=kitchen.tomatoes.producer).user
    release(NO_SUMMER_TIME)
    follow_law(at=MARCH)
    told = mails()
    assert told.keys() >= {kitchen.odile.email, farmer.email, kitchen.office.email}
    line = {"day": "Tuesday 31 March", "time": "07:00", "before": "07:00", "reason": ""}
    assert told[kitchen.odile.email]["context"]["moved"] == [{**line, "name": order.number}]
    assert told[farmer.email]["context"]["moved"] == [{**line, "name": "Chez Odile"}]
    again_found = follow_law(at=MARCH)
    assert (again_found.moved, again_found.stayed) == ([], [])
    assert mails() == told
    assert again(order).after == TUESDAY + HOUR


def test_one_mail_tells_of_both_kinds(kitchen, release):
    kitchen.standing_order(at=MARCH, first_day=TUESDAY.date())
    order = placed(kitchen)
    release(NO_SUMMER_TIME)
    follow_law(at=MARCH)
    names = [line["name"] for line in mails()[kitchen.odile.email]["context"]["moved"]]
    assert names == ["Tomatoes and apples", order.number, "Tomatoes and apples"]
    assert StandingOrder.objects.get().events.filter(kind="law").count() == 1


def test_a_closed_one_stays_at_the_moment_that_was_promised_and_is_told_once(kitchen, release):
    order = placed(kitchen)
    evening = datetime(2026, 3, 30, 17, 0, tzinfo=UTC)  # the list closed at 18:00, at 16:00 UTC
    release(NO_SUMMER_TIME)
    found = follow_law(at=evening)
    assert again(order).after == TUESDAY
    [stayed] = found.stayed
    assert (stayed.reason, f"{stayed.before:%H:%M}", f"{stayed.now:%H:%M}") == (
        "closed_list",
        "07:00",
        "06:00",
    )
    assert follow_law(at=evening).stayed == []
    assert [line["before"] for line in mails()[kitchen.odile.email]["context"]["stayed"]] == [
        "07:00"
    ]


def test_one_that_is_picked_up_stays(kitchen, release):
    order = placed(kitchen)
    Task.objects.filter(delivery__order=order, kind="PICKUP").update(
        status="FAILED", finished_at=MARCH
    )
    release(NO_SUMMER_TIME)
    [stayed] = follow_law(at=MARCH).stayed
    assert (stayed.reason, again(order).after) == ("begun", TUESDAY)


def test_what_is_past_or_called_off_is_left_alone(kitchen, release):
    past = placed(kitchen)
    called_off = placed(kitchen)
    Order.objects.filter(pk=past.pk).update(state="fulfilled")
    cancel_order(order_id=called_off.pk, actor=kitchen.odile, at=MARCH)
    open_one = placed(kitchen)
    release(NO_SUMMER_TIME)
    assert [shift.order.pk for shift in follow_law(at=MARCH).moved] == [open_one.pk]
    found = follow_law(at=TUESDAY + 3 * HOUR)
    assert (found.moved, found.stayed) == ([], [])
    assert (again(past).after, again(called_off).after) == (TUESDAY, TUESDAY)


def test_what_a_hand_says_later_is_what_counts(kitchen, release):
    order = placed(kitchen)
    changing.change_order(
        draft(kitchen, after=TUESDAY + 2 * HOUR, before=TUESDAY + 3 * HOUR),
        order_id=order.pk,
        version=order.version,
        actor=kitchen.odile,
        at=MARCH,
    )
    assert again(order).wall_start == "2026-03-31T09:00:00"
    release(NO_SUMMER_TIME)
    follow_law(at=MARCH)
    assert again(order).after == TUESDAY + 3 * HOUR


def test_what_was_promised_on_a_former_clock_follows_the_law_of_that_clock(alpha, kitchen, release):
    order = placed(kitchen)
    Order.objects.update(promised_timezone="Europe/Lisbon", wall_start="2026-03-31T06:00:00")
    release(NO_SUMMER_TIME)  # in Paris: nothing to do with Lisbon's six o'clock
    found = follow_law(at=MARCH)
    assert (found.moved, found.stayed, again(order).after) == ([], [], TUESDAY)


def test_orders_of_before_are_read_by_todays_clock(kitchen, release):
    order = placed(kitchen)
    Order.objects.update(wall_start="", promised_timezone="")
    follow_law(at=MARCH)
    assert (again(order).wall_start, again(order).promised_timezone) == (
        "2026-03-31T07:00:00",
        "Europe/Paris",
    )
    release(NO_SUMMER_TIME)
    assert len(follow_law(at=MARCH).moved) == 1


def test_the_hour_that_comes_twice_is_no_change_of_law(kitchen):
    twice = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 2:30 for the second time
    order = placed(kitchen, after=twice, before=twice + HOUR)
    assert order.wall_start == "2026-10-25T02:30:00"
    found = follow_law(at=MARCH)
    assert (found.moved, found.stayed, again(order).after) == ([], [], twice)


def test_the_look_asks_the_same_for_many(kitchen, django_assert_num_queries):
    for _number in range(3):
        placed(kitchen)
    with django_assert_num_queries(5):  # savepoint, lock, two looks, release
        follow_law(at=MARCH)
