"""A producer who wants to be asked: a date that is short waits, until somebody decides or it closes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from coopcycle.errors import DomainError
from orders.models import Order, OrderLine, ProducerTerms
from orders.ordering.services import cancel_order
from recurring import services
from recurring.generation import generate
from recurring.models import GenerationRun, Occurrence, StandingOrderEvent, StockDecision
from recurring.selectors.waiting import held, waiting_dates
from recurring.services import RuleLineDraft
from recurring.services.acting import require_cooperative
from recurring.totals import coming_totals
from tests.factories import ProducerTermsFactory, ProductFactory
from tests.recurring.conftest import NOW
from tests.recurring.life.conftest import lines, made, seen
from tests.recurring.life.holding import ALL, CLOSED, FRIDAY, HOUR, MINUTE, decide, row
from tests.recurring.test_messages import mails


def test_a_date_that_is_short_waits_without_an_order_and_says_what_for(scarce, second):
    waiting = row(second)
    assert (waiting.state, waiting.reason, waiting.order) == ("held", "held", None)
    assert waiting.waits_until == CLOSED
    assert waiting.left_out == [
        {
            "name": "Tomatoes",
            "reason": "short",
            "detail": "8 / 12",
            "product": str(scarce.tomatoes.pk),
            "asked": "12",
            "left": "8",
            "day": "2026-11-27",
        }
    ]
    assert made(scarce.first, FRIDAY).state == "new"


@pytest.mark.parametrize(
    ("answer", "comes", "left_out"),
    [
        ("part", {"Tomatoes": 8, "Apples": 2}, [("short", "8 / 12")]),
        ("nothing", {"Apples": 2}, [("sold_out", None)]),
        ("all", ALL, []),
    ],
)
def test_what_is_decided_comes_at_once(scarce, second, answer, comes, left_out):
    decide(scarce, second, answer)
    assert lines(made(second, FRIDAY)) == comes
    done = row(second)
    assert (done.state, done.waits_until) == ("generated", None)
    assert [(each["reason"], each.get("detail")) for each in done.left_out] == left_out


def test_who_waits_takes_nothing_and_does_not_come_into_the_way_of_others(scarce, second):
    third = scarce.standing_order(
        name="Third", weekdays=[5], lines=((scarce.tomatoes.pk, Decimal(5)),)
    )
    assert lines(made(third, FRIDAY)) == {"Tomatoes": 5}
    decide(scarce, second, "part")
    assert lines(made(second, FRIDAY))["Tomatoes"] == 3  # what is left now


def test_in_one_run_too_who_waits_leaves_the_rest_to_those_after_it(alpha, scarce, second):
    third = scarce.standing_order(
        name="Third", weekdays=[5], lines=((scarce.tomatoes.pk, Decimal(5)),)
    )
    generate(alpha, at=NOW + timedelta(days=7))  # makes the eleventh for all three
    later = "2026-12-11T06:30:00"
    assert row(second, later).state == "held"
    assert lines(made(third, later)) == {"Tomatoes": 5}


def test_when_there_is_enough_again_it_is_made_once(alpha, scarce, second):
    cancel_order(order_id=made(scarce.first, FRIDAY).pk, actor=scarce.odile, at=NOW)
    for minutes in (5, 10, 15):
        generate(alpha, at=NOW + timedelta(minutes=minutes))
    assert lines(made(second, FRIDAY)) == ALL
    assert (
        Order.objects.filter(occurrence__standing_order=second, day=date(2026, 11, 27)).count() == 1
    )


def test_until_the_list_closes_it_waits_and_then_what_is_left_comes(alpha, scarce, second):
    generate(alpha, at=CLOSED - MINUTE)
    assert row(second).state == "held"
    generate(alpha, at=CLOSED)
    assert lines(made(second, FRIDAY)) == {"Tomatoes": 8, "Apples": 2}
    [short] = row(second).left_out
    assert (short["reason"], short["detail"]) == ("undecided", "8 / 12")
    with pytest.raises(DomainError, match="does not wait any more"):
        decide(scarce, second, "all", at=CLOSED + MINUTE)


def test_where_the_list_closes_before_dates_are_made_nobody_is_blamed_for_silence(
    alpha, scarce, monkeypatch
):
    """The farm's list closes ten days before, and dates are made three days ahead."""
    ProducerTerms.objects.filter(producer=scarce.tomatoes.producer).update(cutoff_days_before=10)
    for cooperative in (alpha, require_cooperative()):
        monkeypatch.setattr(cooperative, "generation_horizon_days", 3)
    late = scarce.standing_order(name="Late", weekdays=[5], first_day=date(2026, 12, 11))
    generate(alpha, at=NOW + timedelta(days=16))
    assert lines(made(late, "2026-12-11T06:30:00")) == {"Tomatoes": 8, "Apples": 2}
    [short] = row(late, "2026-12-11T06:30:00").left_out
    assert (short["reason"], short["detail"]) == ("unasked", "8 / 12")
    said = [line["left_out"] for mail in mails("standing_orders") for line in mail["made"]]
    assert said[-1] == [
        "Tomatoes (only a part is left, and the producer could not be asked in time: 8 / 12)"
    ]


