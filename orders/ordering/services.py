"""What people do with orders."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.current import telling_why
from coopcycle.db.bulk import copy_rows, reserve_ids
from coopcycle.errors import DomainError
from dispatch import services as dispatch
from dispatch.models import Task
from orders.catalog.models import Product
from orders.ordering import placing, totals
from orders.ordering.announcing import tell_orders, tell_parties
from orders.ordering.checks import Verdict, check, stock_errors
from orders.ordering.drafts import OrderDraft
from orders.ordering.models import Order, OrderEvent, OrderLine, OrderPart
from orders.ordering.reading import Market
from orders.ordering.stock import lock_limited
from orders.protocols import BusinessLike, ProductLike
from orders.states import move
from tenants.context import current_cooperative
from tenants.models import Cooperative

OPEN_STATES = (Order.State.NEW, Order.State.ACCEPTED)


def require_cooperative() -> Cooperative:
    """The co-op whose orders these are. Orders exist in co-ops only."""
    cooperative = current_cooperative()
    if cooperative is None:
        raise RuntimeError("Orders belong to a cooperative, and none is active.")
    return cooperative


@transaction.atomic(savepoint=False)  # within another's it is all or nothing with that
def place_orders(
    drafts: Sequence[OrderDraft],
    *,
    actor: User | None,
    at: datetime,
    order_ids: Sequence[int] | None = None,
    market: Market[BusinessLike, ProductLike] | None = None,
) -> list[int]:
    """Make orders of valid drafts, with a fixed number of statements; their ids, in the same order.

    `order_ids`, when the caller has reserved them and written down already for whom; `market`, when
    it has read who buys and what.
    Nothing is checked here: see `place_order` for what a person sends. Where the day has no price
    list or tax rate yet, the order asks the office for its price.
    """
    if not drafts:
        return []
    actor_id = actor.pk if actor else None
    ground = placing.ground_for(drafts, require_cooperative(), market)
    wishes = [placing.Wish(draft, ground) for draft in drafts]
    order_ids = list(order_ids or reserve_ids(Order, len(wishes)))
    part_ids = iter(reserve_ids(OrderPart, sum(len(wish.shares) for wish in wishes)))
    plans = map(placing.delivery_plan, wishes, order_ids)
    deliveries = dispatch.create_deliveries(list(plans), at=at)
    made = [
        placing.new_order(wish, order_id, list(islice(part_ids, len(wish.shares))), delivery)
        for wish, order_id, delivery in zip(wishes, order_ids, deliveries, strict=True)
    ]
    copy_rows(
        Order,
        [each.order for each in made],
        placed_at=at,
        placed_by_id=actor_id,
        currency=ground.cooperative.currency,
    )
    copy_rows(OrderPart, [part for each in made for part in each.parts])
    copy_rows(OrderLine, [line for each in made for line in each.lines])
    copy_rows(OrderEvent, [each.event for each in made], at=at, actor_id=actor_id)
    tell_parties({party for wish in wishes for party in (wish.draft.buyer_id, *wish.shares)})
    return order_ids


def verdict_on(draft: OrderDraft, *, at: datetime, order_id: int | None = None) -> Verdict:
    """What speaks against `draft` when it is sent `at`; to change the order `order_id`, if given."""
    market = placing.market_of([draft])
    return check(
        draft,
        buyer=market.buyers[draft.buyer_id],
        products=market.products,
        cooperative=require_cooperative(),
        at=at,
        order_id=order_id,
    )


def place_order(draft: OrderDraft, *, actor: User, at: datetime) -> Order:
    """Order what a person asked for. Sent twice with one `action_id`, the first order is answered.

    Raises DomainError (422), with a sentence for each thing that is wrong.
    """
    if known := _order_of_action(draft):
        return known
    verdict = verdict_on(draft, at=at)
    if verdict.errors:
        raise DomainError(" ".join(verdict.errors), status=422)
    try:
        with transaction.atomic():
            # A product may go, or somebody else take the last of it, while the person reads.
            lock_limited(line.product_id for line in draft.lines)
            _require_stock(draft)
            [order_id] = place_orders([draft], actor=actor, at=at)
            return Order.objects.get(pk=order_id)
    except IntegrityError:
        if known := _order_of_action(draft):  # the other click was faster
            return known
        raise


def _require_stock(draft: OrderDraft) -> None:
    """Once more under the lock, for products that there is only so much of."""
    products = Product.objects.in_bulk([line.product_id for line in draft.lines])
    if errors := list(stock_errors(draft, products, require_cooperative())):
        raise DomainError(" ".join(errors), status=422)


def _order_of_action(draft: OrderDraft) -> Order | None:
    return Order.objects.filter(action_id=draft.action_id, buyer_id=draft.buyer_id).first()


@transaction.atomic
def accept_part(*, part_id: int, actor: User, at: datetime) -> OrderPart:
    """A producer says yes to its share. When all have answered, the order is accepted."""
    part, order = _locked_part(part_id)
    if part.state != OrderPart.State.NEW:
        raise DomainError(_already_answered(part))
    _require_open(order)
    _answer(part, OrderPart.State.ACCEPTED, at=at)
    _log(order, OrderEvent.Kind.ACCEPTED, actor=actor, at=at, producer=part.producer.name)
    _settle_answers(order)
    tell_orders([order.pk])
    return part


@transaction.atomic
def accept_parts(*, part_ids: Sequence[int], actor: User, at: datetime) -> int:
    """Accept those of the parts that still wait for an answer; how many they were."""
    waiting = OrderPart.objects.filter(
        pk__in=part_ids, state=OrderPart.State.NEW, order__state__in=OPEN_STATES
    )
    # Orders first, in one order, as everywhere: two producers may answer for the same order.
    orders = Order.objects.select_for_update().filter(parts__in=waiting.values("pk"))
    locked = {order.pk: order for order in orders.order_by("pk")}
    parts = list(waiting.select_for_update(of=("self",)).select_related("producer"))
    for part in parts:
        order = locked[part.order_id]
        _answer(part, OrderPart.State.ACCEPTED, at=at)
        _log(order, OrderEvent.Kind.ACCEPTED, actor=actor, at=at, producer=part.producer.name)
        _settle_answers(order)
    tell_orders(locked)
    return len(parts)


@telling_why
@transaction.atomic
def refuse_part(*, part_id: int, reason: str, actor: User, at: datetime) -> OrderPart:
    """A producer says no, with a reason: its pick-up falls away and the totals are made again.

    When nobody is left, the order is refused and its ride cancelled.
    """
    if not reason.strip():
        raise DomainError(_("Say why, so that the customer can look elsewhere."), status=422)
    part, order = _locked_part(part_id)
    if part.state == OrderPart.State.REFUSED:
        raise DomainError(_already_answered(part))
    _require_open(order)
    if part.pickup.status not in (Task.Status.TODO, Task.Status.FAILED):
        raise DomainError(_("The courier is on the way or has picked it up. Call the office."))
    part.reason = reason.strip()
    _answer(part, OrderPart.State.REFUSED, at=at)
    _log(
        order,
        OrderEvent.Kind.REFUSED,
        actor=actor,
        at=at,
        producer=part.producer.name,
        reason=part.reason,
    )
    _settle_answers(order)
    if order.state == Order.State.REFUSED:
        _cancel_rides([order], actor=actor, at=at)
    elif part.pickup.status != Task.Status.CANCELLED:
        dispatch.cancel_tasks([part.pickup_id], actor=actor, at=at)
    tell_orders([order.pk])
    return part


def _locked_part(part_id: int) -> tuple[OrderPart, Order]:
    """The part and its order, both locked, the order first."""
    order_id = OrderPart.objects.values_list("order_id", flat=True).get(pk=part_id)
    order = Order.objects.select_for_update().get(pk=order_id)
    part = (
        OrderPart.objects.select_for_update(of=("self",))
        .select_related("producer", "pickup")
        .get(pk=part_id)
    )
    return part, order


def _answer(part: OrderPart, state: OrderPart.State, *, at: datetime) -> None:
    part.state, part.answered_at = state, at
    part.save(update_fields=["state", "answered_at", "reason"])


def _already_answered(part: OrderPart) -> str:
    return _("%(producer)s has answered already: %(answer)s.") % {
        "producer": part.producer.name,
        "answer": part.get_state_display(),
    }


def closed_words(order: Order) -> str:
    """Why nothing of this order moves any more, and what its buyer can do instead."""
    return _(
        "Order %(number)s is closed: %(state)s. Whoever still needs the goods can order the same again."
    ) % {"number": order.number, "state": order.get_state_display()}


def _require_open(order: Order) -> None:
    if order.state not in OPEN_STATES:
        raise DomainError(closed_words(order))


def _settle_answers(order: Order) -> None:
    """The order's state and totals after a part was answered; saves the order."""
    parts = list(order.parts.prefetch_related("lines", "producer__address"))
    staying = [part for part in parts if part.state != OrderPart.State.REFUSED]
    if not staying:
        move(order, Order.State.REFUSED)
        order.delivery_minor = 0
        order.needs_price = False
    elif len(staying) < len(parts):
        totals.price_carriage_again(order, staying, require_cooperative())
    if (
        staying
        and order.state == Order.State.NEW
        and all(part.state == OrderPart.State.ACCEPTED for part in staying)
    ):
        move(order, Order.State.ACCEPTED)
    totals.set_totals(order, [line for part in staying for line in part.lines.all()])
    _save(order, "goods_minor", "delivery_minor", "delivery_tax_rate", "tax_minor", "needs_price")


