"""Where one part of a rule ends and the next begins, or nothing comes after it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from coopcycle.errors import DomainError
from recurring import services
from recurring.generation import generate
from recurring.rules import parse_rule
from recurring.services import Scope
from tests.recurring.conftest import NOW
from tests.recurring.life.conftest import (
    coming,
    days,
    lines,
    made,
    more_tomatoes,
    seen,
    states,
)

ORIGINAL = "2026-11-24T06:30:00"
EVENING = NOW + timedelta(hours=9)  # 19:00: tomorrow's lists are closed


def edit(kitchen, order, draft, at=NOW, **kwargs):
    return services.edit_standing_order(draft, **seen(order), actor=kitchen.odile, at=at, **kwargs)


def test_this_and_following_leaves_what_comes_before(kitchen):
    order = kitchen.standing_order()
    found = edit(
        kitchen,
        order,
        more_tomatoes(kitchen),
        scope=Scope.FOLLOWING,
        original_start="2026-12-01T06:30:00",
    )
    assert days(found.updated) == ["12-01", "12-04"]
    assert lines(made(order, "2026-11-27T06:30:00"))["Tomatoes"] == Decimal(12)


def test_a_split_at_a_moved_date_goes_by_its_original_start(kitchen):
    """The first of December comes on the 26th of November, before dates that stay as they are."""
    order = kitchen.standing_order()
    split = "2026-12-01T06:30:00"
    services.move_date(
        **seen(order),
        original_start=split,
        new_start=datetime(2026, 11, 26, 6, 30),
        actor=kitchen.odile,
        at=NOW,
    )
    found = edit(
        kitchen, order, more_tomatoes(kitchen), scope=Scope.FOLLOWING, original_start=split
    )
    assert (days(found.updated), found.orphans) == (["11-26", "12-04"], [])
    assert coming(order) == ["11-24 06:30", "11-26 06:30", "11-27 06:30", "12-04 06:30"]
    assert lines(made(order, split))["Tomatoes"] == Decimal(20)
    assert lines(made(order, "2026-11-27T06:30:00"))["Tomatoes"] == Decimal(12)


def test_a_split_at_the_first_date_is_all(kitchen):
    order = kitchen.standing_order()
    found = edit(
        kitchen,
        order,
        more_tomatoes(kitchen),
        scope=Scope.FOLLOWING,
        original_start="2026-11-24T06:30:00",
    )
    assert len(found.updated) == 4


def test_split_twice_at_one_date_the_second_counts(kitchen):
    order = kitchen.standing_order()
    for quantity in (20, 30):
        draft = kitchen.draft(lines=((kitchen.tomatoes.pk, Decimal(quantity)),))
        edit(kitchen, order, draft, scope=Scope.FOLLOWING, original_start="2026-12-01T06:30:00")
    assert lines(made(order, "2026-12-01T06:30:00")) == {"Tomatoes": Decimal(30)}
    assert lines(made(order, "2026-11-27T06:30:00"))["Tomatoes"] == Decimal(12)


def test_the_remaining_count_goes_to_the_new_part(alpha, kitchen):
    five = parse_rule("FREQ=WEEKLY;BYDAY=TU,FR;COUNT=5")
    order = kitchen.standing_order(rule=five)
    edit(
        kitchen,
        order,
        more_tomatoes(kitchen, rule=five),
        scope=Scope.FOLLOWING,
        original_start="2026-12-01T06:30:00",
    )
    generate(alpha, at=NOW + timedelta(days=14))
    assert list(states(order)) == ["11-24", "11-27", "12-01", "12-04", "12-08"]
    rules = [version.rrule for version in order.versions.order_by("number")]
    assert rules == ["FREQ=WEEKLY;BYDAY=TU,FR;COUNT=5", "FREQ=WEEKLY;BYDAY=TU,FR;COUNT=3"]


def test_an_end_stops_the_future_and_keeps_the_past(alpha, kitchen):
    order = kitchen.standing_order()
    found = services.end_standing_order(
        **seen(order), last_day=date(2026, 11, 30), actor=kitchen.odile, at=NOW
    )
    assert days(found.cancelled) == ["12-01", "12-04"]
    generate(alpha, at=NOW + timedelta(days=7))
    assert coming(order) == ["11-24 06:30", "11-27 06:30"]


def test_an_end_can_leave_what_is_made(alpha, kitchen):
    order = kitchen.standing_order()
    found = services.end_standing_order(
        **seen(order),
        last_day=date(2026, 11, 30),
        cancels_made=False,
        actor=kitchen.odile,
        at=NOW,
    )
    assert (days(found.left), found.cancelled) == (["12-01", "12-04"], [])
    services.skip_date(**seen(order), original_start=ORIGINAL, actor=kitchen.odile, at=NOW)
    assert coming(order) == ["11-27 06:30", "12-01 06:30", "12-04 06:30"]


def test_an_end_before_a_moved_or_added_date_asks_for_it(kitchen):
    order = kitchen.standing_order()
    services.add_date(**seen(order), start=datetime(2026, 12, 3, 9, 0), actor=kitchen.odile, at=NOW)
    ending = {"last_day": date(2026, 11, 30), "actor": kitchen.odile, "at": NOW}
    shown = services.end_standing_order(**seen(order), **ending, is_rehearsal=True)
    assert [note.original for note in shown.orphans] == ["2026-12-03T09:00:00"]
    with pytest.raises(DomainError):
        services.end_standing_order(**seen(order), **ending)
    services.end_standing_order(**seen(order), **ending, keeps=["2026-12-03T09:00:00"])
    assert coming(order) == ["11-24 06:30", "11-27 06:30", "12-03 09:00"]
