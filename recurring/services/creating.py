"""A new standing order: from the editor, or from an order that a business liked."""

import uuid
from dataclasses import replace
from datetime import date, datetime

from accounts.models import Business, User
from coopcycle.idempotency import create_once
from dispatch.models import Task
from orders.ordering.models import Order, OrderPart
from recurring.generation import generate
from recurring.models import StandingOrder
from recurring.patterns import Pattern, Weekly, rule_of
from recurring.services.acting import Kind, log, require_cooperative
from recurring.services.drafts import RuleDraft, RuleLineDraft, WindowDraft
from recurring.services.versions import add_version, require_dates


def create_standing_order(
    draft: RuleDraft, *, buyer: Business, actor: User, at: datetime, action_id: uuid.UUID
) -> StandingOrder:
    """Save what comes again, and make its first orders. The same action never makes a second.

    Raises DomainError (422) when the rule gives no date.
    """

    def create() -> StandingOrder:
        order = write_standing_order(draft, buyer=buyer, actor=actor, at=at, action_id=action_id)
        generate(require_cooperative(), at=at, only=[order])
        return order

    return create_once(StandingOrder, action_id, create)


def write_standing_order(
    draft: RuleDraft, *, buyer: Business, actor: User, at: datetime, action_id: uuid.UUID
) -> StandingOrder:
    """Its rows, still without orders: an import first adds its single dates.

    Raises DomainError (422) when the rule gives no date.
    """
    require_dates(draft)
    order = StandingOrder.objects.create(
        buyer=buyer,
        kind=draft.kind,
        name=draft.name,
        timezone=require_cooperative().timezone,
        usual_courier_id=draft.usual_courier_id,
        created_at=at,
        created_by=actor,
        action_id=action_id,
    )
    add_version(order, draft, valid_from="", actor=actor, at=at)
    log(order, Kind.CREATED, actor=actor, at=at)
    return order


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
