"""A producer that is closed, or takes a break: its lines are left out, and the rest goes on."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from coopcycle.errors import DomainError
from orders.catalog.models import Closure
from orders.ordering.drafts import LineDraft, OrderDraft
from orders.ordering.services import place_order
from recurring import services
from recurring.generation import generate
from recurring.models import RuleLine
from tests.factories import MembershipFactory, ProductFactory
from tests.recurring.conftest import NOW
from tests.recurring.life.conftest import coming, days, lines, made, seen

SECOND = "2026-11-27T06:30:00"


@pytest.fixture
def farmer(kitchen):
    return MembershipFactory(business=kitchen.tomatoes.producer).user


def close(kitchen, farmer, first, last, **kwargs):
    return services.close_producer(
        producer=kitchen.tomatoes.producer,
        from_day=first,
        to_day=last,
        reason="Harvest feast",
        actor=farmer,
        at=NOW,
        **kwargs,
    )


def test_a_closure_takes_its_line_out_of_what_is_made_and_of_what_comes(alpha, kitchen, farmer):
    leeks = ProductFactory(name="Leeks")
    all_three = [(product.pk, Decimal(2)) for product in (kitchen.tomatoes, kitchen.apples, leeks)]
    order = kitchen.standing_order(lines=tuple(all_three))
    shown = close(kitchen, farmer, date(2026, 11, 27), date(2026, 12, 8), is_rehearsal=True)
    assert days(shown.updated) == ["11-27", "12-01", "12-04"]
    assert not Closure.objects.exists()
    close(kitchen, farmer, date(2026, 11, 27), date(2026, 12, 8))
    generate(alpha, at=NOW + timedelta(days=4))
    assert lines(made(order, SECOND)) == {"Apples": Decimal(2), "Leeks": Decimal(2)}
    assert lines(made(order, "2026-12-08T06:30:00")) == {"Apples": Decimal(2), "Leeks": Decimal(2)}
    row = order.occurrences.get(original_start=SECOND)
    assert row.left_out == [{"name": "Tomatoes", "reason": "closure", "detail": "Harvest feast"}]
    assert lines(made(order, "2026-12-11T06:30:00"))["Tomatoes"] == Decimal(2)


def test_when_nobody_is_left_the_date_is_called_off(kitchen, farmer):
    order = kitchen.standing_order(lines=((kitchen.tomatoes.pk, Decimal(2)),))
    found = close(kitchen, farmer, date(2026, 11, 27), date(2026, 11, 27))
    assert days(found.cancelled) == ["11-27"]
    assert coming(order) == ["11-24 06:30", "12-01 06:30", "12-04 06:30"]


def test_a_closure_that_is_taken_back_brings_the_lines_back(kitchen, farmer):
    order = kitchen.standing_order()
    close(kitchen, farmer, date(2026, 11, 27), date(2026, 11, 27))
    services.reopen_producer(closure=Closure.objects.get(), actor=farmer, at=NOW)
    assert lines(made(order, SECOND))["Tomatoes"] == Decimal(12)
    assert not Closure.objects.exists()


def test_nobody_orders_by_hand_from_a_closed_producer(kitchen, farmer):
    close(kitchen, farmer, date(2026, 11, 27), date(2026, 11, 27))
    order = kitchen.standing_order()
    day = made(order, SECOND)
    draft = OrderDraft(
        buyer_id=kitchen.restaurant.pk,
        kind="supply",
        after=day.after,
        before=day.before,
        lines=(LineDraft(kitchen.tomatoes.pk, Decimal(1)),),
    )
    with pytest.raises(DomainError, match="is closed from"):
        place_order(draft, actor=kitchen.odile, at=NOW)


def test_the_day_of_the_pick_up_counts(kitchen, farmer):
    evening = services.WindowDraft(time(6, 30), 30, pickup_opens=time(18), pickup_days_before=1)
    order = kitchen.standing_order(windows=(evening,))
    close(kitchen, farmer, date(2026, 11, 26), date(2026, 11, 26))
    assert lines(made(order, SECOND)) == {"Apples": Decimal(2)}


def test_a_producer_pauses_its_part_of_one_standing_order_only(kitchen, farmer):
    order, other = kitchen.standing_order(), kitchen.standing_order(name="Other")
    said = {"producer": kitchen.tomatoes.producer, "actor": farmer, "at": NOW}
    found = services.pause_part(
        **seen(order), **said, from_day=date(2026, 11, 27), to_day=None, reason="Frost"
    )
    assert days(found.updated) == ["11-27", "12-01", "12-04"]
    assert lines(made(order, SECOND)) == {"Apples": Decimal(2)}
    assert lines(made(other, SECOND))["Tomatoes"] == Decimal(12)
    assert order.events.first().changes[0]["after"][3] == "Frost"
    services.resume_part(**seen(order), **said)
    assert lines(made(order, SECOND))["Tomatoes"] == Decimal(12)


def test_a_product_taken_off_the_rule_keeps_the_others(kitchen):
    """Three producers in the list, the middle one removed, orders already made."""
    leeks = ProductFactory(name="Leeks")
    three = tuple((p.pk, Decimal(1)) for p in (kitchen.tomatoes, kitchen.apples, leeks))
    order = kitchen.standing_order(lines=three)
    services.edit_standing_order(
        kitchen.draft(lines=(three[0], three[2])), **seen(order), actor=kitchen.odile, at=NOW
    )
    assert lines(made(order, SECOND)) == {"Tomatoes": Decimal(1), "Leeks": Decimal(1)}
    assert coming(order) == [f"{day} 06:30" for day in ("11-24", "11-27", "12-01", "12-04")]
    assert RuleLine.objects.filter(product=kitchen.apples).count() == 1
