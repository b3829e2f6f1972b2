"""A producer who shares out in proportion: all ask, and when the list closes each gets its share."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from orders.models import Order, OrderPart, ProducerTerms
from orders.ordering.drafts import LineDraft, OrderDraft
from orders.ordering.services import place_order
from recurring.generation import generate
from recurring.sharing import Demand, shares_of
from tests.factories import MembershipFactory, ProductFactory
from tests.recurring.conftest import NOW
from tests.recurring.life.conftest import lines, made
from tests.recurring.test_messages import mails

FRIDAY = "2026-11-27T06:30:00"
CLOSED = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)  # the list for Friday: Thursday, 18:00


@pytest.fixture
def scarce(kitchen):
    """Twenty kilos of tomatoes a day, shared out."""
    ProducerTerms.objects.filter(producer=kitchen.tomatoes.producer).update(when_short="share")
    kitchen.tomatoes.producer.terms.refresh_from_db()
    kitchen.tomatoes.daily_quantity = 20
    kitchen.tomatoes.save()
    return kitchen


def rule(kitchen, kilos: int, **more):
    wanted = ((kitchen.tomatoes.pk, Decimal(kilos)), *more.pop("also", ()))
    return kitchen.standing_order(name=f"{kilos} kg", lines=wanted, **more)


def tomatoes(order) -> Decimal | None:
    return lines(made(order, FRIDAY)).get("Tomatoes")


def test_until_the_list_closes_all_have_what_they_ask_for(alpha, scarce):
    orders = [rule(scarce, 12), rule(scarce, 20)]
    generate(alpha, at=CLOSED - timedelta(minutes=1))
    assert [tomatoes(order) for order in orders] == [12, 20]


def test_when_it_closes_each_gets_its_share(alpha, scarce):
    orders = [rule(scarce, 12), rule(scarce, 20)]
    generate(alpha, at=CLOSED)
    assert [tomatoes(order) for order in orders] == [Decimal("7.5"), Decimal("12.5")]
    row = orders[0].occurrences.get(original_start=FRIDAY)
    assert row.left_out == [{"name": "Tomatoes", "reason": "short", "detail": "7.5 / 12"}]
    later = lines(made(orders[0], "2026-12-01T06:30:00"))
    assert later == {"Tomatoes": 12}  # whose list is open


def test_it_is_done_and_told_once(alpha, scarce):
    orders = [rule(scarce, 12), rule(scarce, 20)]
    generate(alpha, at=CLOSED - timedelta(minutes=1))
    before = len(mails("standing_orders"))
    for minutes in (0, 10, 20):
        generate(alpha, at=CLOSED + timedelta(minutes=minutes))
    assert sum(tomatoes(order) for order in orders) == 20
    told = mails("standing_orders")[before:]
    said = [line["left_out"] for mail in told for line in mail["changed"]]
    assert sorted(said) == [
        ["Tomatoes (only a part is left: 12.5 / 20)"],
        ["Tomatoes (only a part is left: 7.5 / 12)"],
    ]


def test_who_ordered_by_hand_keeps_what_was_promised(alpha, scarce):
    buyer = MembershipFactory().user
    friday = datetime(2026, 11, 27, 8, tzinfo=UTC)
    by_hand = place_order(
        OrderDraft(
            buyer_id=buyer.memberships.get().business_id,
            kind=Order.Kind.SUPPLY,
            after=friday,
            before=friday + timedelta(hours=1),
            lines=(LineDraft(scarce.tomatoes.pk, Decimal(8)),),
        ),
        actor=buyer,
        at=NOW,
    )
    orders = [rule(scarce, 12), rule(scarce, 12)]
    generate(alpha, at=CLOSED)
    assert lines(by_hand) == {"Tomatoes": 8}
    assert [tomatoes(order) for order in orders] == [6, 6]


def test_what_the_producer_has_accepted_stands(alpha, scarce):
    first, second = rule(scarce, 12), rule(scarce, 20)
    OrderPart.objects.filter(order=made(first, FRIDAY)).update(state="accepted")
    generate(alpha, at=CLOSED)
    assert [tomatoes(first), tomatoes(second)] == [12, 8]


def test_where_nothing_is_left_the_rest_of_the_order_comes(alpha, scarce):
    first = rule(scarce, 20)
    second = rule(scarce, 20, also=((scarce.apples.pk, Decimal(2)),))
    third = rule(scarce, 5)
    OrderPart.objects.filter(order=made(first, FRIDAY)).update(state="accepted")
    generate(alpha, at=CLOSED)
    assert lines(made(second, FRIDAY)) == {"Apples": 2}
    row = third.occurrences.get(original_start=FRIDAY)
    assert (row.state, row.reason, row.order.state) == ("cancelled", "nothing_left", "cancelled")


def test_where_there_is_enough_nothing_changes(alpha, scarce):
    orders = [rule(scarce, 12), rule(scarce, 8)]
    versions = [made(order, FRIDAY).version for order in orders]
    generate(alpha, at=CLOSED)
    assert [made(order, FRIDAY).version for order in orders] == versions


@pytest.mark.parametrize(
    ("unit", "most", "asked", "shares"),
    [
        ("kg", 10, [10, 10, 10], ["3.4", "3.3", "3.3"]),
        ("crate", 10, [4, 4, 4], ["4", "3", "3"]),
        ("crate", 2, [5, 1], ["2", "0"]),
        ("kg", 20, [12, 8], []),
    ],
)
def test_shares_are_whole_and_make_up_all_there_is(kitchen, unit, most, asked, shares):
    product = ProductFactory.build(unit=unit, daily_quantity=Decimal(most))
    demand = Demand(product, asked={pk: Decimal(each) for pk, each in enumerate(asked)})
    found = {**demand.asked, **shares_of(demand)} if shares else shares_of(demand)
    assert [str(found[pk].normalize()) for pk in sorted(found)] == shares
    assert sum(found.values()) == (most if shares else 0)
