"""The list of standing orders: what its filters find, as its badges say it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coopcycle.money import Money
from recurring.models import Occurrence
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
