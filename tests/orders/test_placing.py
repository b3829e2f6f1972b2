from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from coopcycle.errors import DomainError
from dispatch.models import Delivery, Task
from orders.models import Order, OrderEvent, PriceList
from orders.ordering import services
from orders.ordering.drafts import LineDraft, ParcelDraft
from tests.factories import AddressFactory, BusinessFactory
from tests.orders.conftest import GRENOBLE, NOW


def test_an_order_has_a_pickup_a_producer_and_one_dropoff(market):
    order = market.order()

    tasks = list(order.delivery.tasks.order_by("pk"))
    assert [(task.kind, task.place) for task in tasks] == [
        ("PICKUP", "Ferme des Trois Ormes"),
        ("PICKUP", "Vergers du Sillon"),
        ("DROPOFF", "Chez Odile"),
    ]
    assert tasks[0].after == datetime(2026, 11, 25, 5, tzinfo=UTC)
    assert tasks[0].before == tasks[2].after == datetime(2026, 11, 25, 6, tzinfo=UTC)
    assert [task.load for task in tasks] == [
        "12 kg Tomates anciennes",
        "2 × Pommes",
        "12 kg Tomates anciennes, 2 × Pommes",
    ]
    assert [task.weight_grams for task in tasks] == [12_000, 16_000, 28_000]
    assert order.delivery.reference == order.number == f"26-{order.pk}"
    assert order.day == date(2026, 11, 25)
    assert [part.pickup.place for part in order.parts.all()] == [t.place for t in tasks[:2]]


def test_prices_and_tax_are_frozen_to_the_cent(market):
    order = market.order((market.tomatoes, "12.5"), (market.chard, "3"), (market.apples, "2"))
    market.tomatoes.price_minor = 999
    market.tomatoes.save()

    lines = {line.name: line for part in order.parts.all() for line in part.lines.all()}
    assert (lines["Tomates anciennes"].total_minor, lines["Tomates anciennes"].tax_minor) == (
        4000,
        209,
    )
    assert lines["Blettes"].total_minor == 450
    assert lines["Blettes"].tax_minor == 23  # 450 × 5.5 / 105.5 = 23.46
    assert lines["Pommes"].total_minor == 2900
    assert lines["Pommes"].tax_minor == 151
    # 6.00 + one further pick-up 1.50 + 1.727 km × 0.80 = 1.38 + (31.5 kg: 2 steps) 4.00
    assert order.delivery_minor == 600 + 150 + 138 + 400
    assert order.delivery_tax_rate == Decimal("0.2")
    assert order.goods_minor == 7350
    assert order.tax_minor == 209 + 23 + 151 + 215
    assert order.total_minor == 7350 + 1288


def test_the_price_can_be_explained_later(market):
    order = market.order()
    PriceList.objects.update(base_minor=9_999)

    details = order.events.get(kind=OrderEvent.Kind.PLACED).details["quote"]
    assert details["base_minor"] == 600
    assert details["extra_pickups"] == 1


def test_an_agreed_price_wins(market):
    line = LineDraft(market.tomatoes.pk, Decimal(10), fixed_price_minor=250)

    [order_id] = services.place_orders([market.draft(lines=(line,))], actor=None, at=NOW)

    assert Order.objects.get(pk=order_id).goods_minor == 2500


def test_without_price_list_the_office_is_asked(market):
    PriceList.objects.all().delete()

    order = market.order()

    assert order.needs_price
    assert order.delivery_minor is None
    services.set_delivery_price(order_id=order.pk, delivery_minor=850, actor=market.office, at=NOW)
    order.refresh_from_db()
    assert (order.needs_price, order.delivery_minor) == (False, 850)
    assert order.tax_minor == 200 + 151 + 142


def test_a_parcel_is_fetched_at_the_sender(market):
    address = AddressFactory(
        street="3, place Vaucanson", latitude=GRENOBLE[0], longitude=GRENOBLE[1]
    )
    parcel = ParcelDraft("Jean Moreau", "+33 6 00", address.pk, "2 boxes", 9_000)

    order = services.place_order(
        market.draft(kind=Order.Kind.DELIVERY, parcel=parcel), actor=market.odile, at=NOW
    )

    assert [(t.kind, t.place) for t in order.delivery.tasks.order_by("pk")] == [
        ("PICKUP", "Chez Odile"),
        ("DROPOFF", "Jean Moreau"),
    ]
    assert order.goods_minor == 0
    assert order.delivery_minor == 600
    assert order.delivery.recipient_name == "Jean Moreau"


