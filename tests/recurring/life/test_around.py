"""What surrounds a standing order: couriers, zones, habits, totals, and a co-op that is away."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dispatch.models import Task
from orders.models import PriceList
from orders.ordering.drafts import LineDraft, OrderDraft, ParcelDraft
from orders.ordering.services import place_order
from recurring import calendars, services, tasks
from recurring.generation import generate
from recurring.models import SuggestionRest
from recurring.rules import parse_rule
from recurring.services import DateChange, WindowDraft
from recurring.suggestions import suggestions
from recurring.tasks import generate_everywhere
from recurring.totals import coming_totals
from tenants.context import current_cooperative, in_federation
from tenants.models import Cooperative
from tests.factories import (
    AddressFactory,
    BusinessFactory,
    CourierFactory,
    MembershipFactory,
    ProductFactory,
)
from tests.recurring.conftest import NOW
from tests.recurring.life.conftest import coming, days, lines, made, order_zone, seen, states

FIRST = "2026-11-24T06:30:00"
LATER = "2026-12-04T06:30:00"
TODAY = date(2026, 11, 23)


def test_the_usual_courier_gets_the_stops_as_soon_as_they_are_made(kitchen):
    courier = CourierFactory()
    order = kitchen.standing_order(usual_courier_id=courier.pk)
    tasks = made(order, FIRST).delivery.tasks.all()
    assert {task.tour.courier for task in tasks} == {courier}
    assert [t.kind for t in sorted(tasks, key=lambda task: task.position)][-1] == "DROPOFF"


def test_a_courier_who_left_gets_nothing_and_the_order_is_made(kitchen):
    courier = CourierFactory(archived_at=NOW)
    order = kitchen.standing_order(usual_courier_id=courier.pk)
    assert set(made(order, FIRST).delivery.tasks.values_list("tour", flat=True)) == {None}
    assert len(coming(order)) == 4


def test_a_pick_up_in_the_evening_before_is_on_that_days_round(kitchen):
    courier = CourierFactory()
    evening = WindowDraft(time(6, 30), 30, pickup_opens=time(18), pickup_days_before=1)
    order = kitchen.standing_order(usual_courier_id=courier.pk, windows=(evening,))
    tours = {task.kind: task.tour.day for task in made(order, FIRST).delivery.tasks.all()}
    assert tours == {"PICKUP": date(2026, 11, 23), "DROPOFF": date(2026, 11, 24)}


def move_clock(cooperative, timezone):
    with in_federation():
        Cooperative.objects.filter(pk=cooperative.pk).update(timezone=timezone)


def test_in_another_zone_the_wall_clock_stays_and_what_is_promised_too(alpha, kitchen):
    order = kitchen.standing_order()
    shown = services.follow_zone("Europe/Lisbon", actor=kitchen.office, at=NOW, is_rehearsal=True)
    assert days(shown.left) == ["11-24", "11-27", "12-01", "12-04"]
    assert order_zone(order).key == "Europe/Paris"
    before = [made(order, FIRST).after, made(order, "2026-12-04T06:30:00").after]
    move_clock(alpha, "Europe/Lisbon")
    assert services.follow_zone("Europe/Lisbon", actor=kitchen.office, at=NOW) == shown
    generate(alpha, at=NOW + timedelta(days=1))
    assert [made(order, FIRST).after, made(order, "2026-12-04T06:30:00").after] == before
    assert f"{made(order, '2026-12-08T06:30:00').after:%H:%M}" == "06:30"  # in UTC
    services.skip_date(
        **seen(order), original_start="2026-12-08T06:30:00", actor=kitchen.odile, at=NOW
    )
    assert made(order, FIRST).after == before[0]


@pytest.fixture
def in_lisbon(alpha, kitchen):
    """A standing order of Grenoble, whose co-op has moved to the clock of Lisbon."""
    order = kitchen.standing_order()
    move_clock(alpha, "Europe/Lisbon")
    services.follow_zone("Europe/Lisbon", actor=kitchen.office, at=NOW)
    return order


def test_what_was_promised_stays_when_its_contents_change_later(kitchen, in_lisbon):
    order, before = in_lisbon, made(in_lisbon, LATER).after
    services.change_date(
        DateChange(lines=((kitchen.tomatoes.pk, Decimal(3)),)),
        **seen(order),
        original_start=LATER,
        actor=kitchen.odile,
        at=NOW,
    )
    assert lines(made(order, LATER)) == {"Tomatoes": 3}
    assert made(order, LATER).after == before
    assert order.occurrences.get(original_start=LATER).promised_timezone == "Europe/Paris"


def test_a_time_that_is_said_after_the_move_is_on_the_new_clock(kitchen, in_lisbon):
    services.move_date(
        **seen(in_lisbon),
        original_start=LATER,
        new_start=datetime(2026, 12, 3, 9),
        actor=kitchen.odile,
        at=NOW,
    )
    assert f"{made(in_lisbon, LATER).after:%m-%d %H:%M}" == "12-03 09:00"  # in UTC
    assert in_lisbon.occurrences.get(original_start=LATER).promised_timezone == ""


def test_a_promise_outlives_two_moves(alpha, kitchen, in_lisbon):
    before = made(in_lisbon, LATER).after
    move_clock(alpha, "Europe/Athens")
    found = services.follow_zone("Europe/Athens", actor=kitchen.office, at=NOW)
    assert days(found.left) == ["11-24", "11-27", "12-01", "12-04"]
    assert made(in_lisbon, LATER).after == before
    assert order_zone(in_lisbon).key == "Europe/Athens"
    assert {row.promised_timezone for row in in_lisbon.occurrences.all()} == {"Europe/Paris"}


def test_a_move_to_the_east_calls_nothing_off_that_is_over_on_the_new_clock(alpha, kitchen):
    order = kitchen.standing_order()
    soon = NOW.replace(hour=16, minute=45)  # the list is open; on the new clock 6:30 has passed
    move_clock(alpha, "Pacific/Kiritimati")
    services.follow_zone("Pacific/Kiritimati", actor=kitchen.office, at=soon)
    services.change_date(
        DateChange(lines=((kitchen.tomatoes.pk, Decimal(3)),)),
        **seen(order),
        original_start=LATER,
        actor=kitchen.office,
        at=soon,
    )
    assert states(order)["11-24"] == "generated"


def test_a_law_that_moves_the_clocks_leaves_orders_that_are_made(alpha, kitchen, monkeypatch):
    """tzdata's next release, as if France had taken Montreal's rules, between two runs."""
    order = kitchen.standing_order()
    made = dict(order.occurrences.values_list("original_start", "starts_at"))
    with files("tzdata.zoneinfo.America").joinpath("Toronto").open("rb") as release:
        new_law = ZoneInfo.from_file(release, key="Europe/Paris")
    monkeypatch.setattr(calendars, "zone_named", lambda _name: new_law)
    run = generate(alpha, at=NOW + timedelta(days=2))
    kept = dict(order.occurrences.values_list("original_start", "starts_at"))
    new = kept.pop("2026-12-08T06:30:00")
    assert (run.generated, kept) == (1, made)
    assert new == datetime(2026, 12, 8, 11, 30, tzinfo=UTC)  # half past six by the new law


def test_of_three_restaurants_one_stops_and_only_its_orders_go(kitchen):
    buyers = [kitchen.restaurant, *(MembershipFactory().business for _more in range(2))]
    orders = [replace(kitchen, restaurant=buyer).standing_order() for buyer in buyers]
    services.end_standing_order(
        **seen(orders[1]), last_day=date(2026, 11, 23), actor=kitchen.office, at=NOW
    )
    assert [set(states(order).values()) for order in orders] == [
        {"generated"},
        {"cancelled"},
        {"generated"},
    ]


def test_a_suspended_co_op_makes_nothing(alpha, db, monkeypatch):
    started = []
    work = lambda: started.append(current_cooperative().slug)  # noqa: E731 - one line is enough
    monkeypatch.setattr(tasks.generate_for_cooperative, "delay", work)
    with in_federation():
        Cooperative.objects.filter(pk=alpha.pk).update(is_active=False)
    generate_everywhere()
    assert started == ["beta"]


class TestHabits:
    """The same three weeks in a row."""

    def order_by_hand(self, kitchen, day, *quantities):
        at = datetime.combine(day - timedelta(days=2), NOW.timetz())
        after = datetime.combine(day, datetime.min.time(), tzinfo=NOW.tzinfo) + timedelta(hours=8)
        products = (kitchen.tomatoes, kitchen.apples)
        draft = OrderDraft(
            buyer_id=kitchen.restaurant.pk,
            kind="supply",
            after=after,
            before=after + timedelta(hours=1),
            lines=tuple(
                LineDraft(product.pk, Decimal(quantity))
                for product, quantity in zip(products, quantities, strict=False)
            ),
        )
        return place_order(draft, actor=kitchen.odile, at=at)

    def test_is_proposed_with_the_latest_order(self, kitchen):
        wednesdays = [date(2026, 11, 4), date(2026, 11, 11), date(2026, 11, 18)]
        orders = [self.order_by_hand(kitchen, day, n + 1) for n, day in enumerate(wednesdays)]
        (found,) = suggestions([kitchen.restaurant], today=TODAY)
        assert (found.order, found.weekday, found.weeks) == (orders[-1], 3, 3)

    @pytest.mark.parametrize(
        "wednesdays",
        [
            [date(2026, 11, 11), date(2026, 11, 18)],
            [date(2026, 10, 28), date(2026, 11, 11), date(2026, 11, 18)],
        ],
    )
    def test_twice_or_with_a_gap_is_no_habit(self, kitchen, wednesdays):
        for day in wednesdays:
            self.order_by_hand(kitchen, day, 1)
        assert suggestions([kitchen.restaurant], today=TODAY) == []

    def test_what_stands_already_is_not_proposed(self, kitchen):
        for day in (date(2026, 11, 4), date(2026, 11, 11), date(2026, 11, 18)):
            self.order_by_hand(kitchen, day, 1, 2)
        kitchen.standing_order(weekdays=[3])
        assert suggestions([kitchen.restaurant], today=TODAY) == []
        assert suggestions([BusinessFactory()], today=TODAY) == []

    @pytest.mark.parametrize(
        ("rule", "is_proposed"),
        [
            ("FREQ=WEEKLY;BYDAY=TU", True),
            ("FREQ=WEEKLY", True),  # begins on a Tuesday
            ("FREQ=WEEKLY;BYDAY=TU,WE", False),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", False),
            ("FREQ=DAILY", False),
            ("FREQ=DAILY;BYDAY=MO,TU", True),
            ("FREQ=MONTHLY;BYMONTHDAY=4", False),  # any weekday
        ],
    )
    def test_what_stands_on_other_weekdays_only_is_proposed(self, kitchen, rule, is_proposed):
        for day in (date(2026, 11, 4), date(2026, 11, 11), date(2026, 11, 18)):
            self.order_by_hand(kitchen, day, 1, 2)
        kitchen.standing_order(rule=parse_rule(rule), first_day=date(2026, 11, 24))
        found = [each.weekday for each in suggestions([kitchen.restaurant], today=TODAY)]
        assert found == ([3] if is_proposed else [])

    def test_what_stood_on_its_weekday_before_a_change_is_proposed_again(self, kitchen):
        for day in (date(2026, 11, 4), date(2026, 11, 11), date(2026, 11, 18)):
            self.order_by_hand(kitchen, day, 1, 2)
        order = kitchen.standing_order(weekdays=[3], first_day=TODAY - timedelta(weeks=9))
        act = {"actor": kitchen.odile, "at": NOW}
        since = {"scope": services.Scope.FOLLOWING, "original_start": "2026-12-02T06:30:00"}
        later = kitchen.draft(weekdays=[2], first_day=date(2026, 11, 30))
        services.edit_standing_order(later, **seen(order), **since, **act)
        assert order.versions.count() == 2
        assert suggestions([kitchen.restaurant], today=TODAY) == []  # one Wednesday is to come
        assert len(suggestions([kitchen.restaurant], today=date(2026, 12, 3))) == 1

    def send_by_hand(self, kitchen, day, recipient="Crèche du Parc"):
        at = datetime.combine(day - timedelta(days=2), NOW.timetz())
        after = datetime.combine(day, datetime.min.time(), tzinfo=NOW.tzinfo) + timedelta(hours=12)
        place = AddressFactory(street="4 place du Parc", postal_code="38000")
        draft = OrderDraft(
            buyer_id=kitchen.restaurant.pk,
            kind="delivery",
            after=after,
            before=after + timedelta(hours=1),
            parcel=ParcelDraft(recipient, "", place.pk, "2 crates", 8000),
        )
        return place_order(draft, actor=kitchen.odile, at=at)

    def test_a_parcel_to_the_same_place_is_proposed_until_it_stands_or_rests(
        self, kitchen, client_for
    ):
        mondays = [date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16)]
        written = ("Crèche du Parc", "crèche  du parc", "Crèche du Parc ")
        for day, recipient in zip(mondays, written, strict=True):
            order = self.send_by_hand(kitchen, day, recipient)
            self.send_by_hand(kitchen, day, f"Somebody else on {day}")
        (found,) = suggestions([kitchen.restaurant], today=TODAY)
        assert (found.order, found.weekday, found.weeks) == (order, 1, 3)
        assert found.recipient == "Crèche du Parc "
        services.rest_suggestion(order, actor=kitchen.odile, at=NOW)
        assert suggestions([kitchen.restaurant], today=TODAY) == []
        SuggestionRest.objects.all().delete()
        draft = services.draft_from_order(order, first_day=date(2026, 11, 30))
        services.create_standing_order(
            draft, buyer=kitchen.restaurant, actor=kitchen.odile, at=NOW, action_id=uuid.uuid4()
        )
        assert suggestions([kitchen.restaurant], today=TODAY) == []

    def test_what_stood_and_has_ended_is_proposed_again(self, kitchen):
        for day in (date(2026, 11, 4), date(2026, 11, 11), date(2026, 11, 18)):
            self.order_by_hand(kitchen, day, 1, 2)
        ended = parse_rule("FREQ=WEEKLY;BYDAY=WE;COUNT=2")
        kitchen.standing_order(rule=ended, first_day=TODAY - timedelta(weeks=9))
        assert len(suggestions([kitchen.restaurant], today=TODAY)) == 1

    def test_not_now_rests_it_for_twelve_weeks(self, kitchen, client_for):
        for day in (date(2026, 11, 4), date(2026, 11, 11), date(2026, 11, 18)):
            self.order_by_hand(kitchen, day, 1)
        (found,) = suggestions([kitchen.restaurant], today=TODAY)
        for _twice in range(2):
            until = services.rest_suggestion(found.order, actor=kitchen.odile, at=NOW)
        assert until == TODAY + timedelta(weeks=12)
        assert suggestions([kitchen.restaurant], today=TODAY) == []
        SuggestionRest.objects.update(until=TODAY - timedelta(days=1))
        assert len(suggestions([kitchen.restaurant], today=TODAY)) == 1

    def test_not_now_is_said_on_the_page_and_by_nobody_else(self, kitchen, client_for):
        order = self.order_by_hand(kitchen, date(2026, 11, 18), 1)
        address = reverse("recurring:suggestion-rest", args=[order.pk])
        stranger = client_for(MembershipFactory().user)
        assert stranger.post(address).status_code == 404
        assert not SuggestionRest.objects.exists()
        assert client_for(kitchen.odile).get(address).status_code == 405
        assert client_for(kitchen.odile).post(address).url == reverse("recurring:rule-list")
        rest = SuggestionRest.objects.get()
        assert (rest.buyer, rest.weekday, rest.products) == (
            kitchen.restaurant,
            3,
            [kitchen.tomatoes.pk],
        )

    def test_an_order_prefills_the_editor(self, kitchen):
        order = self.order_by_hand(kitchen, date(2026, 11, 18), 4, 2)
        draft = services.draft_from_order(order, first_day=date(2026, 11, 25))
        assert str(draft.rule) == "FREQ=WEEKLY;BYDAY=WE"
        (window,) = draft.windows
        assert (f"{window.opens:%H:%M}", window.minutes, window.pickup_days_before) == (
            "09:00",
            60,
            0,
        )
        standing = services.create_standing_order(
            draft, buyer=kitchen.restaurant, actor=kitchen.odile, at=NOW, action_id=order.action_id
        )
        assert lines(made(standing, "2026-11-25T09:00:00")) == lines(order)


def test_a_producer_sees_what_is_ordered_and_what_is_planned(kitchen, alpha):
    order = kitchen.standing_order()
    services.skip_date(
        **seen(order), original_start="2026-12-11T06:30:00", actor=kitchen.odile, at=NOW
    )
    found = [
        (f"{total.day:%m-%d}", total.product.name, total.ordered, total.planned)
        for total in coming_totals(kitchen.tomatoes.producer, alpha, at=NOW, weeks=3)
    ]
    assert found == [
        ("11-24", "Tomatoes", Decimal(12), Decimal(0)),
        ("11-27", "Tomatoes", Decimal(12), Decimal(0)),
        ("12-01", "Tomatoes", Decimal(12), Decimal(0)),
        ("12-04", "Tomatoes", Decimal(12), Decimal(0)),
        ("12-08", "Tomatoes", Decimal(0), Decimal(12)),
    ]


def test_totals_ask_no_more_for_ten_standing_orders(kitchen, alpha, django_assert_num_queries):
    kitchen.standing_order()
    with CaptureQueriesContext(connection) as one:
        coming_totals(kitchen.tomatoes.producer, alpha, at=NOW)
    for number in range(4):
        kitchen.standing_order(name=str(number))
    ProductFactory(producer=kitchen.tomatoes.producer)
    with django_assert_num_queries(len(one)):
        coming_totals(kitchen.tomatoes.producer, alpha, at=NOW)


def test_a_needed_price_is_asked_for_and_the_order_is_made(kitchen):
    PriceList.objects.all().delete()
    order = kitchen.standing_order()
    assert made(order, FIRST).needs_price
    assert Task.objects.filter(delivery__order=made(order, FIRST)).count() == 3
