"""One date by hand: its own people until the cut-off, the office until somebody rides."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from coopcycle.errors import DomainError
from dispatch import services as dispatch
from dispatch.models import Task
from orders.catalog.models import Closure
from orders.models import OrderEvent
from orders.ordering.services import cancel_order
from recurring import services
from recurring.generation import generate
from recurring.models import Override, StandingOrderEvent
from recurring.services import DateChange
from tests.factories import CourierFactory
from tests.recurring.conftest import NOW
from tests.recurring.life.conftest import again, coming, lines, made, seen, states

FIRST, SECOND = "2026-11-24T06:30:00", "2026-11-27T06:30:00"
EVENING = NOW + timedelta(hours=9)  # 19:00: tomorrow's lists are closed


@pytest.fixture
def order(kitchen):
    return kitchen.standing_order()


def skip(kitchen, order, original=SECOND, at=NOW, actor=None, **kwargs):
    return services.skip_date(
        **seen(order), original_start=original, actor=actor or kitchen.odile, at=at, **kwargs
    )


def move(kitchen, order, to, original=SECOND, at=NOW, actor=None, **kwargs):
    return services.move_date(
        **seen(order),
        original_start=original,
        new_start=to,
        actor=actor or kitchen.odile,
        at=at,
        **kwargs,
    )


def change(kitchen, order, original=SECOND, at=NOW, actor=None, **said):
    return services.change_date(
        DateChange(**said),
        **seen(order),
        original_start=original,
        actor=actor or kitchen.odile,
        at=at,
    )


def restore(kitchen, order, original=SECOND, at=NOW, actor=None, **kwargs):
    return services.restore_date(
        **seen(order), original_start=original, actor=actor or kitchen.odile, at=at, **kwargs
    )


def test_a_skipped_date_comes_back_as_the_same_order(kitchen, order):
    number = made(order, SECOND).pk
    assert [note.order_id for note in skip(kitchen, order).cancelled] == [number]
    assert states(order)["11-27"] == "cancelled"
    assert made(order, SECOND).state == "cancelled"
    assert [note.order_id for note in restore(kitchen, order).revived] == [number]
    again_made = made(order, SECOND)
    assert (again_made.pk, again_made.state) == (number, "new")
    assert set(again_made.delivery.tasks.values_list("status", flat=True)) == {"TODO"}
    kinds = list(again_made.events.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["generated", "cancelled", "restored"]


def test_a_date_that_has_no_order_yet_is_skipped_too(alpha, kitchen, order):
    found = skip(kitchen, order, "2026-12-15T06:30:00")
    assert [note.original for note in found.dropped] == ["2026-12-15T06:30:00"]
    generate(alpha, at=NOW + timedelta(days=10))
    assert states(order)["12-15"] == "skipped"


def test_skipped_then_moved_further_than_dates_are_made_it_is_to_come_again(alpha, kitchen, order):
    skipped, later = "2026-12-15T06:30:00", NOW + timedelta(days=10)
    skip(kitchen, order, skipped)
    generate(alpha, at=later)
    move(kitchen, order, datetime(2026, 12, 23, 9, 0), skipped, at=later)
    assert "12-15" not in states(order)
    generate(alpha, at=later + timedelta(days=7))
    assert made(order, skipped).day == date(2026, 12, 23)


def test_a_moved_date_takes_its_order_and_its_stops_along(kitchen, order):
    number = made(order, SECOND).pk
    found = move(kitchen, order, datetime(2026, 11, 26, 9, 0))
    assert [note.order_id for note in found.updated] == [number]
    moved = made(order, SECOND)
    assert moved.day == date(2026, 11, 26)
    assert {task.day for task in moved.delivery.tasks.all()} == {date(2026, 11, 26)}
    assert {f"{task.after:%H:%M}" for task in moved.delivery.tasks.filter(kind="PICKUP")} == {
        "07:00"
    }
    restore(kitchen, order)
    assert coming(order)[1] == "11-27 06:30"


def test_a_stop_that_changes_its_day_leaves_its_courier(kitchen, order):
    tasks = list(made(order, SECOND).delivery.tasks.all())
    seen_tasks = {task.pk: task.version for task in tasks}
    dispatch.assign(seen_tasks, courier_id=CourierFactory().pk, actor=kitchen.office, at=NOW)
    change(kitchen, order, note="Ring twice")
    assert Task.objects.filter(pk__in=seen_tasks, tour=None).count() == 0
    move(kitchen, order, datetime(2026, 11, 26, 9, 0))
    assert Task.objects.filter(pk__in=seen_tasks, tour=None).count() == 3


def test_moving_to_a_day_with_another_delivery_is_said(kitchen, order):
    found = move(kitchen, order, datetime(2026, 12, 1, 11, 0), is_rehearsal=True)
    assert [note.original for note in found.crowded] == ["2026-12-01T06:30:00"]


def test_a_date_cannot_be_moved_to_where_nothing_can_come(kitchen, order):
    for product in (kitchen.tomatoes, kitchen.apples):
        Closure.objects.create(
            producer=product.producer,
            from_day=date(2026, 11, 26),
            to_day=date(2026, 11, 26),
            created_at=NOW,
        )
    with pytest.raises(DomainError, match="Nothing can come on"):
        move(kitchen, order, datetime(2026, 11, 26, 9, 0))
    assert not Override.objects.exists()


def test_a_date_cannot_be_moved_into_the_past(kitchen, order):
    with pytest.raises(DomainError, match="to come"):
        move(kitchen, order, datetime(2026, 11, 20, 9, 0), actor=kitchen.office)


def test_a_changed_date_brings_something_else_and_keeps_its_move(kitchen, order):
    move(kitchen, order, datetime(2026, 11, 26, 9, 0))
    change(kitchen, order, lines=((kitchen.apples.pk, Decimal(7)),), note="Party", minutes=120)
    changed = made(order, SECOND)
    assert (lines(changed), changed.note) == ({"Apples": Decimal(7)}, "Party")
    assert changed.before - changed.after == timedelta(hours=2)
    assert changed.day == date(2026, 11, 26)
    override = Override.objects.get()
    assert (override.action, override.new_start) == ("change", "2026-11-26T09:00:00")


def test_a_date_that_is_changed_and_then_skipped_is_skipped(kitchen, order):
    change(kitchen, order, note="Party")
    skip(kitchen, order)
    assert Override.objects.get().note == ""
    assert made(order, SECOND).state == "cancelled"


def test_an_added_date_is_made_and_taken_away_again(kitchen, order):
    added = "2026-11-26T10:00:00"
    found = services.add_date(
        **seen(order), start=datetime(2026, 11, 26, 10, 0), actor=kitchen.odile, at=NOW
    )
    assert [note.original for note in found.made_now] == [added]
    assert lines(made(order, added))["Tomatoes"] == Decimal(12)
    restore(kitchen, order, added)
    assert made(order, added).state == "cancelled"
    assert coming(order)[1] == "11-27 06:30"


def test_a_date_that_is_there_cannot_be_added(kitchen, order):
    with pytest.raises(DomainError, match="already"):
        services.add_date(
            **seen(order), start=datetime(2026, 11, 27, 6, 30), actor=kitchen.odile, at=NOW
        )


def test_after_the_cut_off_a_buyer_is_told_until_when_it_was_possible(kitchen, order):
    for act in (skip, restore, change):
        with pytest.raises(DomainError, match=r"until Monday 23 November, 18:00\. Call"):
            act(kitchen, order, FIRST, at=EVENING)
    with pytest.raises(DomainError, match="until"):
        move(kitchen, order, datetime(2026, 11, 26, 9, 0), FIRST, at=EVENING)
    assert again(order).version == 1


def test_after_the_cut_off_the_office_still_can(kitchen, order):
    change(
        kitchen,
        order,
        FIRST,
        at=EVENING,
        actor=kitchen.office,
        lines=((kitchen.tomatoes.pk, Decimal(5)),),
    )
    assert lines(made(order, FIRST)) == {"Tomatoes": Decimal(5)}
    skip(kitchen, order, FIRST, at=EVENING, actor=kitchen.office)
    assert made(order, FIRST).state == "cancelled"
    restore(kitchen, order, FIRST, at=EVENING, actor=kitchen.office)
    assert made(order, FIRST).state == "new"
    assert lines(made(order, FIRST))["Tomatoes"] == Decimal(12)


def test_nobody_can_once_somebody_rides(kitchen, order):
    task = made(order, FIRST).delivery.tasks.first()
    Task.objects.filter(pk=task.pk).update(status="FAILED", finished_at=NOW)
    with pytest.raises(DomainError, match="The ride has begun"):
        skip(kitchen, order, FIRST, actor=kitchen.office)


def test_a_date_of_which_nobody_knows_is_refused(kitchen, order):
    for original in ("2026-11-25T06:30:00", "2026-11-20T06:30:00"):
        with pytest.raises(DomainError, match="no longer one of"):
            skip(kitchen, order, original)


def test_an_order_called_off_on_its_own_page_comes_back_with_the_date(kitchen, order):
    cancel_order(order_id=made(order, SECOND).pk, actor=kitchen.odile, at=NOW)
    assert states(order)["11-27"] == "generated"
    restore(kitchen, order)
    assert made(order, SECOND).state == "new"


def test_a_parcels_date_changes_its_load(kitchen):
    parcel = kitchen.standing_order(
        kind="delivery",
        lines=(),
        recipient="Paul Ferrand",
        recipient_address_id=kitchen.restaurant.address_id,
        load="2 boxes",
        weight_grams=4000,
    )
    change(kitchen, parcel, load="5 boxes", weight_grams=9000)
    stops = made(parcel, SECOND).delivery.tasks.values_list("load", "weight_grams")
    assert set(stops) == {("5 boxes", 9000)}


def test_what_was_said_of_a_date_is_in_the_history(kitchen, order):
    move(kitchen, order, datetime(2026, 11, 26, 9, 0))
    event = StandingOrderEvent.objects.get(kind="date_moved")
    assert event.original_start == SECOND
    assert event.changes == [
        {
            "what": "date",
            "before": None,
            "after": {"action": "move", "new_start": "2026-11-26T09:00:00"},
        }
    ]
    assert OrderEvent.objects.get(kind="changed").details["before"]["window"][0] == (
        "2026-11-27T05:30:00+00:00"
    )


def test_the_database_refuses_a_skip_that_says_more(order):
    with pytest.raises(IntegrityError), transaction.atomic():
        Override.objects.create(
            standing_order=order,
            original_start=SECOND,
            action="cancel",
            note="But do",
            decided_at=NOW,
        )