@telling_why
def cancel_order(*, order_id: int, actor: User | None, at: datetime, reason: str = "") -> Order:
    """Call an order off, with its ride. The buyer can until the first producer closes its list,
    the office (and the standing order, without actor) until something was picked up."""
    [order] = cancel_orders({order_id: reason}, actor=actor, at=at)
    return order


@transaction.atomic
def cancel_orders(reasons: Mapping[int, str], *, actor: User | None, at: datetime) -> list[Order]:
    """Call several off, or none when one can't be; each (its id) for its own reason.

    The same few statements for one or for hundreds.
    """
    orders = list(Order.objects.select_for_update().filter(pk__among=reasons).order_by("pk"))
    begun = _begun_rides(orders)
    for order in orders:
        is_begun = order.delivery_id in begun
        if refusal := _why_not_cancel(order, actor=actor, at=at, is_begun=is_begun):
            raise DomainError(refusal)
        move(order, Order.State.CANCELLED)
        order.version += 1
    Order.objects.bulk_update(orders, ["state", "version"])
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order=order,
            kind=OrderEvent.Kind.CANCELLED,
            actor=actor,
            at=at,
            details={"reason": reasons[order.pk]},
        )
        for order in orders
    )
    _cancel_rides(orders, actor=actor, at=at)
    tell_orders(reasons)
    return orders


