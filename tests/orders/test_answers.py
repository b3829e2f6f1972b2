from dataclasses import replace
from uuid import uuid4

import pytest

from coopcycle.errors import DomainError
from dispatch import services as dispatch
from dispatch.models import FailureReason, Task
from orders import states
from orders.models import Order, OrderEvent, OrderPart
from orders.ordering import services
from orders.ordering.changing import change_order
from orders.ordering.drafts import ParcelDraft
from tests.factories import AddressFactory
from tests.orders.conftest import NOW

State = Order.State


def _parts(order):
    return list(order.parts.order_by("pk"))


def _fresh(order):
    return Order.objects.get(pk=order.pk)


def _accept(part, market):
    return services.accept_part(part_id=part.pk, actor=market.farmer, at=NOW)


def _refuse(part, market, reason="Sold out"):
    return services.refuse_part(part_id=part.pk, reason=reason, actor=market.farmer, at=NOW)


def test_an_order_is_accepted_when_all_producers_are(market):
    order = market.order()
    first, second = _parts(order)

    _accept(first, market)
    assert _fresh(order).state == State.NEW
    _accept(second, market)
    assert _fresh(order).state == State.ACCEPTED


def test_a_refusal_takes_goods_and_pickup_away(market):
    order = market.order()
    farm, orchard = _parts(order)
    _accept(orchard, market)

    _refuse(farm, market, "Hail")

    order = _fresh(order)
    assert order.state == State.ACCEPTED
    assert order.goods_minor == 2900
    # one pick-up left, 0.225 km: 6.00 + 0.18
    assert order.delivery_minor == 618
    assert order.tax_minor == 151 + 103
    assert list(order.delivery.tasks.order_by("pk").values_list("status", flat=True)) == [
        "CANCELLED",
        "TODO",
        "TODO",
    ]
    event = order.events.get(kind=OrderEvent.Kind.REFUSED)
    assert event.details == {"producer": "Ferme des Trois Ormes", "reason": "Hail"}


def test_when_all_refuse_the_ride_is_cancelled(market):
    order = market.order()
    for part in _parts(order):
        _refuse(part, market)

    order = _fresh(order)
    assert order.state == State.REFUSED
    assert (order.goods_minor, order.delivery_minor, order.tax_minor) == (0, 0, 0)
    assert {task.status for task in order.delivery.tasks.all()} == {Task.Status.CANCELLED}


def test_a_refusal_needs_a_reason(market):
    [part, _] = _parts(market.order())

    with pytest.raises(DomainError, match="Say why"):
        _refuse(part, market, "  ")

    assert OrderPart.objects.get(pk=part.pk).state == OrderPart.State.NEW


def test_an_answer_stands(market):
    [part, _] = _parts(market.order())
    _refuse(part, market)

    with pytest.raises(DomainError, match="has answered already: Refused"):
        _accept(part, market)
    with pytest.raises(DomainError, match="has answered already"):
        _refuse(part, market)


def test_a_price_by_hand_survives_a_refusal(market):
    order = market.order()
    services.set_delivery_price(order_id=order.pk, delivery_minor=777, actor=market.office, at=NOW)

    _refuse(_parts(order)[0], market)

    assert _fresh(order).delivery_minor == 777


def test_the_buyer_cancels_until_the_cutoff(market):
    order = market.order()

    with pytest.raises(DomainError, match="time to cancel this order is over"):
        services.cancel_order(order_id=order.pk, actor=market.odile, at=order.closes_at)
    assert _fresh(order).state == State.NEW

    services.cancel_order(order_id=order.pk, actor=market.odile, at=NOW)
    assert _fresh(order).state == State.CANCELLED
    assert {task.status for task in order.delivery.tasks.all()} == {Task.Status.CANCELLED}
    assert order.events.filter(kind=OrderEvent.Kind.CANCELLED).count() == 1


def test_the_office_cancels_until_the_ride_begins(market, courier):
    order = market.order()
    pickup = order.delivery.tasks.order_by("pk")[0]
    _ride(order, courier, market, stops=1)

    with pytest.raises(DomainError, match="ride has begun"):
        services.cancel_order(order_id=order.pk, actor=market.office, at=order.closes_at)
    assert Task.objects.get(pk=pickup.pk).status == Task.Status.DONE


