"""Item 16: an object is found by those whose it is, and by nobody else."""

import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal
from operator import attrgetter

import pytest
from django.http import Http404

from accounts import permissions as of_accounts
from accounts.models import Business, Invitation, Membership, User
from dispatch import permissions as of_dispatch
from dispatch.models import Incident, LateReport, Proof, TaskEvent, UsualTour
from orders import permissions as of_orders
from orders.models import Closure, Order, Product
from orders.ordering.drafts import LineDraft, OrderDraft
from orders.ordering.services import place_order
from recurring import permissions as of_recurring
from recurring.feeds.models import CalendarFeed
from recurring.feeds.services import open_feed
from recurring.importing.models import RuleImport
from recurring.models import BulkPause, Occurrence, StandingOrder, StockDecision
from recurring.rules import weekly_rule
from recurring.services import RuleDraft, RuleLineDraft, WindowDraft, create_standing_order
from tests.factories import (
    CourierFactory,
    MembershipFactory,
    PriceListFactory,
    ProducerTermsFactory,
    ProductFactory,
    ShiftFactory,
    TaskFactory,
    TourFactory,
    UserFactory,
)
from tests.scenes import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    """Two kitchens with an owner each, a helper, a farm, two couriers, the office; one of each thing.

    Everything is the first kitchen's, the farm's or the first courier's.
    """
    PriceListFactory()
    kitchen, other = MembershipFactory(), MembershipFactory()
    farm = MembershipFactory(business__producer=True)
    people = {
        "owner": kitchen.user,
        "helper": MembershipFactory(business=kitchen.business, staff=True).user,
        "neighbour": other.user,
        "farmer": farm.user,
        "stranger": UserFactory(),
        "dispatcher": UserFactory(dispatcher=True),
        "administrator": UserFactory(administrator=True),
        "reader": UserFactory(is_reader=True),
        "accountant": UserFactory(is_accountant=True),
    }
    ProducerTermsFactory(producer=farm.business)
    tomatoes = ProductFactory(producer=farm.business)
    rider, colleague = CourierFactory(), CourierFactory()
    people |= {"rider": rider.user, "colleague": colleague.user}
    order = place_order(
        OrderDraft(
            buyer_id=kitchen.business.pk,
            kind=Order.Kind.SUPPLY,
            after=datetime(2026, 11, 25, 6, tzinfo=UTC),
            before=datetime(2026, 11, 25, 7, tzinfo=UTC),
            lines=(LineDraft(tomatoes.pk, Decimal(3)),),
        ),
        actor=kitchen.user,
        at=MONDAY,
    )
    rule = create_standing_order(
        RuleDraft(
            name="Tomatoes",
            kind="supply",
            rule=weekly_rule([5], 1, None),
            first_day=date(2026, 11, 27),
            windows=(WindowDraft(time(6, 30), 30),),
            lines=(RuleLineDraft(tomatoes.pk, Decimal(2)),),
        ),
        buyer=kitchen.business,
        actor=kitchen.user,
        at=MONDAY,
        action_id=uuid.uuid4(),
    )
    stop = TaskFactory(
        tour=TourFactory(courier=rider), position=0, delivery__sender=kitchen.business
    )
    happened = [
        TaskEvent.objects.create(task=stop, kind=kind, recorded_at=MONDAY)
        for kind in (TaskEvent.Kind.FAILED, TaskEvent.Kind.DONE)
    ]
    incident = Incident.objects.create(
        task=stop, event=happened[0], reason="absent", created_at=MONDAY
    )
    proof = Proof.objects.create(
        task=stop, event=happened[1], recipient_name="Odile", taken_at=MONDAY
    )
    late = LateReport.objects.create(
        task=stop,
        courier=rider,
        kind=LateReport.Kind.DONE,
        hindrance=LateReport.Hindrance.FINISHED,
        client_id=uuid.uuid4(),
        happened_at=MONDAY,
        recorded_at=MONDAY,
    )
    days = {"from_day": MONDAY.date(), "to_day": MONDAY.date(), "created_at": MONDAY}
    invited = Invitation.objects.create(
        email="new@example.org",
        name="Somebody New",
        roles=["is_courier"],
        secret_hash="0" * 64,
        created_at=MONDAY,
        expires_at=MONDAY,
    )
    brought = RuleImport.objects.create(
        source="csv", text="", created_by=kitchen.user, created_at=MONDAY
    )
    things = {
        "person": kitchen.user.pk,
        "invitation": invited.pk,
        "tour": UsualTour.objects.create(name="Morning, centre").pk,
        "bulk pause": BulkPause.objects.create(**days).pk,
        "closure": Closure.objects.create(producer=farm.business, **days).pk,
        "import": brought.pk,
        "business": kitchen.business.pk,
        "farm": farm.business.pk,
        "order": order.pk,
        "part": order.parts.get().pk,
        "product": tomatoes.pk,
        "rule": rule.pk,
        "task": stop.pk,
        "delivery": stop.delivery_id,
        "incident": incident.pk,
        "proof": proof.pk,
        "report": late.pk,
        "courier": rider.pk,
        "shift": ShiftFactory(courier=rider).pk,
    }
    return people, things