def test_an_outage_over_the_whole_time_to_ask_blames_nobody_for_silence(alpha, scarce, second):
    """The eleventh of December would have waited since the 27th of November, had a run come."""
    generate(alpha, at=datetime(2026, 12, 10, 18, tzinfo=UTC))
    [short] = row(second, "2026-12-11T06:30:00").left_out
    assert short["reason"] == "unasked"


def test_what_waited_and_of_which_nobody_was_told_blames_nobody_either(alpha, scarce, second):
    """The worker died between the date and its messages, and came back after the list had closed."""
    Occurrence.objects.filter(pk=row(second).pk).update(news="new")
    generate(alpha, at=CLOSED)
    assert row(second).left_out[0]["reason"] == "unasked"


def test_with_nothing_left_at_the_close_the_rest_comes(alpha, scarce, second):
    scarce.standing_order(name="Third", weekdays=[5], lines=((scarce.tomatoes.pk, Decimal(8)),))
    generate(alpha, at=CLOSED)
    assert lines(made(second, FRIDAY)) == {"Apples": 2}
    assert row(second).left_out == [{"name": "Tomatoes", "reason": "sold_out"}]


def test_a_date_of_nothing_else_is_skipped_when_its_product_is_left_out(scarce):
    only = scarce.standing_order(
        name="Only", weekdays=[5], lines=((scarce.tomatoes.pk, Decimal(12)),)
    )
    decide(scarce, only, "nothing")
    assert (row(only).state, row(only).reason, row(only).order) == ("skipped", "nothing_left", None)


def test_an_answer_after_the_close_is_refused_even_before_the_next_run(scarce, second):
    with pytest.raises(DomainError, match="list has closed"):
        decide(scarce, second, "all", at=CLOSED)
    assert row(second).state == "held"


def test_the_first_list_to_close_ends_the_waiting_for_all(scarce, alpha):
    early = ProductFactory(name="Bread", price_minor=300)
    ProducerTermsFactory(producer=early.producer, cutoff_time="12:00")
    wanted = ((scarce.tomatoes.pk, Decimal(12)), (early.pk, Decimal(3)))
    mixed = scarce.standing_order(name="Mixed", weekdays=[5], lines=wanted)
    assert row(mixed).waits_until == CLOSED - 6 * HOUR
    generate(alpha, at=CLOSED - 6 * HOUR)
    assert lines(made(mixed, FRIDAY)) == {"Tomatoes": 8, "Bread": 3}


def test_two_producers_are_both_asked_and_the_last_answer_makes_it(scarce):
    eggs = ProductFactory(name="Eggs", price_minor=300, daily_quantity=1)
    ProducerTermsFactory(producer=eggs.producer, when_short="hold", cutoff_time="18:00")
    wanted = ((scarce.tomatoes.pk, Decimal(12)), (eggs.pk, Decimal(3)))
    both = scarce.standing_order(name="Both", weekdays=[5], lines=wanted)
    own = waiting_dates(held(NOW), [scarce.tomatoes.producer_id])
    assert [(line.product.name, line.left) for line in own[0].lines] == [("Tomatoes", 8)]
    assert own[0].waits_for_others
    decide(scarce, both, "all")
    assert row(both).state == "held"
    assert [each["name"] for each in row(both).left_out] == ["Eggs"]
    decide(scarce, both, "part", product=eggs)
    assert lines(made(both, FRIDAY)) == {"Tomatoes": 12, "Eggs": 1}


