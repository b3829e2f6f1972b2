"""One order for each date, whatever happens; and what is not made says why."""

from datetime import date, datetime, timedelta

import pytest

from orders.models import Order
from recurring import generation, storage
from recurring.generation import generate
from recurring.models import GenerationRun, HolidayDay, Occurrence, Pause
from tests.recurring.conftest import NOW

State = Occurrence.State


def states(order) -> dict[str, str]:
    rows = order.occurrences.order_by("original_start")
    return {row.original_start[5:10]: row.state for row in rows}


def test_the_first_two_weeks_are_made_at_once(kitchen):
    order = kitchen.standing_order()
    assert states(order) == dict.fromkeys(["11-24", "11-27", "12-01", "12-04"], "generated")
    made = Order.objects.order_by("after").first()
    assert (made.buyer, made.note) == (kitchen.restaurant, "Ring at the kitchen")
    assert made.after == datetime.fromisoformat("2026-11-24T06:30:00+01:00")
    assert made.before == datetime.fromisoformat("2026-11-24T07:00:00+01:00")
    assert made.delivery.is_recurring
    assert made.goods_minor == 12 * 320 + 2 * 1450


def test_running_twice_makes_nothing_more(alpha, kitchen):
    kitchen.standing_order()
    run = generate(alpha, at=NOW)
    assert (run.generated, run.skipped, run.failed) == (0, 0, 0)
    assert Order.objects.count() == 4


def test_the_next_day_makes_the_next_date(alpha, kitchen):
    order = kitchen.standing_order()
    run = generate(alpha, at=NOW + timedelta(days=1))
    assert run.generated == 1
    assert list(states(order))[-1] == "12-08"


def test_a_holiday_leaves_a_row_with_its_name(alpha, kitchen):
    HolidayDay.objects.create(day=date(2026, 11, 27), name="Town fair", is_local=True)
    HolidayDay.objects.create(day=date(2027, 1, 1), name="New Year")
    order = kitchen.standing_order()
    row = order.occurrences.get(state=State.SKIPPED)
    assert (row.original_start, row.reason, row.detail) == (
        "2026-11-27T06:30:00",
        "holiday",
        "Town fair",
    )


def test_a_product_that_is_gone_is_left_out_and_the_rest_comes(alpha, kitchen):
    kitchen.apples.is_available = False
    kitchen.apples.save()
    order = kitchen.standing_order()
    row = order.occurrences.first()
    assert row.left_out == [{"name": "Apples", "reason": "gone"}]
    assert row.order.goods_minor == 12 * 320


def test_without_any_product_the_date_is_skipped_until_they_are_back(alpha, kitchen):
    for product in (kitchen.apples, kitchen.tomatoes):
        product.is_available = False
        product.save()
    order = kitchen.standing_order()
    assert {row.reason for row in order.occurrences.all()} == {"nothing_left"}
    kitchen.tomatoes.is_available = True
    kitchen.tomatoes.save()
    assert generate(alpha, at=NOW).generated == 4


def test_what_is_entered_after_the_cut_off_waits_for_the_next_date(kitchen):
    order = kitchen.standing_order(at=NOW + timedelta(hours=9))  # 19:00; both close at 18:00
    first = order.occurrences.first()
    assert (first.state, first.reason) == (State.SKIPPED, "too_late")


def test_after_an_outage_past_days_are_missed_and_future_ones_made(alpha, kitchen):
    order = kitchen.standing_order()
    generate(alpha, at=NOW)
    run = generate(alpha, at=NOW + timedelta(days=17))  # Thursday 10 December
    assert states(order)["12-08"] == "missed"
    assert (run.missed, run.generated) == (1, 4)
    assert "12-25" not in states(order)


@pytest.mark.parametrize(
    ("choice", "minutes", "expected"),
    [("tell", 15, "missed"), ("make", 25, "missed"), ("make", 15, "generated")],
)
def test_an_open_window_is_still_made_when_the_co_op_chose_so(
    alpha, kitchen, choice, minutes, expected
):
    order = kitchen.standing_order()
    generate(alpha, at=NOW)
    alpha.missed_dates, alpha.lead_minutes = choice, minutes
    back = datetime.fromisoformat("2026-12-08T06:40:00+01:00")  # the window ends at 07:00
    run = generate(alpha, at=back)
    assert states(order)["12-08"] == expected
    assert run.missed == (expected == "missed")


