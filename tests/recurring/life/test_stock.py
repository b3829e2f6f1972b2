"""Standing orders and scarce goods: each date takes its share when it is made, in part or not."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coopcycle.errors import DomainError
from orders.models import OrderLine
from orders.ordering.services import cancel_order
from recurring import services
from recurring.generation import generate
from recurring.models import GenerationRun, Occurrence, StandingOrder
from recurring.services import DateChange
from recurring.totals import coming_totals
from tests.recurring.conftest import NOW
from tests.recurring.life.conftest import again, lines, made, seen, states
from tests.recurring.test_messages import mails

FIRST, SECOND = "2026-11-24T06:30:00", "2026-11-27T06:30:00"


@pytest.fixture
def scarce(kitchen):
    """Twenty kilos of tomatoes a day; a standing order takes twelve."""
    kitchen.tomatoes.daily_quantity = 20
    kitchen.tomatoes.save()
    return kitchen


def amounts(order, original):
    return {
        line.name: line.quantity
        for part in made(order, original).parts.all()
        for line in part.lines.all()
    }


def test_the_first_is_served_and_the_second_gets_what_is_left(scarce):
    first, second = scarce.standing_order(), scarce.standing_order(name="Second")
    assert amounts(first, SECOND) == {"Tomatoes": 12, "Apples": 2}
    assert amounts(second, SECOND) == {"Tomatoes": 8, "Apples": 2}
    row = second.occurrences.get(original_start=SECOND)
    assert row.left_out == [{"name": "Tomatoes", "reason": "short", "detail": "8 / 12"}]
    assert "Tomatoes (only a part is left: 8 / 12)" in str(mails("standing_orders"))


def test_a_producer_may_rather_give_nothing_than_a_part(scarce):
    terms = scarce.tomatoes.producer.terms
    terms.when_short = "nothing"
    terms.save()
    scarce.standing_order()
    second = scarce.standing_order(name="Second")
    assert amounts(second, SECOND) == {"Apples": 2}
    row = second.occurrences.get(original_start=SECOND)
    assert row.left_out == [{"name": "Tomatoes", "reason": "sold_out"}]


def test_a_date_with_nothing_left_is_skipped_and_made_as_soon_as_there_is_some(alpha, scarce):
    first = scarce.standing_order(lines=((scarce.tomatoes.pk, Decimal(20)),))
    second = scarce.standing_order(name="Second", lines=((scarce.tomatoes.pk, Decimal(5)),))
    row = second.occurrences.get(original_start=SECOND)
    assert (row.state, row.reason, row.order) == ("skipped", "nothing_left", None)
    cancel_order(order_id=made(first, SECOND).pk, actor=scarce.odile, at=NOW)
    generate(alpha, at=NOW + timedelta(minutes=5))
    assert amounts(second, SECOND) == {"Tomatoes": 5}


def test_generation_serves_no_more_than_there_is_whatever_it_makes_at_once(alpha, scarce):
    orders = [scarce.standing_order(name=f"No {number}", at=NOW) for number in range(3)]
    days = OrderLine.objects.filter(product=scarce.tomatoes).values_list(
        "part__pickup__day", "quantity"
    )
    sums = {}
    for day, quantity in days:
        sums[day] = sums.get(day, 0) + quantity
    assert set(sums.values()) == {20}
    assert len(orders) == 3


def test_an_edit_of_something_else_leaves_the_short_order_as_it_is(scarce):
    scarce.standing_order()
    second = scarce.standing_order(name="Second")
    before = lines(made(second, SECOND))
    draft = scarce.draft(name="Second", note="Back door")
    services.edit_standing_order(draft, **seen(second), actor=scarce.odile, at=NOW)
    assert lines(made(second, SECOND)) == before
    row = second.occurrences.get(original_start=SECOND)
    assert [each["reason"] for each in row.left_out] == ["short"]


def test_an_edit_asks_for_no_more_than_there_is(scarce):
    first = scarce.standing_order()
    scarce.standing_order(name="Second")
    more = scarce.draft(lines=((scarce.tomatoes.pk, Decimal(15)), (scarce.apples.pk, Decimal(2))))
    services.edit_standing_order(more, **seen(first), actor=scarce.odile, at=NOW)
    assert amounts(first, SECOND) == {"Tomatoes": 12, "Apples": 2}  # its own twelve, and no more
    less = scarce.draft(lines=((scarce.tomatoes.pk, Decimal(4)), (scarce.apples.pk, Decimal(2))))
    services.edit_standing_order(less, **seen(again(first)), actor=scarce.odile, at=NOW)
    assert amounts(first, SECOND)["Tomatoes"] == 4


def test_a_skipped_date_that_comes_back_takes_what_is_left(alpha, scarce):
    first = scarce.standing_order()
    act = {"original_start": SECOND, "actor": scarce.odile, "at": NOW}
    services.skip_date(**seen(first), **act)
    scarce.standing_order(name="Second")
    services.restore_date(**seen(again(first)), **act)
    assert amounts(first, SECOND) == {"Tomatoes": 8, "Apples": 2}


def test_something_else_that_is_sold_out_is_refused(scarce):
    scarce.standing_order(lines=((scarce.tomatoes.pk, Decimal(20)),))
    apples = scarce.standing_order(name="Apples", lines=((scarce.apples.pk, Decimal(2)),))
    also = ((scarce.apples.pk, Decimal(2)), (scarce.tomatoes.pk, Decimal(1)))
    with pytest.raises(DomainError, match=r"Tomatoes \(sold out on this day\)"):
        services.change_date(
            DateChange(lines=also),
            **seen(apples),
            original_start=SECOND,
            actor=scarce.odile,
            at=NOW,
        )
    assert states(apples)["11-27"] == "generated"


def test_the_producer_sees_where_more_is_wanted_than_there_is(alpha, scarce):
    scarce.standing_order()
    scarce.standing_order(name="Second")
    totals = coming_totals(scarce.tomatoes.producer, alpha, at=NOW, weeks=4)
    by_day = {f"{total.day:%m-%d}": total.is_too_much for total in totals}
    assert by_day["11-27"] is False  # made: eight for the second
    assert by_day["12-18"] is True  # planned: twice twelve


def test_stock_costs_two_queries_for_any_number_of_dates_and_none_without(alpha, kitchen):
    def queries():
        GenerationRun.objects.all().delete()
        Occurrence.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as found:
            generate(alpha, at=NOW)
        return len(found)

    kitchen.standing_order()
    plain = queries()
    kitchen.tomatoes.daily_quantity = 1000
    kitchen.tomatoes.save()
    once = queries()
    for number in range(4):
        kitchen.standing_order(name=f"No {number}")
    many = queries()
    assert (once - plain, many - once) == (2, 0)
    assert StandingOrder.objects.count() == 5