NOTHING = 0  # the number of no object
OFFICE = {"dispatcher", "administrator"}
LOOKS = OFFICE | {"reader"}  # and who sees orders, prices and businesses:
FINANCE = LOOKS | {"accountant"}
KITCHEN = {"owner", "helper"}
RULES = [
    (of_accounts.get_person_for, "person", {"administrator"}),
    (of_accounts.get_invitation_for, "invitation", {"administrator"}),
    (of_accounts.get_business_for, "business", KITCHEN | FINANCE),
    (of_accounts.get_own_business_for, "business", {"owner"} | OFFICE),
    (of_orders.get_order_for, "order", KITCHEN | FINANCE | {"farmer"}),
    (of_orders.get_own_order_for, "order", KITCHEN | OFFICE),
    (of_orders.get_part_for, "part", {"farmer"}),
    (of_orders.get_product_for, "product", {"farmer"}),
    (of_orders.get_producer_for, "farm", {"farmer"}),
    (of_orders.get_producer_for, "business", set()),
    (of_orders.get_buyer_for, "business", KITCHEN | OFFICE),
    (of_recurring.get_standing_order_for, "rule", KITCHEN | LOOKS),
    (of_recurring.get_bulk_pause_for, "bulk pause", OFFICE),
    (of_recurring.get_closure_for, "closure", {"farmer"}),
    (of_recurring.get_import_for, "import", {"owner"}),
    (of_recurring.get_short_product_for, "product", {"farmer"} | OFFICE),
    (of_dispatch.get_usual_tour_for, "tour", OFFICE),
    (of_dispatch.get_task_for, "task", KITCHEN | LOOKS | {"rider"}),
    (of_dispatch.get_task_once_ridden_by, "task", {"rider"}),
    (of_dispatch.get_delivery_for, "delivery", KITCHEN | OFFICE),
    (of_dispatch.get_incident_for, "incident", KITCHEN | LOOKS | {"rider"}),
    (of_dispatch.get_proof_for, "proof", KITCHEN | LOOKS | {"rider"}),
    (of_dispatch.get_report_for, "report", LOOKS | {"rider"}),
    (of_dispatch.get_courier_for, "courier", OFFICE | {"rider"}),
    (of_dispatch.get_shift_for, "shift", OFFICE),
]


@pytest.mark.parametrize(
    ("find", "kind", "allowed"), RULES, ids=[f"{find.__name__}-{kind}" for find, kind, _ in RULES]
)
def test_16_an_object_is_found_by_those_whose_it_is(town, find, kind, allowed):
    people, things = town
    found = set()
    for name, person in people.items():
        try:
            assert find(person, things[kind]).pk == things[kind]
        except Http404:
            continue
        found.add(name)
        with pytest.raises(Http404):
            find(person, NOTHING)  # one is asked for by its number, not taken as it comes

    assert found == allowed


# What a page tells with such an object, and must not go and fetch.
BROUGHT = [
    (of_accounts.get_business_for, "business", ["address"]),
    (of_orders.get_order_for, "order", ["buyer.address", "delivery"]),
    (of_orders.get_part_for, "part", ["order", "producer"]),
    (of_orders.get_product_for, "product", ["producer"]),
    (of_orders.get_producer_for, "farm", ["terms"]),
    (of_orders.get_buyer_for, "business", ["address"]),
    (of_recurring.get_standing_order_for, "rule", ["buyer"]),
    (of_recurring.get_closure_for, "closure", ["producer"]),
    (of_recurring.get_short_product_for, "product", ["producer"]),
    (of_dispatch.get_incident_for, "incident", ["task"]),
    (of_dispatch.get_report_for, "report", ["task"]),
    (of_dispatch.get_courier_for, "courier", ["user", "vehicle"]),
    (of_dispatch.get_shift_for, "shift", ["courier.user"]),
]