def test_a_broken_standing_order_does_not_stop_the_others(alpha, kitchen, monkeypatch):
    with_orders = generation.place_orders

    def breaks_on_apples(drafts, **kwargs):
        if any(draft.note == "break" for draft in drafts):
            raise ValueError("a bug in pricing")
        return with_orders(drafts, **kwargs)

    monkeypatch.setattr(generation, "place_orders", breaks_on_apples)
    bad = kitchen.standing_order(note="break")
    good = kitchen.standing_order()
    run = generate(alpha, at=NOW + timedelta(days=1))
    assert set(states(bad).values()) == {"failed"}
    assert bad.occurrences.first().reason == "ValueError: a bug in pricing"
    assert set(states(good).values()) == {"generated"}
    assert (run.failed, run.generated) == (4, 1)
    monkeypatch.undo()
    assert generate(alpha, at=NOW + timedelta(days=1)).generated == 4  # tried again


def test_a_rule_that_cannot_be_read_is_reported(alpha, kitchen):
    bad = kitchen.standing_order()
    bad.versions.update(rrule="FREQ=HOURLY")
    good = kitchen.standing_order()
    run = generate(alpha, at=NOW + timedelta(days=1))
    assert run.failed == 1
    assert "RuleError" in run.error
    assert "12-08" in states(good)


def test_killed_between_occurrence_and_lines_leaves_nothing_half_made(alpha, kitchen, monkeypatch):
    order = kitchen.standing_order()

    def dies(*args, **kwargs):
        raise SystemExit

    monkeypatch.setattr(generation, "place_orders", dies)
    with pytest.raises(SystemExit):
        generate(alpha, at=NOW + timedelta(days=1))
    assert (order.occurrences.count(), Order.objects.count()) == (4, 4)
    monkeypatch.undo()
    assert generate(alpha, at=NOW + timedelta(days=1)).generated == 1


def test_a_paused_date_is_made_once_the_pause_is_over(alpha, kitchen):
    order = kitchen.standing_order()
    Pause.objects.create(standing_order=order, from_day=date(2026, 12, 8), created_at=NOW)
    generate(alpha, at=NOW + timedelta(days=1))
    assert states(order)["12-08"] == "skipped"
    order.pauses.all().delete()
    generate(alpha, at=NOW + timedelta(days=2))
    assert states(order)["12-08"] == "generated"


def test_the_key_is_written_once(kitchen):
    order = kitchen.standing_order()
    row = storage.OccurrenceRow(
        order.pk,
        "2026-11-24T06:30:00",
        NOW,
        order.versions.get().pk,
        State.GENERATED,
        "rule",
        order_id=Order.objects.first().pk,
    )
    assert storage.record([row], at=NOW) == set()


def test_statements_do_not_grow_with_standing_orders(alpha, kitchen, django_assert_max_num_queries):
    kitchen.standing_order()
    with django_assert_max_num_queries(60) as one:
        generate(alpha, at=NOW + timedelta(days=1))
    for number in range(12):
        kitchen.standing_order(name=str(number))
    with django_assert_max_num_queries(len(one)):
        run = generate(alpha, at=NOW + timedelta(days=1))
    assert run.generated == 12


def test_a_run_for_some_standing_orders_leaves_the_others_and_the_watermark(alpha, kitchen):
    first, second, third = (kitchen.standing_order(name=str(number)) for number in range(3))
    run = generate(alpha, at=NOW + timedelta(days=1), only=[first, third])
    assert (run.generated, run.is_whole, run.standing_order) == (2, False, None)
    assert [len(states(order)) for order in (first, second, third)] == [5, 4, 5]
    assert not GenerationRun.objects.whole().exists()


def test_generated_until_is_kept(alpha, kitchen):
    generate(alpha, at=NOW)
    run = GenerationRun.objects.get(is_whole=True)
    assert run.through == date(2026, 12, 7)
    assert run.finished_at is not None
