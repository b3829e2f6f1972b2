"""Readings of a standing order that the tests of its life share."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from orders.models import Order, ProducerTerms
from recurring.expansion import zone_named
from recurring.models import StandingOrder
from tests.recurring.conftest import Kitchen

pytest.register_assert_rewrite("tests.recurring.life.world")  # it asserts, and is no test itself


def again(order: StandingOrder) -> StandingOrder:
    """As it stands in the database now."""
    return StandingOrder.objects.get(pk=order.pk)


def seen(order: StandingOrder) -> dict[str, int]:
    """The standing order and the version that a person saw just now."""
    return {"standing_order_id": order.pk, "version": again(order).version}


def made(order: StandingOrder, original: str) -> Order:
    return order.occurrences.get(original_start=original).order


def coming(order: StandingOrder) -> list[str]:
    """When its orders come that nobody called off, on the clock of Grenoble."""
    orders = Order.objects.filter(occurrence__standing_order=order)
    orders = orders.filter(state__in=["new", "accepted"]).order_by("after")
    return [f"{o.after.astimezone(order_zone(order)):%m-%d %H:%M}" for o in orders]


def order_zone(order: StandingOrder) -> ZoneInfo:
    return zone_named(again(order).timezone)


def states(order: StandingOrder) -> dict[str, str]:
    rows = order.occurrences.order_by("original_start")
    return {row.original_start[5:10]: row.state for row in rows}


def lines(order: Order) -> dict[str, Decimal]:
    return {line.name: line.quantity for part in order.parts.all() for line in part.lines.all()}


def days(notes) -> list[str]:
    return [f"{note.start:%m-%d}" for note in notes]


def more_tomatoes(kitchen: Kitchen, **changes):
    return kitchen.draft(
        **{
            "lines": ((kitchen.tomatoes.pk, Decimal(20)), (kitchen.apples.pk, Decimal(2))),
            **changes,
        }
    )


@pytest.fixture
def scarce(kitchen):
    """Twenty kilos of tomatoes a day, and the farm wants to be asked; twelve are taken."""
    ProducerTerms.objects.filter(producer=kitchen.tomatoes.producer).update(when_short="hold")
    kitchen.tomatoes.producer.terms.refresh_from_db()
    kitchen.tomatoes.daily_quantity = 20
    kitchen.tomatoes.save()
    kitchen.first = kitchen.standing_order(name="First", weekdays=[5])
    return kitchen


@pytest.fixture
def second(scarce):
    """Wants twelve, too, and two crates of apples."""
    return scarce.standing_order(name="Second", weekdays=[5])