@pytest.mark.parametrize(
    ("find", "kind", "related"), BROUGHT, ids=[f"{find.__name__}" for find, _, _ in BROUGHT]
)
def test_what_is_told_with_an_object_comes_with_it(
    town, find, kind, related, django_assert_num_queries
):
    people, things = town
    allowed = next(who for door, name, who in RULES if (door, name) == (find, kind))
    found = find(people[min(allowed)], things[kind])

    with django_assert_num_queries(0):
        for path in related:
            assert attrgetter(path)(found).pk


@pytest.mark.parametrize("rode", ["courier_id", "from_id"])
def test_16_a_stop_taken_out_of_a_round_is_still_there_for_who_rode_it(town, rode):
    people, things = town
    taken, never_theirs = TaskFactory(), TaskFactory()
    TaskEvent.objects.create(
        task=taken,
        kind=TaskEvent.Kind.UNASSIGNED,
        recorded_at=MONDAY,
        details={rode: things["courier"]},
    )

    assert of_dispatch.get_task_once_ridden_by(people["rider"], taken.pk) == taken
    for name, stop in (("colleague", taken), ("stranger", taken), ("rider", never_theirs)):
        with pytest.raises(Http404):
            of_dispatch.get_task_once_ridden_by(people[name], stop.pk)


def test_16_an_archived_business_and_product_are_gone(town):
    people, things = town
    Business.objects.filter(pk=things["farm"]).update(archived_at=MONDAY)

    for find, kind in (
        (of_orders.get_product_for, "product"),
        (of_orders.get_producer_for, "farm"),
    ):
        with pytest.raises(Http404):
            find(people["farmer"], things[kind])


def test_16_a_farmer_without_a_farm_to_name_gets_their_first(town):
    people, things = town

    assert of_orders.get_producer_for(people["farmer"]).pk == things["farm"]
    with pytest.raises(Http404):
        of_orders.get_producer_for(people["owner"])


def test_16_of_several_farms_the_first_by_name_is_theirs(town):
    people, things = town
    first, last = (
        MembershipFactory(user=people["farmer"], business__producer=True, business__name=name)
        for name in ("Écluse farm", "Zinnia farm")
    )
    farm = Business.objects.get(pk=things["farm"])
    Business.objects.filter(pk=farm.pk).update(name="Fennel farm")
    people["farmer"] = User.objects.get(pk=people["farmer"].pk)

    own = list(of_orders.producers_for(people["farmer"]))
    assert own == [first.business, farm, last.business]
    assert of_orders.get_producer_for(people["farmer"]) == first.business


def test_16_the_office_orders_for_all_by_name_and_others_for_their_own(
    town, django_assert_num_queries
):
    people, things = town
    named = {
        "Zinnia": things["farm"],
        "Écluse": people["neighbour"].seats[0].business_id,
        "Marché": things["business"],
    }
    for name, pk in named.items():
        Business.objects.filter(pk=pk).update(name=name)
    found = list(of_orders.buyers_for(people["dispatcher"]).filter(pk__in=named.values()))

    assert [business.name for business in found] == ["Écluse", "Marché", "Zinnia"]
    with django_assert_num_queries(0):
        assert all(business.address.pk for business in found)
    assert [each.name for each in of_orders.buyers_for(people["helper"])] == ["Marché"]
    assert not of_orders.buyers_for(people["reader"]).exists()


def test_16_standing_orders_are_carried_away_by_their_business_all_of_them_by_administrators(
    town, django_assert_num_queries
):
    people, things = town

    def taken(name):
        orders = list(of_recurring.exportable_orders_for(people[name]))
        with django_assert_num_queries(0):
            assert {order.buyer.pk for order in orders} <= {things["business"]}
        return [order.pk for order in orders]

    for name in ("owner", "helper", "administrator"):
        assert taken(name) == [things["rule"]]
    for name in ("dispatcher", "reader", "accountant", "neighbour", "farmer", "stranger"):
        assert taken(name) == []


