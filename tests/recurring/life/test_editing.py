"""Edits reach what is not closed yet, in place; what hands decided is asked for, never lost."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coopcycle.errors import DomainError
from dispatch.models import Task, TaskEvent
from orders.models import Order, OrderEvent
from orders.ordering import services as orders
from orders.ordering.changing import change_order
from orders.ordering.drafts import LineDraft, OrderDraft
from recurring import services
from recurring.generation import generate
from recurring.models import StandingOrderEvent
from recurring.pages.changes import changes_in_words
from recurring.pages.questions import effects_of
from recurring.services import RuleLineDraft, WindowDraft
from tests.recurring.conftest import NOW
from tests.recurring.editing import url
from tests.recurring.life.conftest import (
    again,
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


def test_an_edit_changes_the_orders_that_are_made_in_place(kitchen):
    order = kitchen.standing_order()
    before = list(Order.objects.order_by("pk").values_list("pk", flat=True))
    found = edit(kitchen, order, more_tomatoes(kitchen))
    assert days(found.updated) == ["11-24", "11-27", "12-01", "12-04"]
    assert {note.fields for note in found.updated} == {("carriage", "lines")}
    assert list(Order.objects.order_by("pk").values_list("pk", flat=True)) == before
    first = made(order, "2026-11-24T06:30:00")
    assert lines(first) == {"Tomatoes": Decimal(20), "Apples": Decimal(2)}
    assert first.goods_minor == 20 * 320 + 2 * 1450
    pickup = first.parts.get(producer=kitchen.tomatoes.producer).pickup
    assert (pickup.load, pickup.weight_grams) == ("20 kg Tomatoes", 20_000)
    assert pickup.events.last().kind == TaskEvent.Kind.CHANGED


def test_what_was_shown_is_what_happens_and_a_rehearsal_leaves_no_trace(kitchen):
    order = kitchen.standing_order()
    shown = edit(kitchen, order, more_tomatoes(kitchen), is_rehearsal=True)
    assert again(order).version == 1
    assert order.versions.count() == 1
    assert lines(made(order, "2026-11-24T06:30:00"))["Tomatoes"] == Decimal(12)
    assert edit(kitchen, order, more_tomatoes(kitchen)) == shown


def test_a_stale_page_is_refused_and_changes_nothing(kitchen):
    order = kitchen.standing_order()
    edit(kitchen, order, more_tomatoes(kitchen))
    with pytest.raises(DomainError) as refusal:
        services.edit_standing_order(
            kitchen.draft(), standing_order_id=order.pk, version=1, actor=kitchen.odile, at=NOW
        )
    assert refusal.value.status == 409
    assert order.versions.count() == 2


def test_what_is_closed_stays_and_is_said(kitchen):
    order = kitchen.standing_order()
    found = edit(kitchen, order, more_tomatoes(kitchen), at=EVENING)
    assert (days(found.locked), days(found.updated)) == (["11-24"], ["11-27", "12-01", "12-04"])
    assert lines(made(order, "2026-11-24T06:30:00"))["Tomatoes"] == Decimal(12)


def test_what_a_courier_rides_stays(kitchen):
    order = kitchen.standing_order()
    task = Task.objects.filter(delivery__order__day=date(2026, 11, 27)).first()
    Task.objects.filter(pk=task.pk).update(status="FAILED", finished_at=NOW)
    found = edit(kitchen, order, more_tomatoes(kitchen))
    assert days(found.locked) == ["11-27"]
    assert lines(made(order, "2026-11-27T06:30:00"))["Tomatoes"] == Decimal(12)


def test_fields_that_hands_changed_on_an_order_are_kept_and_said(kitchen):
    order = kitchen.standing_order()
    first = made(order, "2026-11-24T06:30:00")
    draft = OrderDraft(
        buyer_id=first.buyer_id,
        kind=Order.Kind.SUPPLY,
        after=first.after,
        before=first.before,
        lines=(
            LineDraft(kitchen.tomatoes.pk, Decimal(3)),
            LineDraft(kitchen.apples.pk, Decimal(2)),
        ),
        note=first.note,
    )
    change_order(draft, order_id=first.pk, version=1, actor=kitchen.odile, at=NOW)
    found = edit(kitchen, order, more_tomatoes(kitchen, note="Back door"))
    assert [(note.number, note.fields) for note in found.kept] == [(first.number, ("lines",))]
    first = made(order, "2026-11-24T06:30:00")
    assert (lines(first)["Tomatoes"], first.note) == (Decimal(3), "Back door")
    assert (
        OrderEvent.objects.filter(order=first, kind="changed", details__by_hand=True).count() == 1
    )


def test_a_made_date_that_a_hand_changed_is_said_to_stay_as_it_is(kitchen):
    order = kitchen.standing_order()
    services.change_date(
        services.DateChange(lines=((kitchen.tomatoes.pk, Decimal(3)),)),
        **seen(order),
        original_start="2026-11-27T06:30:00",
        actor=kitchen.odile,
        at=NOW,
    )
    found = edit(kitchen, order, more_tomatoes(kitchen))
    assert days(found.updated) == ["11-24", "12-01", "12-04"]
    first = made(order, "2026-11-27T06:30:00")
    assert [(note.number, note.reason) for note in found.by_hand] == [(first.number, "changed")]
    assert "by_hand" not in found.counts
    kept = next(effect for effect in effects_of(found) if "by hand" in effect.words)
    assert (kept.words, kept.days) == ("1 changed by hand stays", "Fri 27 Nov")


def test_another_time_of_the_day_moves_the_same_orders(kitchen):
    order = kitchen.standing_order()
    before = made(order, "2026-12-01T06:30:00").pk
    found = edit(kitchen, order, kitchen.draft(start=time(7, 15)))
    assert (found.cancelled, found.dropped, len(found.updated)) == ([], [], 4)
    assert coming(order) == [f"{day} 07:15" for day in ("11-24", "11-27", "12-01", "12-04")]
    assert made(order, "2026-12-01T07:15:00").pk == before
    tasks = Task.objects.filter(delivery__order=before, kind="PICKUP")
    assert {f"{task.after:%H:%M}" for task in tasks} == {"05:15"}


def test_other_weekdays_call_off_what_is_no_more(kitchen):
    order = kitchen.standing_order()
    found = edit(kitchen, order, kitchen.draft(weekdays=[3, 5]))
    assert days(found.cancelled) == ["11-24", "12-01"]
    assert days(found.made_now) == ["11-25", "12-02"]
    assert coming(order) == ["11-25 06:30", "11-27 06:30", "12-02 06:30", "12-04 06:30"]
    assert states(order)["11-24"] == "cancelled"


def test_a_moved_date_that_is_no_more_is_asked_for(kitchen):
    order = kitchen.standing_order()
    services.move_date(
        **seen(order),
        original_start="2026-12-01T06:30:00",
        new_start=datetime(2026, 12, 2, 9, 0),
        actor=kitchen.odile,
        at=NOW,
    )
    draft = kitchen.draft(weekdays=[5])
    shown = edit(kitchen, order, draft, is_rehearsal=True)
    assert [(n.original, n.start.isoformat()) for n in shown.orphans] == [
        ("2026-12-01T06:30:00", "2026-12-02T09:00:00")
    ]
    with pytest.raises(DomainError):
        edit(kitchen, order, draft)
    edit(kitchen, order, draft, keeps=["2026-12-01T06:30:00"])
    assert coming(order) == ["11-27 06:30", "12-02 09:00", "12-04 06:30"]


def test_a_moved_date_that_is_dropped_is_called_off(kitchen):
    order = kitchen.standing_order()
    services.move_date(
        **seen(order),
        original_start="2026-12-01T06:30:00",
        new_start=datetime(2026, 12, 2, 9, 0),
        actor=kitchen.odile,
        at=NOW,
    )
    edit(kitchen, order, kitchen.draft(weekdays=[5]), keeps=[])
    assert coming(order) == ["11-27 06:30", "12-04 06:30"]


def test_a_changed_date_survives_an_edit_of_the_contents(kitchen):
    order = kitchen.standing_order()
    services.change_date(
        services.DateChange(lines=((kitchen.apples.pk, Decimal(9)),)),
        **seen(order),
        original_start="2026-12-01T06:30:00",
        actor=kitchen.odile,
        at=NOW,
    )
    edit(kitchen, order, more_tomatoes(kitchen))
    assert lines(made(order, "2026-12-01T06:30:00")) == {"Apples": Decimal(9)}
    assert lines(made(order, "2026-12-04T06:30:00"))["Tomatoes"] == Decimal(20)


def test_editing_goods_never_moves_the_anchor_of_every_second_week(alpha, kitchen):
    order = kitchen.standing_order(interval=2)
    later = NOW + timedelta(days=9)  # in the week between
    edit(kitchen, order, more_tomatoes(kitchen, interval=2), at=later)
    generate(alpha, at=later)
    assert [day for day in states(order) if day > "12-01"] == ["12-08", "12-11"]


def test_a_product_more_makes_a_pick_up_more_and_a_product_less_takes_it_away(kitchen):
    order = kitchen.standing_order(lines=((kitchen.tomatoes.pk, Decimal(12)),))
    first = made(order, ORIGINAL)
    assert first.delivery.tasks.count() == 2
    edit(kitchen, order, kitchen.draft())
    assert list(first.delivery.tasks.order_by("pk").values_list("kind", "status")) == [
        ("PICKUP", "TODO"),
        ("DROPOFF", "TODO"),
        ("PICKUP", "TODO"),
    ]
    edit(kitchen, order, kitchen.draft(lines=((kitchen.apples.pk, Decimal(2)),)))
    first = made(order, ORIGINAL)
    assert lines(first) == {"Apples": Decimal(2)}
    assert sorted(first.delivery.tasks.values_list("kind", "status")) == [
        ("DROPOFF", "TODO"),
        ("PICKUP", "CANCELLED"),
        ("PICKUP", "TODO"),
    ]


def test_a_producer_that_said_yes_is_asked_again(kitchen):
    order = kitchen.standing_order()
    first = made(order, ORIGINAL)
    for part in first.parts.all():
        orders.accept_part(part_id=part.pk, actor=kitchen.office, at=NOW)
    edit(kitchen, order, more_tomatoes(kitchen))
    first = made(order, ORIGINAL)
    answers = dict(first.parts.values_list("producer__name", "state"))
    assert answers == {
        kitchen.tomatoes.producer.name: "new",
        kitchen.apples.producer.name: "accepted",
    }
    assert first.state == "new"


def test_what_a_producer_refused_is_not_asked_again(kitchen):
    order = kitchen.standing_order()
    part = made(order, ORIGINAL).parts.get(producer=kitchen.apples.producer)
    orders.refuse_part(part_id=part.pk, reason="Hail", actor=kitchen.office, at=NOW)
    edit(kitchen, order, more_tomatoes(kitchen))
    first = made(order, ORIGINAL)
    assert first.parts.get(pk=part.pk).state == "refused"
    assert first.goods_minor == 20 * 320


def test_an_agreed_price_holds_until_its_day(kitchen):
    agreed = RuleLineDraft(
        kitchen.tomatoes.pk, Decimal(10), fixed_price_minor=200, fixed_until=date(2026, 11, 30)
    )
    order = kitchen.standing_order(lines=(agreed,))
    assert made(order, "2026-11-27T06:30:00").goods_minor == 2000
    assert made(order, "2026-12-01T06:30:00").goods_minor == 3200


def test_an_agreed_carriage_is_the_orders_price(kitchen):
    order = kitchen.standing_order(carriage_minor=500, carriage_until=date(2026, 11, 30))
    first, later = (made(order, f"2026-{day}T06:30:00") for day in ("11-27", "12-01"))
    assert (first.delivery_minor, first.needs_price) == (500, False)
    assert later.delivery_minor != 500
    part = first.parts.get(producer=kitchen.apples.producer)
    orders.refuse_part(part_id=part.pk, reason="Hail", actor=kitchen.office, at=NOW)
    first.refresh_from_db()
    assert first.delivery_minor == 500


def test_several_windows_a_day_and_a_pick_up_the_evening_before(kitchen):
    order = kitchen.standing_order(
        windows=(
            WindowDraft(time(6, 30), 30, pickup_opens=time(18), pickup_days_before=1),
            WindowDraft(time(15), 60),
        )
    )
    assert coming(order)[:3] == ["11-24 06:30", "11-24 15:00", "11-27 06:30"]
    morning = made(order, ORIGINAL).delivery.tasks.filter(kind="PICKUP").first()
    assert f"{morning.after:%m-%d %H:%M}" == "11-23 17:00"
    assert morning.day == date(2026, 11, 23)


def test_what_is_picked_up_before_midnight_is_brought_the_next_day(kitchen):
    order = kitchen.standing_order(
        windows=(WindowDraft(time(0), 45, pickup_opens=time(23, 30), pickup_days_before=1),)
    )
    first = made(order, "2026-11-24T00:00:00")
    pickups = set(first.delivery.tasks.filter(kind="PICKUP").values_list("day", "after"))
    assert pickups == {(date(2026, 11, 23), datetime(2026, 11, 23, 22, 30, tzinfo=UTC))}
    assert (first.day, first.after) == (
        date(2026, 11, 24),
        datetime(2026, 11, 23, 23, 0, tzinfo=UTC),
    )


def test_a_window_over_midnight_is_of_the_day_on_which_it_opens(kitchen):
    order = kitchen.standing_order(windows=(WindowDraft(time(23, 30), 60),))
    first = made(order, "2026-11-24T23:30:00")
    assert (first.day, first.before) == (
        date(2026, 11, 24),
        datetime(2026, 11, 24, 23, 30, tzinfo=UTC),  # half past midnight in Grenoble
    )
    assert coming(order)[:2] == ["11-24 23:30", "11-27 23:30"]


def test_every_act_leaves_a_line_in_the_history(kitchen):
    order = kitchen.standing_order()
    edit(kitchen, order, more_tomatoes(kitchen))
    created, edited = StandingOrderEvent.objects.filter(standing_order=order).order_by("pk")
    assert (created.kind, edited.kind, edited.actor) == ("created", "edited", kitchen.odile)
    assert [change["what"] for change in edited.changes] == ["lines"]
    assert edited.changes[0]["after"][0]["quantity"] == "20"
    assert edited.counts["updated"] == 4


def test_the_history_reads_as_sentences(kitchen):
    order = kitchen.standing_order()
    edit(kitchen, order, kitchen.draft(weekdays=[2], start=time(7), note="Back door"), keeps=[])
    pausing = {"from_day": date(2026, 12, 1), "to_day": date(2026, 12, 8), "reason": "Feast"}
    services.pause_standing_order(
        **seen(order), **pausing, cancels_made=True, actor=kitchen.odile, at=NOW
    )
    services.change_date(
        services.DateChange(lines=((kitchen.apples.pk, Decimal(9)),)),
        **seen(order),
        original_start="2026-12-15T07:00:00",
        actor=kitchen.odile,
        at=NOW,
    )
    changed, paused, edited, created = StandingOrderEvent.objects.filter(standing_order=order)
    assert changes_in_words(created.changes) == []
    assert changes_in_words(edited.changes) == [
        "2 deliveries a week, on Tuesday and Friday → 1 delivery a week, on Tuesday",
        "06:30–07:00 → 07:00–07:30",
        "Ring at the kitchen → Back door",
    ]
    assert changes_in_words(paused.changes) == ["Tue 1 Dec – Tue 8 Dec, Feast"]
    assert changes_in_words(changed.changes) == ["9 kg Apples"]


class TestWhatAnOrderLacks:
    """An edit that leaves an order as it is says of it what it said before."""

    def offer(self, product, *, is_available: bool) -> None:
        product.is_available = is_available
        product.save()

    def test_it_still_lacks_a_product_that_is_offered_again(self, kitchen):
        self.offer(kitchen.apples, is_available=False)
        order = kitchen.standing_order()
        self.offer(kitchen.apples, is_available=True)
        found = edit(kitchen, order, kitchen.draft(name="Vegetables"))
        row = order.occurrences.get(original_start=ORIGINAL)
        assert (found.updated, row.version.number) == ([], 2)
        assert lines(row.order) == {"Tomatoes": Decimal(12)}
        assert row.left_out == [{"name": "Apples", "reason": "gone"}]

    def test_it_still_has_a_product_that_is_offered_no_longer(self, kitchen):
        order = kitchen.standing_order()
        self.offer(kitchen.apples, is_available=False)
        edit(kitchen, order, kitchen.draft(name="Vegetables"))
        row = order.occurrences.get(original_start=ORIGINAL)
        assert lines(row.order) == {"Tomatoes": Decimal(12), "Apples": Decimal(2)}
        assert row.left_out == []

    def test_an_edit_of_its_goods_brings_it_back_and_says_so(self, kitchen):
        self.offer(kitchen.apples, is_available=False)
        order = kitchen.standing_order()
        self.offer(kitchen.apples, is_available=True)
        edit(kitchen, order, more_tomatoes(kitchen))
        row = order.occurrences.get(original_start=ORIGINAL)
        assert lines(row.order) == {"Tomatoes": Decimal(20), "Apples": Decimal(2)}
        assert row.left_out == []

    def test_its_date_goes_on_saying_it(self, kitchen, odile):
        self.offer(kitchen.apples, is_available=False)
        order = kitchen.standing_order(at=timezone.now(), weekdays=[1, 2, 3, 4, 5, 6, 7])
        self.offer(kitchen.apples, is_available=True)
        draft = kitchen.draft(name="Vegetables", weekdays=[1, 2, 3, 4, 5, 6, 7])
        edit(kitchen, order, draft, at=timezone.now())
        page = odile.get(url("rule-detail", order.pk)).content.decode()
        assert "Apples: no longer offered" in page
