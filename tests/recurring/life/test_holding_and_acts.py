"""People skip, move, pause, close or end while a date waits for its producer."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from recurring import services
from recurring.generation import generate
from recurring.selectors.waiting import held, waiting_dates
from recurring.services import DateChange
from tests.factories import ProducerTermsFactory, ProductFactory
from tests.recurring.conftest import NOW
from tests.recurring.life.conftest import again, lines, made, seen, states
from tests.recurring.life.holding import ALL, FRIDAY, decide, row


def test_the_buyer_can_ask_for_less_and_does_not_wait_any_more(scarce, second):
    less = DateChange(lines=((scarce.tomatoes.pk, Decimal(8)), (scarce.apples.pk, Decimal(2))))
    act = {"original_start": FRIDAY, "actor": scarce.odile, "at": NOW}
    services.change_date(less, **seen(second), **act)
    assert lines(made(second, FRIDAY)) == {"Tomatoes": 8, "Apples": 2}


def test_asked_for_more_after_the_decision_it_waits_again(scarce):
    eggs = ProductFactory(name="Eggs", price_minor=300, daily_quantity=1)
    ProducerTermsFactory(producer=eggs.producer, when_short="hold", cutoff_time="18:00")

    def wanted(kilos):
        return ((scarce.tomatoes.pk, Decimal(kilos)), (eggs.pk, Decimal(3)))

    both = scarce.standing_order(name="Both", weekdays=[5], lines=wanted(12))
    decide(scarce, both, "all")
    services.change_date(
        DateChange(lines=wanted(15)),
        **seen(both),
        original_start=FRIDAY,
        actor=scarce.odile,
        at=NOW,
    )
    assert [each["name"] for each in row(both).left_out] == ["Tomatoes", "Eggs"]


def test_skipped_by_its_buyer_it_waits_no_more_and_taken_back_it_waits_again(scarce, second):
    act = {"original_start": FRIDAY, "actor": scarce.odile, "at": NOW}
    services.skip_date(**seen(second), **act)
    assert (row(second).state, row(second).waits_until) == ("skipped", None)
    services.restore_date(**seen(again(second)), **act)
    assert row(second).state == "held"


def test_moved_further_than_dates_are_made_it_is_asked_about_again_only_then(alpha, scarce, second):
    later = datetime(2026, 12, 9, 6, 30)
    act = {"original_start": FRIDAY, "actor": scarce.odile, "at": NOW}
    services.move_date(new_start=later, **seen(second), **act)
    assert not second.occurrences.filter(original_start=FRIDAY)
    generate(alpha, at=NOW + timedelta(days=3))
    assert lines(made(second, FRIDAY)) == ALL


def test_paused_together_with_others_nothing_of_it_is_left_to_decide(scarce, second):
    friday = {"from_day": date(2026, 11, 27), "to_day": date(2026, 11, 27)}
    services.pause_many(
        {order.pk: again(order).version for order in (scarce.first, second)},
        **friday,
        reason="Fair",
        cancels_made=True,
        actor=scarce.office,
        at=NOW,
    )
    assert (row(second).state, row(second).reason) == ("skipped", "paused")
    assert [each.row.original_start for each in waiting_dates(held(NOW))] == ["2026-12-04T06:30:00"]


def test_a_producer_who_closes_for_the_day_is_not_asked_about_it_any_more(scarce, second):
    services.close_producer(
        producer=scarce.tomatoes.producer,
        from_day=date(2026, 11, 27),
        to_day=date(2026, 11, 27),
        reason="Fair",
        actor=scarce.office,
        at=NOW,
    )
    assert lines(made(second, FRIDAY)) == {"Apples": 2}
    assert [each.row.original_start for each in waiting_dates(held(NOW))] == ["2026-12-04T06:30:00"]


def test_a_date_that_the_rule_no_longer_gives_leaves_nothing_to_decide(scarce, second):
    draft = scarce.draft(name="Second", weekdays=[4])
    services.edit_standing_order(draft, **seen(second), actor=scarce.odile, at=NOW)
    assert "11-27" not in states(second)


def test_ended_or_taken_out_by_hand_it_leaves_nothing_to_decide(scarce, second):
    added = datetime(2026, 11, 28, 6, 30)
    scarce.tomatoes.daily_quantity = 5
    scarce.tomatoes.save()
    act = {"actor": scarce.odile, "at": NOW}
    services.add_date(**seen(second), start=added, **act)
    assert states(second)["11-28"] == "held"
    services.restore_date(**seen(again(second)), original_start=added.isoformat(), **act)
    assert "11-28" not in states(second)
    services.end_standing_order(last_day=date(2026, 11, 26), **seen(again(second)), **act)
    assert "11-27" not in states(second)


def test_an_earlier_hour_keeps_what_was_decided(scarce):
    eggs = ProductFactory(name="Eggs", price_minor=300, daily_quantity=1)
    ProducerTermsFactory(producer=eggs.producer, when_short="hold", cutoff_time="18:00")
    wanted = ((scarce.tomatoes.pk, Decimal(12)), (eggs.pk, Decimal(3)))
    both = scarce.standing_order(name="Both", weekdays=[5], lines=wanted)
    decide(scarce, both, "all")
    earlier = scarce.draft(
        name="Both", weekdays=[5], lines=wanted, start=datetime(1, 1, 1, 6).time()
    )
    services.edit_standing_order(earlier, **seen(both), actor=scarce.odile, at=NOW)
    assert [each["name"] for each in row(both, "2026-11-27T06:00:00").left_out] == ["Eggs"]