def test_16_a_farm_reaches_the_standing_orders_that_ask_something_of_it(
    town, django_assert_num_queries
):
    _people, things = town
    farm = Business.objects.get(pk=things["farm"])
    other = MembershipFactory(business__producer=True).business

    fed = of_recurring.get_fed_order_for(farm, things["rule"])
    assert fed.pk == things["rule"]
    with django_assert_num_queries(0):
        assert fed.buyer.pk == things["business"]
    for producer, number in ((other, things["rule"]), (farm, NOTHING)):
        with pytest.raises(Http404):
            of_recurring.get_fed_order_for(producer, number)


def test_16_a_short_product_leads_to_the_standing_orders_that_it_concerns_or_concerned(
    town, django_assert_num_queries
):
    _people, things = town
    tomatoes, rule = Product.objects.get(pk=things["product"]), things["rule"]
    chard = ProductFactory(producer=MembershipFactory(business__producer=True).business)
    named = {"standing_order_id": rule, "original_start": "2027-01-01T06:30:00"}

    def found(product, number=rule):
        order = of_recurring.get_short_order_for(product, number)
        with django_assert_num_queries(0):
            assert order.buyer.pk == things["business"]
        return order.pk

    assert found(tomatoes) == rule  # its farm is asked for something
    for product, number in ((tomatoes, NOTHING), (chard, rule)):
        with pytest.raises(Http404):
            found(product, number)
    decided = StockDecision.objects.create(
        product=chard,
        pickup_day=MONDAY.date(),
        answer=StockDecision.Answer.PART,
        quantity=Decimal(2),
        decided_at=MONDAY,
        **named,
    )
    assert found(chard) == rule  # somebody decided about it
    decided.delete()
    Occurrence.objects.create(
        starts_at=MONDAY,
        version=StandingOrder.objects.get(pk=rule).versions.get(),
        state=Occurrence.State.MISSED,
        left_out=[{"product": str(chard.pk), "name": "Chard", "reason": "gone"}],
        generated_at=MONDAY,
        **named,
    )
    assert found(chard) == rule  # a date went without it
    with pytest.raises(Http404):
        found(ProductFactory(producer=chard.producer))


def test_16_a_calendar_s_address_is_found_by_its_business_and_by_its_number(town):
    people, things = town
    business = Business.objects.get(pk=things["business"])
    feed, other = (
        open_feed(
            business=business,
            content=CalendarFeed.Content.RECEIVES,
            name=name,
            actor=people["owner"],
            at=MONDAY,
            action_id=uuid.uuid4(),
        )[0]
        for name in ("Kitchen", "Bar")
    )
    elsewhere = people["neighbour"].seats[0].business_id

    assert of_recurring.get_feed_for(people["owner"], business.pk, feed.pk) == feed
    assert of_recurring.get_feed_for(people["helper"], business.pk, other.pk) == other
    for person, place, number in (
        ("neighbour", business.pk, feed.pk),
        ("neighbour", elsewhere, feed.pk),
        ("owner", business.pk, NOTHING),
    ):
        with pytest.raises(Http404):
            of_recurring.get_feed_for(people[person], place, number)


def test_16_a_seat_is_found_by_who_lets_people_in_and_by_its_number(town):
    people, things = town
    business = Business.objects.get(pk=things["business"])
    seat = business.memberships.get(user=people["helper"])

    for person in ("owner", "administrator"):
        assert of_accounts.get_seat_for(people[person], business, seat.pk) == seat
    for person, number in (("helper", seat.pk), ("dispatcher", seat.pk), ("owner", NOTHING)):
        with pytest.raises(Http404):
            of_accounts.get_seat_for(people[person], business, number)


def test_16_people_are_let_in_by_administrators_and_owners_of_that_business(town):
    people, things = town
    business = Business.objects.get(pk=things["business"])
    MembershipFactory(user=people["helper"], level=Membership.Level.OWNER)  # of another one

    may = {name for name, person in people.items() if of_accounts.may_invite(person, business)}
    assert may == {"owner", "administrator"}
    may = {name for name, person in people.items() if of_accounts.may_change(person, business)}
    assert may == {"owner"} | OFFICE
