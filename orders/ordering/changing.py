"""An order becomes another one: by hand, or because its standing order says so now.

Both ways leave what changed, with before and after, in the order's history. A field that a hand
has changed is a standing order's no longer.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.db.bulk import copy_rows
from coopcycle.errors import DomainError
from dispatch import services as dispatch
from dispatch.models import Task
from orders.catalog.models import Product
from orders.ordering import placing, totals
from orders.ordering.drafts import LineDraft, OrderDraft, ParcelDraft, together
from orders.ordering.fields import (
    Fields,
    dropoff_of,
    fields_asked,
    fields_of,
    lines_said,
    pickup_of,
    staying_parts,
)
from orders.ordering.models import Order, OrderEvent, OrderLine, OrderPart
from orders.ordering.placing import Wish
from orders.ordering.rows import LineRow
from orders.ordering.services import (
    OPEN_STATES,
    closed_words,
    require_cooperative,
    verdict_on,
)
from orders.ordering.stock import lock_limited
from orders.states import move

FIELDS = frozenset(
    {"window", "pickup", "lines", "note", "producer_notes", "carriage", "recipient", "load"}
)
# Notes may hold a door code; a recipient is erased when the claims are over.
_PRIVATE = frozenset({"note", "producer_notes", "recipient"})


@dataclass(frozen=True, slots=True)
class Difference:
    """What would change, and what would but stays because a hand decided it."""

    before: Fields
    after: Fields
    kept: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.after)


def with_contents(orders: QuerySet[Order]) -> QuerySet[Order]:
    """All that changing reads, in a fixed number of queries."""
    parts = OrderPart.objects.select_related("producer", "pickup")
    return orders.select_related("buyer__address", "delivery").prefetch_related(
        Prefetch("parts", parts), "parts__lines", "delivery__tasks"
    )


def is_begun(order: Order) -> bool:
    """Whether a courier has set off for one of its stops, or failed there. Reads prefetched tasks."""
    waiting = {Task.Status.TODO, Task.Status.CANCELLED}
    return any(task.status not in waiting for task in order.delivery.tasks.all())


def is_late(order: Order, *, at: datetime) -> bool:
    """Whether its first producer has closed its list, or the parcel is due to be picked up."""
    return order.closes_at is not None and at >= order.closes_at


def hand_changed_fields(order_ids: Collection[int]) -> Mapping[int, frozenset[str]]:
    """Order id → what people changed on it themselves; a carriage only follows from the rest."""
    changed: defaultdict[int, set[str]] = defaultdict(set)
    kinds = [OrderEvent.Kind.CHANGED, OrderEvent.Kind.PRICED]
    for event in OrderEvent.objects.filter(order__in=order_ids, kind__in=kinds):
        if event.kind == OrderEvent.Kind.PRICED:
            changed[event.order_id].add("carriage")
        elif event.details.get("by_hand"):
            changed[event.order_id].update(event.details["after"].keys() - {"carriage"})
    return {order_id: frozenset(fields) for order_id, fields in changed.items()}


def differences(pairs: Sequence[tuple[Order, OrderDraft]]) -> list[Difference]:
    """What each draft of a standing order would change on its order, in their order.

    Reads what `with_contents` fetched, and a fixed number of queries besides; writes nothing.
    """
    if not pairs:
        return []
    hands = hand_changed_fields([order.pk for order, _draft in pairs])
    plain = [_without_refused(order, draft) for order, draft in pairs]
    merged = [
        _kept(order, draft, hands.get(order.pk, frozenset()))
        for (order, _draft), draft in zip(pairs, plain, strict=True)
    ]
    ground = placing.ground_for([*plain, *merged], require_cooperative())
    return [
        _difference(order, Wish(asked, ground), Wish(kept, ground), hands.get(order.pk, ()))
        for (order, _draft), asked, kept in zip(pairs, plain, merged, strict=True)
    ]


def _difference(order: Order, asked: Wish, kept: Wish, hand: Collection[str] = ()) -> Difference:
    now, then, wished = fields_of(order), fields_asked(order, kept), fields_asked(order, asked)
    changed = [name for name in then if now[name] != then[name]]
    return Difference(
        before={name: now[name] for name in changed},
        after={name: then[name] for name in changed},
        kept=tuple(name for name in hand if wished[name] != then[name]),
    )


@transaction.atomic
def change_order(
    draft: OrderDraft, *, order_id: int, version: int, actor: User, at: datetime
) -> Order:
    """A person changes an order. What it had keeps its price, what is new has the price of its day.

    Raises DomainError when somebody else was faster, or when it is too late for this person.
    """
    lock_limited(line.product_id for line in draft.lines)  # before the order, as everywhere
    order = with_contents(Order.objects.select_for_update(of=("self",))).get(pk=order_id)
    if order.version != version:
        raise DomainError(_("Somebody has changed this order since you opened it. Load it again."))
    if refusal := why_not_change(order, actor=actor, at=at):
        raise DomainError(refusal)
    draft = replace(_without_refused(order, draft), lines=_at_known_prices(order, draft.lines))
    verdict = verdict_on(draft, at=at, order_id=order_id)
    if verdict.errors and not actor.works_at_office:
        raise DomainError(" ".join(verdict.errors), status=422)
    return _change(order, draft, by_hand=True, actor=actor, at=at)


@transaction.atomic
def follow_rule(draft: OrderDraft, *, order_id: int, actor: User | None, at: datetime) -> Order:
    """An order becomes what its standing order says now, but for what hands have changed.

    Priced anew: by the list of its day, or as agreed.
    """
    order = with_contents(Order.objects.select_for_update(of=("self",))).get(pk=order_id)
    hand = hand_changed_fields([order_id]).get(order_id, frozenset())
    draft = _kept(order, _without_refused(order, draft), hand)
    return _change(order, draft, by_hand=False, actor=actor, at=at)


@transaction.atomic
def keep_wall_clock(
    window: tuple[datetime, datetime],
    pickup: tuple[datetime, datetime],
    *,
    order_id: int,
    at: datetime,
) -> Order:
    """The law has moved the clock: an order's times are other instants now, and nothing else of it."""
    order = with_contents(Order.objects.select_for_update(of=("self",))).get(pk=order_id)
    draft = replace(as_it_is(order), after=window[0], before=window[1], pickup=pickup)
    return _change(order, draft, by_hand=False, actor=None, at=at)