@transaction.atomic
def restore_order(*, order_id: int, actor: User | None, at: datetime) -> Order:
    """Ask again for an order that was called off: its ride waits again, its producers answer anew.

    What a producer had refused stays refused.
    """
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.state != Order.State.CANCELLED:
        raise DomainError(
            _("Order %(number)s is not cancelled. Reload to see what happened.")
            % {"number": order.number}
        )
    move(order, Order.State.NEW)
    _save(order)
    parts = order.parts.exclude(state=OrderPart.State.REFUSED)
    pickups = Task.objects.filter(delivery=order.delivery_id, kind=Task.Kind.PICKUP)
    if order.kind == Order.Kind.SUPPLY:
        pickups = pickups.filter(order_part__in=parts)
    # The drop-off first: a delivery without one that waits reads as cancelled.
    dropoffs = Task.objects.filter(delivery=order.delivery_id, kind=Task.Kind.DROPOFF)
    for task in [*dropoffs, *pickups]:
        if task.status == Task.Status.CANCELLED:
            dispatch.restore_task(task.pk, actor=actor, at=at)
    parts.update(state=OrderPart.State.NEW, answered_at=None)
    _log(order, OrderEvent.Kind.RESTORED, actor=actor, at=at)
    return order


def why_not_cancel(order: Order, *, actor: User | None, at: datetime) -> str:
    """A sentence when `actor` may not call the order off any more; empty when they may."""
    is_begun = bool(_begun_rides([order]))
    return _why_not_cancel(order, actor=actor, at=at, is_begun=is_begun)


def _why_not_cancel(order: Order, *, actor: User | None, at: datetime, is_begun: bool) -> str:
    if order.state not in OPEN_STATES:
        return closed_words(order)
    is_office = actor is None or actor.works_at_office
    if not is_office and order.closes_at and at >= order.closes_at:
        return _("The time to cancel this order is over. Call the office of your cooperative.")
    if is_begun:
        return _("The ride has begun, so the order can't be cancelled any more.")
    return ""


def _begun_rides(orders: Iterable[Order]) -> set[int]:
    """Those of their deliveries of which a stop is ridden or done."""
    begun = Task.objects.filter(
        delivery__among=[order.delivery_id for order in orders],
        status__in=[Task.Status.DOING, Task.Status.DONE],
    )
    return set(begun.values_list("delivery_id", flat=True))


def _cancel_rides(orders: Iterable[Order], *, actor: User | None, at: datetime) -> None:
    open_tasks = Task.objects.filter(
        delivery__among=[order.delivery_id for order in orders]
    ).exclude(status__in=[Task.Status.DONE, Task.Status.CANCELLED])
    dispatch.cancel_tasks(open_tasks.values_list("pk", flat=True), actor=actor, at=at)


@transaction.atomic
def set_delivery_price(*, order_id: int, delivery_minor: int, actor: User, at: datetime) -> Order:
    """The office gives an order the price of its carriage, which then stays."""
    order = Order.objects.select_for_update().get(pk=order_id)
    _require_open(order)
    order.delivery_minor = delivery_minor
    order.delivery_tax_rate = totals.carriage_tax_rate(order, require_cooperative())
    order.needs_price = False
    lines = OrderLine.objects.filter(part__order=order).exclude(part__state=OrderPart.State.REFUSED)
    totals.set_totals(order, list(lines))
    _save(order, "delivery_minor", "delivery_tax_rate", "tax_minor", "needs_price")
    _log(order, OrderEvent.Kind.PRICED, actor=actor, at=at, delivery_minor=delivery_minor)
    tell_orders([order.pk])
    return order


def _save(order: Order, *fields: str) -> None:
    order.version += 1
    order.save(update_fields=["state", "version", *fields])


def _log(
    order: Order, kind: OrderEvent.Kind, *, actor: User | None, at: datetime, **details: object
) -> None:
    OrderEvent.objects.create(order=order, kind=kind, actor=actor, at=at, details=details)
