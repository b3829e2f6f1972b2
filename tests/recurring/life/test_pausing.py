"""Pauses with dates, of one and of many: what is made is asked about, and what comes back is said."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coopcycle.errors import DomainError
from recurring import services
from recurring.generation import generate
from recurring.models import BulkPause, Pause
from recurring.pages.questions import days_named, effects_of_pause
from recurring.services import WindowDraft
from tests.recurring.conftest import NOW
from tests.recurring.life.conftest import again, coming, days, more_tomatoes, seen, states

EVENING = NOW + timedelta(hours=9)


def pause(kitchen, order, first, last, at=NOW, cancels_made=True, **kwargs):
    return services.pause_standing_order(
        **seen(order),
        from_day=first,
        to_day=last,
        reason="Holidays",
        cancels_made=cancels_made,
        actor=kitchen.odile,
        at=at,
        **kwargs,
    )


def resume(kitchen, order, at=NOW, **kwargs):
    return services.resume_standing_order(**seen(order), actor=kitchen.odile, at=at, **kwargs)


def test_a_pause_in_the_middle_of_made_days_calls_them_off_and_says_what_stays(kitchen):
    order = kitchen.standing_order()
    found = pause(kitchen, order, date(2026, 11, 24), date(2026, 12, 1), at=EVENING)
    assert days(found.cancelled) == ["11-27", "12-01"]
    assert days(found.locked) == ["11-24"]
    assert coming(order) == ["11-24 06:30", "12-04 06:30"]
    assert order.occurrences.get(original_start="2026-11-27T06:30:00").reason == "paused"


def test_a_pause_can_keep_what_is_made_for_good(kitchen):
    order = kitchen.standing_order()
    found = pause(kitchen, order, date(2026, 11, 24), date(2026, 12, 31), cancels_made=False)
    assert days(found.left) == ["11-24", "11-27", "12-01", "12-04"]
    assert "12-08" in days(found.dropped)
    services.edit_standing_order(
        more_tomatoes(kitchen), **seen(order), actor=kitchen.odile, at=NOW, keeps=[]
    )
    assert len(coming(order)) == 4


def test_going_on_says_what_is_made_at_once_and_brings_back_what_was_called_off(alpha, kitchen):
    order = kitchen.standing_order()
    pause(kitchen, order, date(2026, 11, 27), None)
    later = NOW + timedelta(days=5)  # Saturday 28
    generate(alpha, at=later)
    shown = resume(kitchen, order, at=later, is_rehearsal=True)
    assert days(shown.revived) == ["12-01", "12-04"]
    assert days(shown.made_now) == ["12-08", "12-11"]
    assert resume(kitchen, order, at=later) == shown
    assert coming(order) == [f"{d} 06:30" for d in ("11-24", "12-01", "12-04", "12-08", "12-11")]
    assert Pause.objects.get().to_day == date(2026, 11, 27)


def test_going_on_after_a_list_has_closed_does_not_order_from_it(alpha, kitchen):
    order = kitchen.standing_order()
    pause(kitchen, order, date(2026, 11, 23), None)
    resume(kitchen, order, at=EVENING)
    assert coming(order) == ["11-27 06:30", "12-01 06:30", "12-04 06:30"]
    assert states(order)["11-24"] == "cancelled"
    generate(alpha, at=EVENING + timedelta(hours=1))
    assert len(coming(order)) == 3


def test_a_pause_that_ends_before_it_begins_is_refused(kitchen):
    order = kitchen.standing_order()
    with pytest.raises(DomainError) as refusal:
        pause(kitchen, order, date(2026, 12, 2), date(2026, 12, 1))
    assert refusal.value.status == 422


def test_one_of_two_pauses_ends_and_the_other_stays(kitchen):
    order = kitchen.standing_order()
    pause(kitchen, order, date(2026, 11, 27), date(2026, 11, 27))
    pause(kitchen, order, date(2026, 12, 4), date(2026, 12, 4))
    first, second = order.pauses.all()
    found = resume(kitchen, order, pause_id=first.pk)
    assert days(found.revived) == ["11-27"]
    assert coming(order) == ["11-24 06:30", "11-27 06:30", "12-01 06:30"]
    assert order.pauses.get() == second
    with pytest.raises(DomainError, match="over already"):
        resume(kitchen, order, pause_id=first.pk)


def test_a_pause_of_the_cooperative_for_many_is_not_ended_by_a_buyer(kitchen):
    order = kitchen.standing_order()
    TestMany().pause(kitchen, [order])
    pause(kitchen, order, date(2026, 12, 4), date(2026, 12, 4))
    of_all = order.pauses.exclude(bulk=None).get()
    with pytest.raises(DomainError, match="Ask its office"):
        resume(kitchen, order, pause_id=of_all.pk)
    resume(kitchen, order)
    assert order.pauses.get() == of_all
    assert coming(order) == ["11-24 06:30", "12-04 06:30"]
    services.resume_standing_order(**seen(order), pause_id=of_all.pk, actor=kitchen.office, at=NOW)
    assert coming(order) == [f"{d} 06:30" for d in ("11-24", "11-27", "12-01", "12-04")]


def test_a_moved_date_is_delivered_in_a_pause(kitchen):
    order = kitchen.standing_order()
    services.move_date(
        **seen(order),
        original_start="2026-11-27T06:30:00",
        new_start=datetime(2026, 11, 28, 9, 0),
        actor=kitchen.odile,
        at=NOW,
    )
    pause(kitchen, order, date(2026, 11, 25), date(2026, 12, 31))
    assert coming(order) == ["11-24 06:30", "11-28 09:00"]


def test_a_pause_names_what_hands_put_on_its_days_and_what_is_closed_there(kitchen):
    order = kitchen.standing_order()
    services.move_date(
        **seen(order),
        original_start="2026-12-04T06:30:00",
        new_start=datetime(2026, 12, 5, 9, 0),
        actor=kitchen.odile,
        at=NOW,
    )
    found = pause(kitchen, order, date(2026, 12, 1), date(2026, 12, 5), at=EVENING)
    assert days(found.by_hand) == ["12-05"]
    assert days(found.locked) == []  # 24 November is closed, and not one of these days
    said = [(effect.words, effect.days) for effect in effects_of_pause(found)]
    assert said == [
        ("1 order is cancelled", "Tue 1 Dec"),
        ("1 changed by hand stays", "Sat 5 Dec"),
    ]


def test_dates_of_one_day_are_told_apart_by_their_times(kitchen):
    windows = (WindowDraft(time(6, 30), 30), WindowDraft(time(16), 60))
    order = kitchen.standing_order(windows=windows)
    found = pause(kitchen, order, date(2026, 12, 1), date(2026, 12, 1))
    assert days_named(found.cancelled) == "Tue 1 Dec 06:30 and Tue 1 Dec 16:00"


class TestMany:
    """“No deliveries from 27 November to 1 December” for all."""

    FIRST, LAST = date(2026, 11, 27), date(2026, 12, 1)

    def pause(self, kitchen, orders, **kwargs):
        return services.pause_many(
            {order.pk: again(order).version for order in orders},
            from_day=self.FIRST,
            to_day=self.LAST,
            reason="Inventory",
            cancels_made=True,
            actor=kitchen.office,
            at=NOW,
            **kwargs,
        )

    def test_shows_what_happens_to_each_and_then_does_it(self, kitchen):
        orders = [kitchen.standing_order(), kitchen.standing_order(weekdays=[3])]
        shown = self.pause(kitchen, orders, is_rehearsal=True)
        assert not BulkPause.objects.exists()
        assert days(shown.of(orders[0].pk).cancelled) == ["11-27", "12-01"]
        assert shown.of(orders[1].pk).counts.get("cancelled") is None
        assert self.pause(kitchen, orders) == shown
        assert coming(orders[0]) == ["11-24 06:30", "12-04 06:30"]
        assert Pause.objects.count() == 2
        assert again(orders[1]).events.first().kind == "paused"

    def test_is_refused_when_one_has_changed_since(self, kitchen):
        orders = [kitchen.standing_order(), kitchen.standing_order(name="Second")]
        stale = {order.pk: again(order).version for order in orders}
        services.skip_date(
            **seen(orders[1]),
            original_start="2026-11-24T06:30:00",
            actor=kitchen.odile,
            at=NOW,
        )
        with pytest.raises(DomainError) as refusal:
            services.pause_many(
                stale,
                from_day=self.FIRST,
                to_day=self.LAST,
                reason="",
                cancels_made=True,
                actor=kitchen.office,
                at=NOW,
            )
        assert refusal.value.status == 409
        assert not Pause.objects.exists()

    def test_is_undone_as_one(self, kitchen):
        orders = [kitchen.standing_order(), kitchen.standing_order(name="Second")]
        before = [coming(order) for order in orders]
        self.pause(kitchen, orders)
        bulk = BulkPause.objects.get()
        found = services.undo_bulk_pause(bulk.pk, actor=kitchen.office, at=NOW)
        assert len(found.revived) == 4
        assert [coming(order) for order in orders] == before
        assert not Pause.objects.exists()
        with pytest.raises(DomainError, match="undone already"):
            services.undo_bulk_pause(bulk.pk, actor=kitchen.office, at=NOW)

    @pytest.mark.parametrize("is_rehearsal", [True, False])
    def test_asks_no_more_questions_for_ten_than_for_one(
        self, kitchen, django_assert_num_queries, is_rehearsal
    ):
        def pause(orders):
            return services.pause_many(
                dict.fromkeys((order.pk for order in orders), 1),
                from_day=self.FIRST,
                to_day=self.LAST,
                reason="",
                cancels_made=True,
                actor=kitchen.office,
                at=NOW,
                is_rehearsal=is_rehearsal,
            )

        one = [kitchen.standing_order()]
        many = [kitchen.standing_order(name=f"{number}") for number in range(10)]
        with CaptureQueriesContext(connection) as alone:
            pause(one)
        with django_assert_num_queries(len(alone)):
            found = pause(many)
        assert len(found.cancelled) == 20