@transaction.atomic
def give_less(
    quantities: Mapping[int, Decimal],
    *,
    instead: Iterable[LineDraft] = (),
    order_id: int,
    at: datetime,
) -> Order:
    """There is too little for everybody: so much of these products (id), and nothing else changes.

    What comes `instead` is added. What nothing is left of goes; something must be left in the order.
    """
    order = with_contents(Order.objects.select_for_update(of=("self",))).get(pk=order_id)
    former = as_it_is(order)
    lines = (
        line._replace(quantity=quantities.get(line.product_id, line.quantity))
        for line in former.lines
    )
    found = together([*(line for line in lines if line.quantity), *instead])
    draft = replace(former, lines=tuple(found))
    return _change(order, draft, by_hand=False, actor=None, at=at)


def as_it_is(order: Order, fields: Collection[str] = FIELDS) -> OrderDraft:
    """What would leave the order as it stands, in these of its fields."""
    blank = OrderDraft(
        buyer_id=order.buyer_id,
        kind=Order.Kind(order.kind),
        after=order.after,
        before=order.before,
        parcel=ParcelDraft("", "", 0, "", 0) if order.kind == Order.Kind.DELIVERY else None,
        is_recurring=True,
    )
    return _kept(order, blank, fields)


def why_not_change(order: Order, *, actor: User, at: datetime) -> str:
    """A sentence when this person can't change the order any more; empty when they can."""
    if order.state not in OPEN_STATES:
        return closed_words(order)
    if is_begun(order):
        return _("The ride has begun, so the order can't be changed any more.")
    if not actor.works_at_office and is_late(order, at=at):
        return _("The time to change this order is over. Call the office of your cooperative.")
    return ""


def _change(
    order: Order, draft: OrderDraft, *, by_hand: bool, actor: User | None, at: datetime
) -> Order:
    wish = Wish(draft, placing.ground_for([draft], require_cooperative()))
    found = _difference(order, wish, wish)
    if not found.after:
        return order
    former_day = order.day
    tasks = dispatch.change_delivery(
        order.delivery_id,
        placing.delivery_plan(wish, order.pk),
        _known_stops(order, wish),
        actor=actor,
        at=at,
    )
    is_first_said = "window" in found.after and not order.wall_start  # its date said it until now
    if by_hand and (is_first_said or order.after != draft.after):
        zone = wish.ground.zone
        order.wall_start = placing.wall_clock(draft.after, zone)
        order.promised_timezone = zone.key
    _rewrite_order(order, wish)
    lines = _rewrite_parts(order, wish, tasks, is_moved=order.day != former_day)
    order.goods_minor, order.tax_minor = totals.goods_and_tax(
        lines, order.delivery_minor, order.delivery_tax_rate
    )
    order.version += 1
    order.save()
    OrderEvent.objects.create(
        order=order,
        kind=OrderEvent.Kind.CHANGED,
        actor=actor,
        at=at,
        details={
            **placing.price_details(wish),
            "before": _for_the_history(found.before),
            "after": _for_the_history(found.after),
            "by_hand": by_hand,
        },
    )
    return order


def _for_the_history(fields: Fields) -> Fields:
    """Of what is private only that it changed: the history is in the clear, and nothing erases it."""
    return {name: None if name in _PRIVATE else said for name, said in fields.items()}


