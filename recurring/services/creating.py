"""A new standing order: from the editor, or from an order that a business liked."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from accounts.models import Business, User
from coopcycle.idempotency import create_once
from dispatch.models import Task
from orders.ordering.models import Order, OrderPart
from recurring.generation import generate
from recurring.models import StandingOrder, StandingOrderEvent
from recurring.patterns import Pattern, Weekly, rule_of
from recurring.services.acting import Kind, require_cooperative
from recurring.services.drafts import RuleDraft, RuleLineDraft, WindowDraft
from recurring.services.versions import add_first_versions, require_dates


def create_standing_order(
    draft: RuleDraft, *, buyer: Business, actor: User, at: datetime, action_id: uuid.UUID
) -> StandingOrder:
    """Save what comes again, and make its first orders. The same action never makes a second.

    Raises DomainError (422) when the rule gives no date.
    """

    def create() -> StandingOrder:
        [order] = write_standing_orders([Wanted(draft, buyer, action_id)], actor=actor, at=at)
        generate(require_cooperative(), at=at, only=[order])
        return order

    return create_once(StandingOrder, action_id, create)


class Wanted(NamedTuple):
    """A standing order to come. The same action never makes a second."""

    draft: RuleDraft
    buyer: Business
    action_id: uuid.UUID


def write_standing_orders(
    wanted: Sequence[Wanted], *, actor: User, at: datetime
) -> list[StandingOrder]:
    """Their rows, still without orders: an import first adds its single dates.

    Raises DomainError (422) when a rule gives no date.
    """
    for draft, _buyer, _action_id in wanted:
        require_dates(draft)
    timezone = require_cooperative().timezone
    orders = StandingOrder.objects.bulk_create(
        StandingOrder(
            buyer=buyer,
            kind=draft.kind,
            name=draft.name,
            timezone=timezone,
            usual_courier_id=draft.usual_courier_id,
            usual_tour_id=draft.usual_tour_id,
            created_at=at,
            created_by=actor,
            action_id=action_id,
        )
        for draft, buyer, action_id in wanted
    )
    drafts = [draft for draft, _buyer, _action_id in wanted]
    add_first_versions(list(zip(orders, drafts, strict=True)), actor=actor, at=at)
    StandingOrderEvent.objects.bulk_create(
        StandingOrderEvent(standing_order=order, kind=Kind.CREATED, actor=actor, at=at)
        for order in orders
    )
    return orders


def draft_from_order(order: Order, *, first_day: date) -> RuleDraft:
    """What an order was, every week on its weekday: the editor's form prefilled.

    Refused parts and products that are no longer sold are left out.
    """
    zone = require_cooperative().zone
    opens, closes = order.after.astimezone(zone), order.before.astimezone(zone)
    length = (closes.replace(tzinfo=None) - opens.replace(tzinfo=None)).seconds // 60
    pickup = order.delivery.tasks.filter(kind=Task.Kind.PICKUP).order_by("after").first()
    fetched = pickup.after.astimezone(zone) if pickup else None
    window = WindowDraft(
        opens=opens.time(),
        minutes=max(15, length),
        pickup_opens=fetched.time() if fetched else None,
        pickup_days_before=(opens.date() - fetched.date()).days if fetched else 0,
    )
    draft = RuleDraft(
        name=order.buyer.name,
        kind=order.kind,
        rule=rule_of(Pattern(Weekly((order.day.isoweekday(),)))),
        first_day=first_day,
        windows=(window,),
        note=order.note,
    )
    is_parcel = order.kind == Order.Kind.DELIVERY
    return _with_parcel(draft, order) if is_parcel else _with_goods(draft, order)


def _with_goods(draft: RuleDraft, order: Order) -> RuleDraft:
    parts = order.parts.exclude(state=OrderPart.State.REFUSED)
    parts = parts.prefetch_related("lines__product__producer")
    lines = tuple(
        RuleLineDraft(line.product_id, line.quantity)
        for part in parts
        for line in part.lines.all()
        if not line.product.archived_at and not line.product.producer.archived_at
    )
    notes = {str(part.producer_id): part.note for part in parts if part.note}
    return replace(draft, lines=lines, producer_notes=notes)


def _with_parcel(draft: RuleDraft, order: Order) -> RuleDraft:
    dropoff = order.delivery.tasks.get(kind=Task.Kind.DROPOFF)
    return replace(
        draft,
        name=dropoff.place,
        recipient=dropoff.place,
        recipient_phone=dropoff.phone,
        recipient_address_id=dropoff.address_id,
        load=dropoff.load,
        weight_grams=dropoff.weight_grams,
    )
