"""The list of standing orders: what its filters find, as its badges say it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from coopcycle.money import Money
from recurring.models import Occurrence, StandingOrder
from recurring.rules import parse_rule
from tests.clock import local_today
from tests.recurring.editing import TOMORROW, url

TODAY = local_today()


@pytest.fixture
def five(kitchen):
    """One of each kind, named after it."""

    def made(name, at=None, **said):
        return kitchen.standing_order(
            at=at or timezone.now(),
            name=name,
            first_day=TODAY - timedelta(days=1),
            weekdays=[1, 2, 3, 4, 5, 6, 7],
            holiday_policy="keep",
            **said,
        )

    made("Running")
    made("Ending", last_day=TODAY + timedelta(days=40))
    made("Over", at=timezone.now() - timedelta(days=2), last_day=TODAY - timedelta(days=1))
    late = made("Late")
    Occurrence.objects.filter(standing_order=late, starts_at__gt=timezone.now()).delete()
    closed = made("Closed")
    last = closed.occurrences.latest("starts_at")
    Occurrence.objects.filter(pk=last.pk).update(state="skipped", order=None)


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("active", {"Running", "Late", "Closed"}),
        ("ending", {"Ending"}),
        ("ended", {"Over"}),
        ("late", {"Late"}),
        ("failed", set()),
        ("", {"Running", "Ending", "Over", "Late", "Closed"}),
    ],
)
def test_a_filter_finds_what_its_badge_says(odile, five, state, names):
    rows = odile.get(url("rule-list"), {"state": state}).context["rows"]
    assert {row.order.name for row in rows} == names


def test_a_date_that_was_skipped_is_dealt_with_and_not_late(odile, five):
    rows = odile.get(url("rule-list")).context["rows"]
    assert {row.order.name for row in rows if row.is_late} == {"Late"}


def test_what_ends_after_so_many_dates_ends(kitchen, odile):
    def counted(name, count, begins):
        rule = parse_rule(f"FREQ=DAILY;COUNT={count}")
        begun = timezone.now() - timedelta(days=5)
        return kitchen.standing_order(
            at=begun, name=name, rule=rule, first_day=begins, holiday_policy="keep"
        )

    counted("Done", 3, TODAY - timedelta(days=4))
    counted("Running out", 9, TODAY - timedelta(days=4))
    for state, names in (("ended", ["Done"]), ("ending", ["Running out"]), ("active", [])):
        rows = odile.get(url("rule-list"), {"state": state}).context["rows"]
        assert [(row.order.name, row.status) for row in rows] == [(name, state) for name in names]


def test_the_next_date_is_told_however_far_it_is(kitchen, odile):
    year = TODAY.year + 2
    kitchen.standing_order(
        at=timezone.now(),
        name="Harvest",
        rule=parse_rule("FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYMONTHDAY=3"),
        first_day=date(year, 1, 1),
        holiday_policy="keep",
    )
    page = odile.get(url("rule-list")).content.decode()
    assert f"3 Mar {year}" in page
    order = StandingOrder.objects.get()
    assert (
        f"The next is on 3 Mar {year}." in odile.get(url("rule-detail", order.pk)).content.decode()
    )


def test_few_standing_orders_need_no_search(kitchen, odile, five):
    assert 'id="q"' not in odile.get(url("rule-list")).content.decode()
    assert 'id="q"' in odile.get(url("rule-list"), {"q": "run"}).content.decode()
    kitchen.standing_order(at=timezone.now(), first_day=TOMORROW.date())
    assert 'id="q"' in odile.get(url("rule-list")).content.decode()


def test_the_list_says_what_the_last_one_cost(odile, five):
    row = next(r for r in odile.get(url("rule-list")).context["rows"] if r.order.name == "Running")
    order = row.order.occurrences.filter(state="generated").latest("starts_at").order
    assert row.price == Money(order.total_minor, "EUR")
    assert f"€{order.total_minor / 100:.2f}" in odile.get(url("rule-list")).content.decode()