def _known_stops(order: Order, wish: Wish) -> list[int | None]:
    """The tasks that the stops of the wish's plan are now; none for a producer that is new."""
    dropoff = next(task.pk for task in order.delivery.tasks.all() if not task.is_pickup)
    if order.kind == Order.Kind.DELIVERY:
        return [next(task.pk for task in order.delivery.tasks.all() if task.is_pickup), dropoff]
    pickups = {part.producer_id: part.pickup_id for part in staying_parts(order)}
    return [*(pickups.get(producer_id) for producer_id in wish.shares), dropoff]


def _rewrite_order(order: Order, wish: Wish) -> None:
    """The order's own fields, not saved yet."""
    draft = wish.draft
    order.day = draft.day(wish.ground.cooperative.zone)
    order.after, order.before = draft.after, draft.before
    order.closes_at = wish.closes_at
    order.note = draft.note
    order.delivery_minor, order.delivery_tax_rate = wish.carriage_minor, wish.carriage_tax_rate
    order.needs_price = wish.needs_price


def _rewrite_parts(
    order: Order, wish: Wish, tasks: Sequence[Task], *, is_moved: bool
) -> list[LineRow]:
    """Parts and lines as the wish has them. Who has to give something else is asked again."""
    known = {part.producer_id: part for part in staying_parts(order)}
    OrderPart.objects.filter(
        pk__in=[part.pk for producer_id, part in known.items() if producer_id not in wish.shares]
    ).delete()
    lines: list[LineRow] = []
    for (producer_id, drafts), pickup in zip(wish.shares.items(), tasks, strict=False):
        part = known.get(producer_id) or OrderPart(
            order=order, producer_id=producer_id, pickup=pickup
        )
        part.note = wish.draft.producer_notes.get(producer_id, "")
        is_known = part.pk is not None
        is_same = is_known and lines_said(part.lines.all()) == lines_said(
            wish.line_rows(drafts, None)
        )
        if is_moved or not is_same:
            part.state, part.answered_at = OrderPart.State.NEW, None
        part.save()
        if is_known:
            part.lines.all().delete()
        asked = wish.line_rows(drafts, part.pk)
        copy_rows(OrderLine, asked)
        lines += asked
        if part.state == OrderPart.State.NEW and order.state == Order.State.ACCEPTED:
            move(order, Order.State.NEW)
    return lines


def _without_refused(order: Order, draft: OrderDraft) -> OrderDraft:
    """What a producer has refused for this day is not asked of it again."""
    refused = {
        part.producer_id for part in order.parts.all() if part.state == OrderPart.State.REFUSED
    }
    if not refused:
        return draft
    ids = [line.product_id for line in draft.lines]
    theirs = set(
        Product.objects.filter(pk__in=ids, producer__in=refused).values_list("pk", flat=True)
    )
    return replace(
        draft, lines=tuple(line for line in draft.lines if line.product_id not in theirs)
    )


def _kept(order: Order, draft: OrderDraft, hand: Collection[str]) -> OrderDraft:
    """The draft with what hands have changed on the order left as it is."""
    own: dict[str, Any] = {}
    if "window" in hand:
        own |= {"after": order.after, "before": order.before}
    if "pickup" in hand and (pickup := pickup_of(order)):
        own["pickup"] = (pickup.after, pickup.before)
    if "lines" in hand:
        own["lines"] = tuple(
            LineDraft(line.product_id, line.quantity, line.unit_price_minor, line.instead_of)
            for part in staying_parts(order)
            for line in part.lines.all()
        )
    if "note" in hand:
        own["note"] = order.note
    if "producer_notes" in hand:
        own["producer_notes"] = {part.producer_id: part.note for part in staying_parts(order)}
    if "carriage" in hand and order.delivery_minor is not None:
        own["agreed_carriage_minor"] = order.delivery_minor
    if draft.parcel is not None:
        own["parcel"] = _kept_parcel(order, draft.parcel, hand)
    return replace(draft, **own)


def _kept_parcel(order: Order, parcel: ParcelDraft, hand: Collection[str]) -> ParcelDraft:
    dropoff = dropoff_of(order)
    if "recipient" in hand:
        parcel = replace(
            parcel,
            recipient=dropoff.place,
            phone=dropoff.phone,
            address_id=dropoff.address_id,
        )
    if "load" in hand:
        parcel = replace(parcel, load=dropoff.load, weight_grams=dropoff.weight_grams)
    return parcel


def _at_known_prices(order: Order, lines: Iterable[LineDraft]) -> tuple[LineDraft, ...]:
    """A person's change prices nothing anew: what was on the order keeps its price.

    It also stays what it came instead of.
    """
    known = {line.product_id: line for part in staying_parts(order) for line in part.lines.all()}
    return tuple(
        line._replace(fixed_price_minor=former.unit_price_minor, instead_of=former.instead_of)
        if (former := known.get(line.product_id))
        else line
        for line in lines
    )
