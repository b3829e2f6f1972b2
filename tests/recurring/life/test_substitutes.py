"""A line of a standing order that names a substitute: what cannot be had comes as that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from coopcycle.errors import DomainError
from orders.models import OrderLine, ProducerTerms
from recurring import services
from recurring.forms.saved import for_one_date, saved_draft
from recurring.generation import generate
from recurring.models import GenerationRun, Occurrence, RuleLine, StandingOrder
from recurring.planning import with_contents
from recurring.services import DateChange, RuleLineDraft
from tests.factories import ProductFactory
from tests.recurring.conftest import NOW
from tests.recurring.life.conftest import again, days, lines, made, seen
from tests.recurring.test_messages import mails

FIRST, FRIDAY = "2026-11-24T06:30:00", "2026-11-27T06:30:00"
CLOSED = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)  # the list for Friday: Thursday, 18:00


@pytest.fixture
def scarce(kitchen):
    """Twenty kilos of tomatoes a day; a standing order takes twelve."""
    kitchen.tomatoes.daily_quantity = 20
    kitchen.tomatoes.save()
    return kitchen


@pytest.fixture
def leeks(kitchen):
    return ProductFactory(producer=kitchen.tomatoes.producer, name="Leeks", price_minor=310)


def wanted(kitchen, leeks, kilos=12):
    """So many tomatoes, and leeks instead of those that are short."""
    return (RuleLineDraft(kitchen.tomatoes.pk, Decimal(kilos), substitute_id=leeks.pk),)


def rule(kitchen, leeks, kilos=12, **more):
    return kitchen.standing_order(lines=wanted(kitchen, leeks, kilos), name="Second", **more)


def left_out(order, original=FRIDAY):
    return order.occurrences.get(original_start=original).left_out


def limit(product, quantity):
    product.daily_quantity = quantity
    product.save()


def short_by(kitchen, policy):
    ProducerTerms.objects.filter(producer=kitchen.tomatoes.producer).update(when_short=policy)


def test_what_is_missing_comes_as_the_substitute_at_the_price_of_its_day(scarce, leeks):
    scarce.standing_order()
    second = rule(scarce, leeks)
    assert lines(made(second, FRIDAY)) == {"Tomatoes": 8, "Leeks": 4}
    line = OrderLine.objects.get(part__order=made(second, FRIDAY), product=leeks)
    assert (line.instead_of, line.unit_price_minor, line.total_minor) == ("Tomatoes", 310, 1240)
    assert left_out(second) == [{"name": "Tomatoes", "reason": "filled_up", "detail": "4 Leeks"}]


def test_the_digest_tells_what_comes_instead(scarce, leeks):
    scarce.standing_order()
    rule(scarce, leeks)
    said = str(mails("standing_orders"))
    assert "Tomatoes (short, filled up with: 4 Leeks)" in said


def test_where_nothing_is_left_all_comes_as_the_substitute(scarce, leeks):
    scarce.standing_order(lines=((scarce.tomatoes.pk, Decimal(20)),))
    second = rule(scarce, leeks)
    assert lines(made(second, FRIDAY)) == {"Leeks": 12}
    assert left_out(second) == [{"name": "Tomatoes", "reason": "substituted", "detail": "12 Leeks"}]


def test_of_who_gives_no_parts_the_substitute_comes_for_the_whole(scarce, leeks):
    short_by(scarce, "nothing")
    scarce.standing_order()
    assert lines(made(rule(scarce, leeks), FRIDAY)) == {"Leeks": 12}


def test_a_substitute_that_is_short_itself_comes_as_far_as_it_goes(scarce, leeks):
    limit(leeks, 3)
    scarce.standing_order()
    second, third = rule(scarce, leeks), rule(scarce, leeks)
    assert lines(made(second, FRIDAY)) == {"Tomatoes": 8, "Leeks": 3}
    assert left_out(second) == [
        {"name": "Tomatoes", "reason": "filled_up", "detail": "3 Leeks"},
        {"name": "Tomatoes", "reason": "short", "detail": "11 / 12"},
    ]
    row = third.occurrences.get(original_start=FRIDAY)  # the line's usual way
    assert (row.state, row.reason) == ("skipped", "nothing_left")
    assert row.left_out == [{"name": "Tomatoes", "reason": "sold_out"}]


def test_what_is_asked_for_itself_goes_before_what_stands_in(scarce, leeks):
    limit(leeks, 6)
    scarce.standing_order()
    both = (*wanted(scarce, leeks), RuleLineDraft(leeks.pk, Decimal(5)))
    second = scarce.standing_order(lines=both)
    assert lines(made(second, FRIDAY)) == {"Tomatoes": 8, "Leeks": 6}
    assert left_out(second)[1] == {"name": "Tomatoes", "reason": "short", "detail": "9 / 12"}


def test_what_is_no_longer_offered_comes_as_the_substitute(alpha, kitchen, leeks):
    kitchen.tomatoes.is_available = False
    kitchen.tomatoes.save()
    order = rule(kitchen, leeks)
    assert lines(made(order, FRIDAY)) == {"Leeks": 12}
    assert left_out(order) == [{"name": "Tomatoes", "reason": "replaced", "detail": "Leeks"}]


@pytest.mark.parametrize(
    "change", [{"is_available": False}, {"archived_at": NOW}, {"unit": "bunch"}]
)
def test_a_substitute_that_cannot_stand_in_leaves_the_lines_usual_way(alpha, scarce, leeks, change):
    scarce.standing_order()
    second = rule(scarce, leeks)
    type(leeks).objects.filter(pk=leeks.pk).update(**change)
    generate(alpha, at=NOW + timedelta(days=14))
    assert lines(made(second, FRIDAY)) == {"Tomatoes": 8, "Leeks": 4}  # stands
    later = "2026-12-18T06:30:00"  # is made now
    assert lines(made(second, later)) == {"Tomatoes": 8}
    assert left_out(second, later)[0]["reason"] == "short"


@pytest.mark.parametrize("which", ["itself", "another producer's", "another unit"])
def test_a_substitute_is_of_the_same_producer_and_sold_alike(kitchen, which):
    producer = kitchen.tomatoes.producer
    others = {
        "itself": kitchen.tomatoes,
        "another producer's": ProductFactory(unit=kitchen.tomatoes.unit),
        "another unit": ProductFactory(producer=producer, unit="bunch"),
    }
    with pytest.raises(DomainError, match="Instead of Tomatoes choose another product"):
        rule(kitchen, others[which])


def test_the_database_takes_no_product_as_its_own_substitute(kitchen, leeks):
    order = rule(kitchen, leeks)
    own = RuleLine.objects.filter(version__standing_order=order)
    with pytest.raises(IntegrityError), transaction.atomic():
        own.update(substitute=kitchen.tomatoes)


def test_an_edit_of_something_else_keeps_what_came_instead(scarce, leeks):
    scarce.standing_order()
    second = rule(scarce, leeks)
    draft = scarce.draft(name="Second", note="Back door", lines=wanted(scarce, leeks))
    services.edit_standing_order(draft, **seen(second), actor=scarce.odile, at=NOW)
    order = made(second, FRIDAY)
    assert (order.note, lines(order)) == ("Back door", {"Tomatoes": 8, "Leeks": 4})
    assert left_out(second)[0]["reason"] == "filled_up"
    assert again(second).versions.last().lines.get().substitute == leeks


def test_a_substitute_that_is_named_later_comes_for_orders_that_are_short(scarce, leeks):
    scarce.standing_order()
    second = scarce.standing_order(name="Second", lines=((scarce.tomatoes.pk, Decimal(12)),))
    draft = scarce.draft(name="Second", lines=wanted(scarce, leeks))
    act = {**seen(second), "actor": scarce.odile, "at": NOW}
    found = services.edit_standing_order(draft, **act, is_rehearsal=True)
    assert "11-27" in days(found.updated)
    assert lines(made(second, FRIDAY)) == {"Tomatoes": 8}  # the rehearsal writes nothing
    services.edit_standing_order(draft, **act)
    assert lines(made(second, FRIDAY)) == {"Tomatoes": 8, "Leeks": 4}
    assert left_out(second) == [{"name": "Tomatoes", "reason": "filled_up", "detail": "4 Leeks"}]


def test_one_date_with_another_quantity_has_the_substitute_of_its_rule(scarce, leeks):
    scarce.standing_order()
    second = rule(scarce, leeks)
    services.change_date(
        DateChange(lines=((scarce.tomatoes.pk, Decimal(10)),)),
        **seen(second),
        original_start=FRIDAY,
        actor=scarce.odile,
        at=NOW,
    )
    assert lines(made(second, FRIDAY)) == {"Tomatoes": 8, "Leeks": 2}


def test_one_date_alone_cannot_have_another_substitute(kitchen, leeks):
    order = rule(kitchen, leeks)
    saved = saved_draft(order, order.versions.get())
    [line] = saved.lines
    edit = replace(saved, lines=(replace(line, substitute_id=None),))
    found = for_one_date(saved, edit, FRIDAY)
    assert (found.change, found.left) == (None, ("substitutes",))


def test_where_the_producer_shares_out_the_rest_comes_as_the_substitute(alpha, scarce, leeks):
    short_by(scarce, "share")
    first = scarce.standing_order(lines=((scarce.tomatoes.pk, Decimal(12)),))
    second = rule(scarce, leeks, 20)
    generate(alpha, at=CLOSED)
    assert lines(made(first, FRIDAY)) == {"Tomatoes": Decimal("7.5")}
    assert lines(made(second, FRIDAY)) == {"Tomatoes": Decimal("12.5"), "Leeks": Decimal("7.5")}
    assert left_out(second) == [{"name": "Tomatoes", "reason": "filled_up", "detail": "7.5 Leeks"}]
    line = OrderLine.objects.get(part__order=made(second, FRIDAY), product=leeks)
    assert (line.instead_of, line.unit_price_minor) == ("Tomatoes", 310)
    version = made(second, FRIDAY).version
    generate(alpha, at=CLOSED + timedelta(minutes=10))
    assert made(second, FRIDAY).version == version


def test_sharing_out_gives_no_more_of_the_substitute_than_there_is(alpha, scarce, leeks):
    short_by(scarce, "share")
    limit(leeks, 10)
    scarce.standing_order(lines=((leeks.pk, Decimal(7)),))
    orders = [rule(scarce, leeks, 16), rule(scarce, leeks, 16)]
    generate(alpha, at=CLOSED)
    assert [lines(made(order, FRIDAY)) for order in orders] == [
        {"Tomatoes": 10, "Leeks": 3},
        {"Tomatoes": 10},
    ]


def test_substitutes_cost_no_query_where_nothing_is_short_and_as_many_for_all(
    alpha, kitchen, leeks
):
    def queries():
        GenerationRun.objects.all().delete()
        Occurrence.objects.all().delete()
        with CaptureQueriesContext(connection) as found:
            generate(alpha, at=NOW)
        return len(found)

    kitchen.standing_order()
    plain = queries()
    RuleLine.objects.filter(product=kitchen.tomatoes).update(substitute=leeks)
    assert queries() == plain
    limit(kitchen.tomatoes, 1000)
    limit(leeks, 1000)
    once = queries()
    for _number in range(4):
        rule(kitchen, leeks)
    assert (once - plain, queries() - once) == (2, 0)


def test_reading_a_standing_order_without_substitutes_asks_for_none(kitchen):
    kitchen.standing_order()
    with CaptureQueriesContext(connection) as found:
        [order] = with_contents(StandingOrder.objects.all())
    texts = [each["sql"] for each in found]
    assert sum('"orders_product"' in text for text in texts) == 1  # with its lines
    assert order.versions.all()[0].lines.all()[0].substitute is None