def test_an_order_is_fulfilled_when_it_is_dropped_off(market, courier):
    order = market.order()

    _ride(order, courier, market)

    assert _fresh(order).state == State.FULFILLED
    kinds = list(order.events.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["placed", "picked_up", "picked_up", "fulfilled"]


def test_a_failed_dropoff_is_in_the_history(market, courier):
    order = market.order((market.tomatoes, "1"))
    pickup, dropoff = order.delivery.tasks.order_by("pk")
    _assign(order, courier, market)
    _finish(pickup, courier)
    dispatch.start_task(task_id=dropoff.pk, actor=courier.user, at=NOW, client_id=uuid4())
    dispatch.fail_task(
        task_id=dropoff.pk,
        actor=courier.user,
        at=NOW,
        client_id=uuid4(),
        reason=FailureReason.ABSENT,
    )

    assert _fresh(order).state == State.NEW
    event = order.events.get(kind=OrderEvent.Kind.FAILED)
    assert event.actor == courier.user
    assert event.details["place"] == "Chez Odile"


def test_the_history_of_a_parcel_says_nothing_of_its_recipient(market, courier):
    parcel = ParcelDraft("Jean Moreau", "+33 6 00", AddressFactory().pk, "2 boxes", 900)
    draft = market.draft(kind=Order.Kind.DELIVERY, lines=(), parcel=parcel)
    order = services.place_order(draft, actor=market.odile, at=NOW)
    moved = replace(draft, parcel=replace(parcel, recipient="Jeanne Moreau"))
    change_order(moved, order_id=order.pk, version=1, actor=market.odile, at=NOW)
    pickup, dropoff = order.delivery.tasks.order_by("pk")
    _assign(order, courier, market)
    _finish(pickup, courier)
    now = {"actor": courier.user, "at": NOW}
    dispatch.start_task(task_id=dropoff.pk, client_id=uuid4(), **now)
    absent = FailureReason.ABSENT
    dispatch.fail_task(task_id=dropoff.pk, client_id=uuid4(), reason=absent, **now)

    told = {event.kind: event.details for event in order.events.all()}
    assert told["changed"]["before"] == {"recipient": None}
    assert told["changed"]["after"] == {"recipient": None}
    assert told["picked_up"] == {"task": pickup.pk, "place": "Chez Odile"}
    assert told["failed"] == {"task": dropoff.pk}
    assert "Moreau" not in str(told)


def test_a_ride_cancelled_by_the_office_cancels_the_order_and_back(market):
    order = market.order((market.tomatoes, "1"))
    tasks = list(order.delivery.tasks.order_by("pk"))

    dispatch.cancel_tasks([task.pk for task in tasks], actor=market.office, at=NOW)
    assert _fresh(order).state == State.CANCELLED

    dispatch.restore_task(tasks[1].pk, actor=market.office, at=NOW)
    assert _fresh(order).state == State.ACCEPTED


@pytest.mark.parametrize("start", State)
@pytest.mark.parametrize("end", State)
def test_the_table_of_states_is_the_law(start, end):
    order = Order(state=start, day=NOW.date())
    allowed = end in states.MOVES[start]

    if allowed:
        states.move(order, end)
        assert order.state == end
    else:
        with pytest.raises(DomainError):
            states.move(order, end)
        assert order.state == start


def _assign(order, courier, market):
    versions = dict(order.delivery.tasks.values_list("pk", "version"))
    dispatch.assign(versions, courier_id=courier.pk, actor=market.office, at=NOW)


def _finish(task, courier):
    dispatch.start_task(task_id=task.pk, actor=courier.user, at=NOW, client_id=uuid4())
    dispatch.complete_task(task_id=task.pk, actor=courier.user, at=NOW, client_id=uuid4())


def _ride(order, courier, market, stops=None):
    _assign(order, courier, market)
    for task in order.delivery.tasks.order_by("pk")[:stops]:
        _finish(task, courier)
