"""Prices of the day are taken anew until the list closes; agreed ones and those of hands stay."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from coopcycle import outbox
from coopcycle.models import OutboxMessage
from orders.catalog.services import save_product
from orders.models import Order, OrderLine, PriceChanges, PriceList
from orders.ordering import changing, repricing
from orders.ordering.services import accept_part, refuse_part, set_delivery_price
from orders.pricing.services import add_price_list
from recurring import repricing as following
from recurring import services, tasks
from recurring.generation import generate
from recurring.models import Occurrence
from recurring.repricing import follow_prices
from recurring.services import RuleLineDraft
from tenants.context import in_cooperative
from tests.factories import PriceListFactory, ProductFactory
from tests.recurring.conftest import NOW, make_kitchen
from tests.recurring.test_concurrency import at_once

DATES = ["11-24", "11-27", "12-01", "12-04"]


def sell_at(product, price_minor: int) -> None:
    product.price_minor = price_minor
    save_product(product)


def prices(product) -> dict[str, int]:
    """What the orders of each date ask for a unit of it."""
    lines = OrderLine.objects.filter(product=product).order_by("part__order__day")
    return {f"{line.part.order.day:%m-%d}": line.unit_price_minor for line in lines}


def order_of(day: str) -> Order:
    return Order.objects.get(day=date.fromisoformat(f"2026-{day}"))


def followed() -> tuple[int, int]:
    row = PriceChanges.objects.get()
    return row.followed, row.number


@pytest.fixture
def made(kitchen):
    """Tomatoes and apples on four days, made."""
    return kitchen.standing_order()


def test_a_dearer_product_makes_all_open_dates_dearer(alpha, kitchen, made):
    before = {order.pk: order for order in Order.objects.all()}
    sell_at(kitchen.tomatoes, 350)
    run = generate(alpha, at=NOW)
    assert prices(kitchen.tomatoes) == dict.fromkeys(DATES, 350)
    assert prices(kitchen.apples) == dict.fromkeys(DATES, 1450)
    assert run.repriced == 4
    for order in Order.objects.all():
        was = before[order.pk]
        assert order.goods_minor == was.goods_minor + 12 * 30 == 12 * 350 + 2 * 1450
        assert order.delivery_minor == was.delivery_minor
        lines = OrderLine.objects.filter(part__order=order)
        assert sum(line.total_minor for line in lines) == order.goods_minor
        assert order.tax_minor > was.tax_minor
        assert order.version == was.version + 1


def test_the_price_list_in_force_on_its_day_counts(alpha, made):
    was = order_of("11-27").delivery_minor
    add_price_list(PriceListFactory.build(valid_from=date(2026, 12, 1), base_minor=700))
    generate(alpha, at=NOW)
    assert [order_of(day).delivery_minor - was for day in DATES] == [0, 0, 100, 100]
    assert [order_of(day).version for day in DATES] == [1, 1, 2, 2]


def test_a_heavier_product_makes_the_carriage_dearer(alpha, kitchen, made):
    was = order_of("11-27").delivery_minor
    kitchen.tomatoes.unit_weight_grams = 3000  # 36 kg and 2 kg of apples: two times 10 kg begun
    save_product(kitchen.tomatoes)
    generate(alpha, at=NOW)
    assert order_of("11-27").delivery_minor == was + 2 * 200


def test_another_tax_is_taken_over_though_the_price_stays(alpha, kitchen, made):
    was = order_of("11-27")
    kitchen.tomatoes.tax_category = "standard"
    save_product(kitchen.tomatoes)
    generate(alpha, at=NOW)
    now = order_of("11-27")
    assert (now.total_minor, now.tax_minor > was.tax_minor) == (was.total_minor, True)


def test_past_its_cut_off_an_order_keeps_its_price(alpha, kitchen, made):
    closing = order_of("11-24").closes_at
    assert closing == datetime(2026, 11, 23, 17, tzinfo=UTC)
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=closing)
    assert prices(kitchen.tomatoes) == {**dict.fromkeys(DATES, 350), "11-24": 320}


def test_a_moment_before_its_cut_off_it_takes_the_last_price(alpha, kitchen, made):
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=order_of("11-24").closes_at - timedelta(seconds=1))
    assert prices(kitchen.tomatoes) == dict.fromkeys(DATES, 350)


def test_an_agreed_price_stays_until_its_end_and_then_follows(alpha, kitchen):
    agreed = RuleLineDraft(kitchen.tomatoes.pk, Decimal(12), 300, date(2026, 11, 27))
    kitchen.standing_order(
        lines=(agreed, (kitchen.apples.pk, Decimal(2))),
        carriage_minor=900,
        carriage_until=date(2026, 12, 1),
    )
    was = order_of("12-04").delivery_minor
    sell_at(kitchen.tomatoes, 350)
    add_price_list(PriceListFactory.build(valid_from=date(2026, 11, 1), base_minor=700))
    generate(alpha, at=NOW)
    assert list(prices(kitchen.tomatoes).values()) == [300, 300, 350, 350]
    carriages = [order_of(day).delivery_minor for day in DATES]
    assert carriages == [900, 900, 900, was + 100]


def test_an_order_whose_goods_a_hand_changed_keeps_their_prices(alpha, kitchen, made):
    order = changing.with_contents(Order.objects.filter(pk=order_of("11-27").pk)).get()
    draft = changing.as_it_is(order)
    fewer = tuple(line._replace(quantity=Decimal(5)) for line in draft.lines)
    said = {"order_id": order.pk, "version": order.version, "actor": kitchen.odile, "at": NOW}
    changing.change_order(replace(draft, lines=fewer), **said)
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    assert prices(kitchen.tomatoes) == {**dict.fromkeys(DATES, 350), "11-27": 320}


def test_a_note_by_hand_is_no_price_by_hand(alpha, kitchen, made):
    order = changing.with_contents(Order.objects.filter(pk=order_of("11-27").pk)).get()
    said = {"order_id": order.pk, "version": order.version, "actor": kitchen.odile, "at": NOW}
    changing.change_order(replace(changing.as_it_is(order), note="Back door"), **said)
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    assert prices(kitchen.tomatoes) == dict.fromkeys(DATES, 350)
    assert order_of("11-27").note == "Back door"


def test_a_carriage_that_the_office_named_stays(alpha, kitchen, made):
    order = order_of("11-27")
    set_delivery_price(order_id=order.pk, delivery_minor=500, actor=kitchen.office, at=NOW)
    add_price_list(PriceListFactory.build(valid_from=date(2026, 11, 1), base_minor=700))
    generate(alpha, at=NOW)
    assert order_of("11-27").delivery_minor == 500
    assert order_of("12-01").version == 2


def test_a_ride_that_has_begun_keeps_its_price(alpha, kitchen, made):
    pickups = order_of("11-27").delivery.tasks.filter(kind="PICKUP")
    pickups.update(status="FAILED", finished_at=NOW)  # nobody was there
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    assert prices(kitchen.tomatoes) == {**dict.fromkeys(DATES, 350), "11-27": 320}


def test_an_order_that_was_called_off_keeps_its_price(alpha, kitchen, made):
    Order.objects.filter(pk=order_of("11-27").pk).update(state="cancelled")
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    assert prices(kitchen.tomatoes) == {**dict.fromkeys(DATES, 350), "11-27": 320}


def test_who_has_accepted_need_not_answer_again(alpha, kitchen, made):
    order = order_of("11-27")
    for part in order.parts.all():
        accept_part(part_id=part.pk, actor=kitchen.office, at=NOW)
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    order.refresh_from_db()
    assert (order.state, prices(kitchen.tomatoes)["11-27"]) == ("accepted", 350)
    assert set(order.parts.values_list("state", flat=True)) == {"accepted"}


def test_a_part_that_was_refused_costs_nothing_still(alpha, kitchen, made):
    part = order_of("11-27").parts.get(producer=kitchen.apples.producer)
    refuse_part(part_id=part.pk, reason="Frost", actor=kitchen.office, at=NOW)
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    assert order_of("11-27").goods_minor == 12 * 350


def test_a_price_of_another_unit_is_not_that_of_what_was_ordered(alpha, kitchen, made):
    kitchen.tomatoes.unit = "crate"
    sell_at(kitchen.tomatoes, 3200)
    generate(alpha, at=NOW)
    assert prices(kitchen.tomatoes) == dict.fromkeys(DATES, 320)
    assert followed() == (1, 1)


def test_orders_by_hand_keep_the_price_at_which_they_were_asked_for(alpha, kitchen, made):
    Occurrence.objects.all().delete()  # as if people had ordered
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW, only=[])
    following.follow_prices(alpha, at=NOW)
    assert prices(kitchen.tomatoes) == dict.fromkeys(DATES, 320)


def test_an_order_without_a_price_gets_one_when_there_is_a_list(alpha, kitchen):
    PriceList.objects.all().delete()
    kitchen.standing_order()
    assert order_of("11-27").needs_price
    add_price_list(PriceListFactory.build())
    generate(alpha, at=NOW)
    order = order_of("11-27")
    assert (order.needs_price, order.delivery_minor > 600) == (False, True)


def test_no_order_loses_a_price_that_it_has(alpha, kitchen, made):
    was = order_of("11-27").delivery_minor
    PriceList.objects.all().delete()
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    order = order_of("11-27")
    assert (order.needs_price, order.delivery_minor) == (False, was)
    assert prices(kitchen.tomatoes) == dict.fromkeys(DATES, 320)


def test_a_later_edit_prices_as_was_followed_and_finds_nothing_to_change(alpha, kitchen, made):
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    made.refresh_from_db()
    found = services.edit_standing_order(
        kitchen.draft(note="Ring twice"),
        standing_order_id=made.pk,
        version=made.version,
        actor=kitchen.odile,
        at=NOW,
    )
    assert {note.fields for note in found.updated} == {("note",)}
    assert prices(kitchen.tomatoes) == dict.fromkeys(DATES, 350)


# --- The row of changes ---------------------------------------------------------------------------


def test_each_change_is_counted_and_followed_once(alpha, kitchen, made):
    sell_at(kitchen.tomatoes, 350)
    sell_at(kitchen.apples, 1500)
    assert followed() == (0, 2)
    assert generate(alpha, at=NOW).repriced == 4
    assert followed() == (2, 2)
    assert generate(alpha, at=NOW).repriced == 0


def test_what_is_no_price_counts_for_nothing(alpha, kitchen, made):
    kitchen.tomatoes.note = "From the slope"
    kitchen.tomatoes.is_available = False
    save_product(kitchen.tomatoes)
    save_product(ProductFactory.build(producer=kitchen.tomatoes.producer))
    assert not PriceChanges.objects.exists()


def test_there_is_one_row_of_changes_and_none_is_followed_before_it_happens(db):
    for impossible in ({"id": 2}, {"number": 1, "followed": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PriceChanges.objects.create(**impossible)


def test_a_change_taken_back_was_none(alpha, kitchen, made):
    with transaction.atomic():
        sell_at(kitchen.tomatoes, 350)
        transaction.set_rollback(True)
    assert not PriceChanges.objects.exists()


def test_an_idle_run_asks_no_more_than_without_any_change(
    alpha, kitchen, made, django_assert_num_queries
):
    generate(alpha, at=NOW)
    with CaptureQueriesContext(connection) as never_changed:
        generate(alpha, at=NOW)
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW)
    with django_assert_num_queries(len(never_changed)):
        generate(alpha, at=NOW)


def test_a_run_for_some_standing_orders_leaves_prices_to_the_next_whole_one(alpha, kitchen, made):
    sell_at(kitchen.tomatoes, 350)
    generate(alpha, at=NOW, only=[made])
    assert (prices(kitchen.tomatoes), followed()) == (dict.fromkeys(DATES, 320), (0, 1))


def test_a_change_starts_a_run_at_once(alpha, kitchen, made, monkeypatch):
    started = []
    monkeypatch.setattr(tasks.generate_for_cooperative, "delay", lambda: started.append(True))
    sell_at(kitchen.tomatoes, 350)
    [message] = OutboxMessage.objects.filter(kind="prices-changed")
    outbox._handlers[message.kind](message.key, message.payload)
    assert started == [True]


def test_thirty_orders_are_priced_with_the_statements_of_one(
    alpha, kitchen, django_assert_num_queries
):
    kitchen.standing_order(weekdays=[5], last_day=date(2026, 11, 27))
    sell_at(kitchen.tomatoes, 350)
    with CaptureQueriesContext(connection) as of_one:
        assert follow_prices(alpha, at=NOW) == (1, [])
    for number in range(29):
        kitchen.standing_order(
            name=f"{number}", weekdays=[5], last_day=date(2026, 11, 27), lines=_other_lines(kitchen)
        )
    sell_at(kitchen.tomatoes, 400)
    with django_assert_num_queries(len(of_one)):
        assert follow_prices(alpha, at=NOW) == (30, [])


def _other_lines(kitchen):
    return ((kitchen.tomatoes.pk, Decimal(1)), (kitchen.apples.pk, Decimal(1)))


# --- What breaks ----------------------------------------------------------------------------------


def test_one_standing_order_that_breaks_stops_no_other(alpha, kitchen, made, monkeypatch):
    broken = kitchen.standing_order(name="Broken")
    orders = set(
        Order.objects.filter(occurrence__standing_order=broken).values_list("pk", flat=True)
    )
    price = repricing.reprice_orders

    def breaks(agreed, *, at):
        if orders & set(agreed):
            raise ValueError("no figure")
        return price(agreed, at=at)

    monkeypatch.setattr(following, "reprice_orders", breaks)
    sell_at(kitchen.tomatoes, 350)
    run = generate(alpha, at=NOW)
    mine = OrderLine.objects.filter(product=kitchen.tomatoes)
    assert set(mine.exclude(part__order__in=orders).values_list("unit_price_minor", flat=True)) == {
        350
    }
    assert set(mine.filter(part__order__in=orders).values_list("unit_price_minor", flat=True)) == {
        320
    }
    assert (run.repriced, run.failed, run.error) == (4, 1, "Broken: ValueError: no figure")
    assert followed() == (0, 1)
    monkeypatch.setattr(following, "reprice_orders", price)
    assert generate(alpha, at=NOW).repriced == 4
    assert (prices(kitchen.tomatoes), followed()) == (dict.fromkeys(DATES, 350), (1, 1))


@pytest.mark.parametrize("place", [f"place {number}" for number in range(1, 7)])
def test_killed_between_two_batches_the_next_run_goes_on(alpha, kitchen, made, monkeypatch, place):
    kitchen.standing_order(name="Second")
    sell_at(kitchen.tomatoes, 350)
    monkeypatch.setattr(following, "MOST_AT_ONCE", 1)
    left = int(place.split()[1])

    def dies(_where: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise KeyboardInterrupt

    with monkeypatch.context() as killing:
        killing.setattr(following, "reach", dies)
        with pytest.raises(KeyboardInterrupt):
            follow_prices(alpha, at=NOW)
    for order in Order.objects.all():
        [tomatoes] = OrderLine.objects.filter(part__order=order, product=kitchen.tomatoes)
        is_new = tomatoes.unit_price_minor == 350
        assert order.goods_minor == 12 * (350 if is_new else 320) + 2 * 1450
        assert order.events.filter(kind="repriced").count() == is_new
        assert (order.occurrence.told_prices != {}) == is_new
    generate(alpha, at=NOW)
    assert set(
        OrderLine.objects.filter(product=kitchen.tomatoes).values_list(
            "unit_price_minor", flat=True
        )
    ) == {350}
    assert {order.events.filter(kind="repriced").count() for order in Order.objects.all()} == {1}
    assert followed() == (1, 1)


def test_edits_of_prices_while_it_runs_are_followed_by_that_run_or_the_next(login_wall):
    with in_cooperative(login_wall.alpha):
        kitchen = make_kitchen()
        kitchen.standing_order()
        sell_at(kitchen.tomatoes, 321)

    def dearer() -> None:
        for price in range(330, 350):
            kitchen.tomatoes.price_minor = price
            save_product(kitchen.tomatoes)

    runs = [lambda: [generate(login_wall.alpha, at=NOW) for _ in range(3)]] * 2
    assert at_once(login_wall, dearer, *runs) == []
    with in_cooperative(login_wall.alpha):
        generate(login_wall.alpha, at=NOW)
        assert prices(kitchen.tomatoes) == dict.fromkeys(DATES, 349)
        assert followed() == (21, 21)
        for order in Order.objects.all():
            assert order.goods_minor == 12 * 349 + 2 * 1450


def test_who_changes_the_order_by_hand_meanwhile_is_not_overwritten(login_wall):
    with in_cooperative(login_wall.alpha):
        kitchen = make_kitchen()
        kitchen.standing_order(weekdays=[5], last_day=date(2026, 11, 27))
        sell_at(kitchen.tomatoes, 350)
        order = changing.with_contents(Order.objects.all()).get()
        fewer = tuple(line._replace(quantity=Decimal(5)) for line in changing.as_it_is(order).lines)
        draft = replace(changing.as_it_is(order), lines=fewer)

    def by_hand() -> None:
        said = {"order_id": order.pk, "version": 1, "actor": kitchen.odile, "at": NOW}
        changing.change_order(draft, **said)

    refused = at_once(login_wall, by_hand, lambda: generate(login_wall.alpha, at=NOW))
    with in_cooperative(login_wall.alpha):
        [tomatoes] = OrderLine.objects.filter(product=kitchen.tomatoes)
        if refused:  # the run was faster, and the person looks again
            assert (tomatoes.quantity, tomatoes.unit_price_minor) == (12, 350)
        else:
            assert (tomatoes.quantity, tomatoes.unit_price_minor) == (5, 320)
