"""The generator runs in the nights in which the clock changes, also where it changes at midnight."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from orders.models import Order
from recurring.generation import generate
from recurring.models import Occurrence
from tenants.context import in_cooperative

pytestmark = pytest.mark.django_db
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def sao_paulo(alpha, monkeypatch):
    """The co-op on another wall clock."""
    monkeypatch.setattr(alpha, "timezone", "America/Sao_Paulo")
    monkeypatch.setattr(alpha, "generation_horizon_days", 2)
    with in_cooperative(alpha):
        yield alpha


def nightly(kitchen, first_day, start):
    return kitchen.standing_order(
        at=datetime.combine(first_day - timedelta(days=2), time(12), UTC),
        weekdays=EVERY_DAY,
        first_day=first_day,
        start=start,
        holiday_policy="keep",
    )


def run_through(cooperative, first: datetime, hours: int) -> None:
    for number in range(2 * hours + 1):
        generate(cooperative, at=first + number * HALF_AN_HOUR)


def made(rule) -> dict[str, str]:
    """Wall-clock name → instant of the one order made for it."""
    rows = rule.occurrences.filter(state=Occurrence.State.GENERATED).order_by("original_start")
    assert Order.objects.count() == rows.count()
    return {row.original_start[:16]: f"{row.order.after.astimezone(UTC):%F %H:%M}" for row in rows}


def test_the_night_without_a_midnight_brings_its_order_once(sao_paulo, kitchen):
    rule = nightly(kitchen, date(2018, 11, 3), time(0, 15))

    run_through(sao_paulo, datetime(2018, 11, 4, 1, tzinfo=UTC), hours=5)  # 22:00 to 04:00

    found = made(rule)
    assert found["2018-11-03T00:15"] == "2018-11-03 03:15"
    assert found["2018-11-04T00:15"] == "2018-11-04 03:15"  # 01:15 by the clock
    assert found["2018-11-05T00:15"] == "2018-11-05 02:15"
    assert {day.isoformat() for day in Order.objects.values_list("day", flat=True)} >= {
        "2018-11-03",
        "2018-11-04",
        "2018-11-05",
    }


def test_the_hour_before_midnight_that_comes_twice_brings_its_order_once(sao_paulo, kitchen):
    rule = nightly(kitchen, date(2019, 2, 15), time(23, 30))

    run_through(sao_paulo, datetime(2019, 2, 17, 0, tzinfo=UTC), hours=5)  # 22:00 to 02:00

    found = made(rule)
    assert found["2019-02-15T23:30"] == "2019-02-16 01:30"
    assert found["2019-02-16T23:30"] == "2019-02-17 01:30"  # the first of two
    assert found["2019-02-17T23:30"] == "2019-02-18 02:30"