def test_a_double_click_makes_one_order(market):
    draft = market.draft((market.tomatoes, "1"))

    first = services.place_order(draft, actor=market.odile, at=NOW)
    second = services.place_order(draft, actor=market.odile, at=NOW)

    assert first.pk == second.pk
    assert Order.objects.count() == Delivery.objects.count() == 1


def _archive(market):
    market.tomatoes.archived_at = NOW
    market.tomatoes.save()


def _sell_out(market):
    market.tomatoes.is_available = False
    market.tomatoes.save()


def _close_on_wednesdays(market):
    market.farm.terms.days_off = [3]
    market.farm.terms.save()


def _close_early(market):
    market.farm.terms.cutoff_days_before = 2
    market.farm.terms.cutoff_time = time(9, 59)
    market.farm.terms.save()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_archive, "Tomates anciennes is no longer sold"),
        (_sell_out, "Tomates anciennes is not available"),
        (_close_on_wednesdays, "does not work on Wednesday 25 November"),
        (_close_early, "took orders for Wed 25 Nov until Mon 23 Nov, 09:59"),
    ],
)
def test_what_a_producer_cannot_do_is_refused(market, change, sentence):
    change(market)

    with pytest.raises(DomainError, match=sentence) as refused:
        market.order((market.tomatoes, "1"))

    assert refused.value.status == 422
    assert Order.objects.count() == Task.objects.count() == 0


DAY = timedelta(days=1)
WEDNESDAY_7 = datetime(2026, 11, 25, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lines": ()}, "Your order is empty"),
        ({"before": WEDNESDAY_7}, "must end after it starts"),
        ({"before": WEDNESDAY_7 + 2 * DAY}, "longer than a day"),
        ({"after": WEDNESDAY_7 - 3 * DAY, "before": WEDNESDAY_7 - 2 * DAY}, "Sun 22 Nov is over"),
        ({"after": WEDNESDAY_7 + 366 * DAY, "before": WEDNESDAY_7 + 367 * DAY}, "within a year"),
        ({"after": NOW, "before": NOW + DAY / 24}, "too late for this time window"),
        ({"kind": Order.Kind.DELIVERY, "lines": ()}, "Say what is to be brought"),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(market, changes, sentence):
    with pytest.raises(DomainError, match=sentence):
        market.order((market.tomatoes, "1"), **changes)

    assert Order.objects.count() == 0


@pytest.mark.parametrize("quantity", ["0", "-1", "10000"])
def test_odd_quantities_are_refused(market, quantity):
    with pytest.raises(DomainError, match="between a little"):
        market.order((market.tomatoes, quantity))


def test_bunches_are_sold_whole(market):
    with pytest.raises(DomainError, match="Blettes is sold whole"):
        market.order((market.chard, "1.5"))


def test_a_closed_day_is_only_a_warning(market):
    market.restaurant.opening_weekdays = [1, 2]
    market.restaurant.save()

    verdict = services.verdict_on(market.draft((market.tomatoes, "1")), at=NOW)

    assert verdict.errors == ()
    assert verdict.warnings == ("Chez Odile is usually closed on Wednesday 25 November.",)
    assert market.order((market.tomatoes, "1")).state == Order.State.NEW


def test_many_orders_take_as_few_statements_as_one(market, django_assert_num_queries):
    def drafts(count):
        return [
            market.draft((market.tomatoes, "1"), (market.apples, "2"), is_recurring=True)
            for _ in range(count)
        ]

    with django_assert_num_queries(16):
        services.place_orders(drafts(1), actor=None, at=NOW)
    with django_assert_num_queries(16):
        order_ids = services.place_orders(drafts(30), actor=None, at=NOW)

    assert len(set(order_ids)) == 30
    assert order_ids == sorted(order_ids)
    assert OrderEvent.objects.filter(kind=OrderEvent.Kind.GENERATED).count() == 31


def test_no_drafts_make_no_orders(market):
    assert services.place_orders([], actor=None, at=NOW) == []


def test_the_same_action_of_another_business_is_not_answered_with_our_order(market):
    draft = market.draft((market.tomatoes, "1"))
    services.place_order(draft, actor=market.odile, at=NOW)
    other = BusinessFactory()

    with pytest.raises(Exception, match="action_id"):
        services.place_order(
            market.draft((market.tomatoes, "1"), buyer_id=other.pk, action_id=draft.action_id),
            actor=market.office,
            at=NOW,
        )