def test_a_substitute_that_fills_it_up_is_not_asked_about(scarce):
    cherries = ProductFactory(name="Cherry tomatoes", producer=scarce.tomatoes.producer)
    wanted = (RuleLineDraft(scarce.tomatoes.pk, Decimal(12), substitute_id=cherries.pk),)
    filled = scarce.standing_order(name="Filled", weekdays=[5], lines=wanted)
    assert lines(made(filled, FRIDAY)) == {"Tomatoes": 8, "Cherry tomatoes": 4}


def test_one_that_decided_meanwhile_is_the_only_one(scarce, second):
    decide(scarce, second, "part")
    with pytest.raises(DomainError, match="does not wait any more"):
        decide(scarce, second, "all")
    assert lines(made(second, FRIDAY))["Tomatoes"] == 8
    assert StockDecision.objects.get().answer == "part"


def test_a_decision_stands_in_the_history(scarce, second):
    decide(scarce, second, "part")
    event = StandingOrderEvent.objects.get(kind="stock_decided")
    assert (event.original_start, event.actor) == (FRIDAY, scarce.office)
    assert event.changes[0]["after"] == ["Tomatoes", "part", "8", "12", "kg"]


def test_an_order_that_is_made_never_goes_back_to_waiting(scarce, second):
    decide(scarce, second, "part")
    more = ((scarce.tomatoes.pk, Decimal(12)), (scarce.apples.pk, Decimal(5)))
    draft = scarce.draft(name="Second", weekdays=[5], lines=more)
    services.edit_standing_order(draft, **seen(second), actor=scarce.odile, at=NOW)
    assert lines(made(second, FRIDAY)) == {"Tomatoes": 8, "Apples": 5}
    assert row(second).state == "generated"


def test_missed_while_it_waited_is_said_to_be_missed(alpha, scarce, second):
    generate(alpha, at=CLOSED - MINUTE)
    generate(alpha, at=CLOSED + timedelta(days=2))
    assert (row(second).state, row(second).waits_until) == ("missed", None)


def test_what_waits_counts_as_planned_for_the_producer(alpha, scarce, second):
    totals = coming_totals(scarce.tomatoes.producer, alpha, at=NOW, weeks=1)
    assert [(total.ordered, total.planned, total.is_too_much) for total in totals] == [
        (12, 12, True)
    ]


def test_a_run_counts_what_waits_and_an_idle_one_writes_nothing(alpha, scarce, second):
    assert GenerationRun.objects.order_by("pk").last().held == 2  # this Friday and the next
    before = row(second)
    run = generate(alpha, at=NOW + MINUTE)
    assert (run.generated, run.held) == (0, 0)
    assert row(second).generated_at == before.generated_at


def test_the_database_keeps_what_waits_without_order_and_with_an_end(scarce, second):
    waiting = Occurrence.objects.filter(pk=row(second).pk)
    order = made(scarce.first, FRIDAY)
    for broken in ({"waits_until": None}, {"state": "skipped"}, {"state": "generated"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            waiting.update(**broken)
    row(scarce.first)
    with pytest.raises(IntegrityError, match="held_waits"), transaction.atomic():
        Occurrence.objects.filter(order=order).update(state="held", waits_until=CLOSED)


def test_there_is_one_decision_a_date_product_and_day(scarce, second):
    decide(scarce, second, "part")
    first = StockDecision.objects.get()
    first.pk = None
    with pytest.raises(IntegrityError, match="stock_decision_once"), transaction.atomic():
        first.save(force_insert=True)


def test_asking_costs_one_query_for_any_number_of_dates(alpha, scarce):
    def queries():
        Occurrence.objects.filter(state="held").delete()
        with CaptureQueriesContext(connection) as found:
            generate(alpha, at=NOW + MINUTE)
        return len(found)

    scarce.standing_order(name="Second", weekdays=[5])
    queries()  # a co-op's first run of all does not know yet that no price has changed
    one = queries()
    for number in range(4):
        scarce.standing_order(name=f"No {number}", weekdays=[5])
    assert queries() == one
    assert OrderLine.objects.filter(product=scarce.tomatoes).count() == 2
