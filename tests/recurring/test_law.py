"""A newer time zone database: a country has altered its clock changes by law."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from coopcycle.models import OutboxMessage
from dispatch.models import Task
from orders.models import Order, OrderEvent
from orders.ordering import changing
from orders.ordering.drafts import LineDraft, OrderDraft
from recurring.generation import generate
from recurring.models import Occurrence, StandingOrder
from recurring.services import end_standing_order, follow_law
from recurring.tasks import follow_law_for_cooperative
from tests.factories import MembershipFactory
from tests.recurring.conftest import NOW

MARCH = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)  # a Monday; clocks go forward on Sunday, the 29th
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(kitchen):
    """Tuesdays and Fridays at 6:30: four dates are made, two of them in summer time."""
    return kitchen.standing_order(at=MARCH, first_day=date(2026, 3, 24))


def clock(order: Order, zone: str = "Europe/Paris") -> str:
    return f"{order.after.astimezone(ZoneInfo(zone)):%m-%d %H:%M}"


def instants(rule: StandingOrder) -> list[str]:
    orders = Order.objects.filter(occurrence__standing_order=rule).order_by("after")
    return [f"{order.after.astimezone(UTC):%m-%d %H:%M}" for order in orders]


def mails() -> list[dict]:
    found = OutboxMessage.objects.filter(payload__template="clock_law").order_by("pk")
    return [message.payload for message in found]


def test_orders_follow_where_the_law_ends_summer_time(rule, release):
    assert instants(rule) == ["03-24 05:30", "03-27 05:30", "03-31 04:30", "04-03 04:30"]
    release("Africa/Lagos")  # UTC+1 all the year
    found = follow_law(at=MARCH)
    assert instants(rule) == ["03-24 05:30", "03-27 05:30", "03-31 05:30", "04-03 05:30"]
    assert [f"{shift.now:%m-%d %H:%M}" for shift in found.moved] == ["03-31 06:30", "04-03 06:30"]
    assert found.stayed == []
    assert {clock(order)[-5:] for order in Order.objects.all()} == {"06:30"}


def test_stops_and_the_row_move_with_the_order_and_nothing_else_of_it(rule, release):
    row = rule.occurrences.order_by("starts_at").last()
    former = Order.objects.get(pk=row.order_id)
    release("Africa/Lagos")
    follow_law(at=MARCH)
    row.refresh_from_db()
    order = row.order
    assert (row.starts_at, row.wall_start) == (former.after + HOUR, "2026-04-03T06:30:00")
    assert (order.after, order.before) == (former.after + HOUR, former.before + HOUR)
    assert order.day == former.day
    assert (order.goods_minor, order.delivery_minor) == (former.goods_minor, former.delivery_minor)
    assert {task.after.astimezone(UTC).hour for task in Task.objects.filter(
        delivery__order=order, kind="DROPOFF")} == {5}  # fmt: skip
    event = OrderEvent.objects.filter(order=order).first()
    assert (event.kind, set(event.details["after"])) == ("changed", {"window", "pickup"})


def test_a_closed_one_stays_at_the_moment_that_was_promised_and_is_told(kitchen, release):
    evening = datetime(2026, 3, 30, 17, 0, tzinfo=UTC)  # the list closed at 18:00, at 16:00 UTC
    rule = kitchen.standing_order(at=MARCH, first_day=date(2026, 3, 31))
    release("Africa/Lagos")
    found = follow_law(at=evening)
    assert instants(rule)[0] == "03-31 04:30"
    [stayed] = found.stayed
    assert (stayed.reason, f"{stayed.before:%H:%M}", f"{stayed.now:%H:%M}") == (
        "closed_list",
        "06:30",
        "05:30",
    )
    told = next(mail for mail in mails() if mail["to"] == kitchen.odile.email)["context"]
    assert told["stayed"] == [
        {
            "day": "Tuesday 31 March",
            "time": "05:30",
            "before": "06:30",
            "name": "Tomatoes and apples",
            "reason": "Its list is closed already",
        }
    ]


def time_by_hand(kitchen, order: Order, *, at: datetime = MARCH, **changes) -> None:
    """The office changes the order itself, not its date: what is not said stays as it is."""
    wanted = order.occurrence.standing_order.versions.get().lines.order_by("pk")
    pickup = Task.objects.filter(delivery__order=order, kind="PICKUP").first()
    said = {
        "buyer_id": order.buyer_id,
        "kind": Order.Kind.SUPPLY,
        "after": order.after,
        "before": order.before,
        "pickup": (pickup.after, pickup.before),
        "lines": tuple(LineDraft(line.product_id, line.quantity) for line in wanted),
        "note": order.note,
    }
    changing.change_order(
        OrderDraft(**(said | changes)),
        order_id=order.pk,
        version=order.version,
        actor=kitchen.office,
        at=at,
    )


def last(rule: StandingOrder) -> Order:
    """Of Friday, the third of April, at 4:30 UTC."""
    return rule.occurrences.order_by("starts_at").last().order


def hour_of(order: Order, kind: str) -> set[int]:
    stops = Task.objects.filter(delivery__order=order, kind=kind)
    return {task.after.astimezone(UTC).hour for task in stops}


def test_what_a_hand_has_timed_follows_its_own_time(kitchen, rule, release):
    order = last(rule)
    nine = datetime(2026, 4, 3, 7, 0, tzinfo=UTC)
    time_by_hand(kitchen, order, after=nine, before=nine + HOUR)
    order.refresh_from_db()
    assert (order.wall_start, order.promised_timezone) == ("2026-04-03T09:00:00", "Europe/Paris")
    release("Africa/Lagos")
    found = follow_law(at=MARCH)
    assert instants(rule)[2:] == ["03-31 05:30", "04-03 08:00"]
    assert hour_of(order, "DROPOFF") == {8}
    assert found.stayed == []
    row = rule.occurrences.get(order=order)
    assert (row.wall_start, clock(last(rule))) == ("2026-04-03T06:30:00", "04-03 09:00")
    assert row.starts_at == datetime(2026, 4, 3, 5, 30, tzinfo=UTC)
    told = next(mail for mail in mails() if mail["to"] == kitchen.odile.email)["context"]
    assert [(line["name"], line["time"]) for line in told["moved"]] == [
        ("Tomatoes and apples", "06:30"),
        ("Tomatoes and apples", "09:00"),
    ]
    assert rule.events.first().counts == {"updated": 2}
    again = follow_law(at=MARCH)
    assert (again.moved, again.stayed) == ([], [])


def test_what_a_hand_brought_to_a_day_of_another_clock_follows_though_its_date_stays(
    kitchen, rule, release
):
    """Its date, the 27th of March, is before the clocks go forward; its order comes after it."""
    row = rule.occurrences.get(original_start="2026-03-27T06:30:00")
    monday = datetime(2026, 3, 30, 4, 30, tzinfo=UTC)
    time_by_hand(kitchen, row.order, after=monday, before=monday + HOUR, pickup=None)
    release("Africa/Lagos")
    follow_law(at=MARCH)
    assert clock(Order.objects.get(pk=row.order_id)) == "03-30 06:30"
    assert rule.occurrences.get(pk=row.pk).starts_at == row.starts_at


def test_a_pick_up_timed_by_hand_keeps_its_time_and_the_window_is_the_rules(kitchen, rule, release):
    order = last(rule)
    early = datetime(2026, 4, 3, 2, 0, tzinfo=UTC)  # 4:00
    time_by_hand(kitchen, order, pickup=(early, early + HOUR))
    assert Order.objects.get(pk=order.pk).wall_start == ""
    release("Africa/Lagos")
    follow_law(at=MARCH)
    assert instants(rule)[3] == "04-03 05:30"
    assert (hour_of(order, "PICKUP"), hour_of(order, "DROPOFF")) == ({3}, {5})


def test_timed_by_hand_and_closed_it_stays_and_is_told_once(kitchen, rule, release):
    order = last(rule)
    nine = datetime(2026, 4, 3, 7, 0, tzinfo=UTC)
    time_by_hand(kitchen, order, after=nine, before=nine + HOUR)
    evening = datetime(2026, 4, 2, 17, 30, tzinfo=UTC)
    release("Africa/Lagos")
    found = follow_law(at=evening)
    assert [(shift.reason, f"{shift.now:%H:%M}") for shift in found.stayed] == [
        ("closed_list", "08:00")
    ]
    assert last(rule).after == nine
    assert follow_law(at=evening).stayed == []


def test_what_a_hand_has_timed_before_orders_said_so_moves_with_its_date(kitchen, rule, release):
    order = last(rule)
    nine = datetime(2026, 4, 3, 7, 0, tzinfo=UTC)
    time_by_hand(kitchen, order, after=nine, before=nine + HOUR)
    Order.objects.filter(pk=order.pk).update(wall_start="", promised_timezone="")
    release("Africa/Lagos")
    assert follow_law(at=MARCH).stayed == []
    assert instants(rule)[3] == "04-03 08:00"


def test_a_second_run_finds_nothing_and_tells_nobody(rule, release):
    release("Africa/Lagos")
    follow_law(at=MARCH)
    told, before = len(mails()), instants(rule)
    again = follow_law(at=MARCH)
    assert (again.moved, again.stayed) == ([], [])
    assert (len(mails()), instants(rule)) == (told, before)


def test_buyer_producers_and_office_are_told_once_each(kitchen, rule, release):
    farm = kitchen.tomatoes.producer
    farmer = MembershipFactory(business=farm, user__language="fr").user
    release("Africa/Lagos")
    follow_law(at=MARCH)
    by_reader = {mail["to"]: mail for mail in mails()}
    assert len(by_reader) == len(mails())
    assert {kitchen.odile.email, farmer.email, kitchen.office.email} <= by_reader.keys()
    assert by_reader[farmer.email]["language"] == "fr"
    assert [line["day"] for line in by_reader[farmer.email]["context"]["moved"]] == [
        "mardi 31 mars",
        "vendredi 3 avril",
    ]
    assert [line["name"] for line in by_reader[kitchen.odile.email]["context"]["moved"]] == [
        "Tomatoes and apples"
    ] * 2


def test_the_history_says_by_which_release(rule, release):
    release("Africa/Lagos")
    follow_law(at=MARCH)
    event = rule.events.first()
    assert (event.kind, event.actor, event.counts) == ("law", None, {"updated": 2})
    assert event.changes == [{"what": "tzdata", "before": None, "after": "2026z"}]


def test_generation_before_the_look_makes_no_second_order(alpha, rule, release):
    release("Africa/Lagos")
    generate(alpha, at=MARCH + timedelta(hours=1))
    assert Order.objects.count() == 4
    follow_law(at=MARCH + timedelta(hours=1))
    assert instants(rule) == ["03-24 05:30", "03-27 05:30", "03-31 05:30", "04-03 05:30"]


def test_an_edit_before_the_look_brings_its_orders_along(kitchen, rule, release):
    release("Africa/Lagos")
    end_standing_order(
        standing_order_id=rule.pk,
        version=StandingOrder.objects.get(pk=rule.pk).version,
        last_day=date(2026, 12, 31),
        actor=kitchen.office,
        at=MARCH,
    )
    assert instants(rule)[2:] == ["03-31 05:30", "04-03 05:30"]


def test_where_no_law_has_changed_nothing_is_written(rule, django_assert_num_queries):
    before = list(Occurrence.objects.values_list("starts_at", "wall_start"))
    with django_assert_num_queries(5):  # savepoint, lock, two looks, release
        follow_law(at=MARCH)
    assert list(Occurrence.objects.values_list("starts_at", "wall_start")) == before
    assert mails() == []


def test_rows_of_before_are_read_by_todays_clock(rule, release):
    Occurrence.objects.update(wall_start="")
    follow_law(at=MARCH)
    assert set(Occurrence.objects.values_list("wall_start", flat=True)) == {
        "2026-03-24T06:30:00",
        "2026-03-27T06:30:00",
        "2026-03-31T06:30:00",
        "2026-04-03T06:30:00",
    }
    release("Africa/Lagos")
    assert len(follow_law(at=MARCH).moved) == 2


def test_what_was_promised_on_a_former_clock_follows_the_law_of_that_clock(rule, release):
    StandingOrder.objects.filter(pk=rule.pk).update(timezone="Europe/Lisbon")
    Occurrence.objects.update(promised_timezone="Europe/Paris")
    release("Africa/Lagos")
    follow_law(at=MARCH)
    assert instants(rule)[2:] == ["03-31 05:30", "04-03 05:30"]


def test_the_nightly_task_does_it(kitchen, release):
    """Through the worker's door, on the clock of the database."""
    rule = kitchen.standing_order(at=NOW)
    before = instants(rule)
    release("Africa/Maputo")  # UTC+2 all the year: summer time stays
    follow_law_for_cooperative()
    moved = Order.objects.filter(occurrence__standing_order=rule, after__gt=datetime.now(UTC))
    assert {clock(order)[-5:] for order in moved} == {"06:30"}
    assert instants(rule) != before
