"""What the town's businesses order: standing orders, now and then something besides, and answers."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from accounts.models import Business, User
from coopcycle.demo.clicks import by_hand
from coopcycle.demo.people import address_of
from coopcycle.demo.seeds import Kind, StandingSeed, TownSeed
from coopcycle.errors import DomainError
from dispatch.models import Courier
from orders.models import Order, OrderPart, Product
from orders.ordering.drafts import LineDraft, OrderDraft, ParcelDraft
from orders.ordering.services import accept_parts, place_order, refuse_part
from recurring.models import Occurrence, StandingOrder
from recurring.patterns import MonthlyByWeekday, Pattern, Weekly, rule_of
from recurring.services import (
    DateChange,
    RuleDraft,
    RuleLineDraft,
    WindowDraft,
    change_date,
    close_producer,
    create_standing_order,
    move_date,
    pause_standing_order,
    skip_date,
)
from tenants.models import Cooperative

PARCEL_HOURS = range(8, 18)  # when their windows open: the most that one day has
_LOADS = ("1 colis", "2 colis", "1 enveloppe", "1 carton", "3 colis")
_REASONS = ("Récolte perdue sous la grêle", "Four en panne ce matin")


def stand(
    town: TownSeed, first_day: date, *, at: datetime, chance: Random, is_new: bool = False
) -> None:
    """Save the town's standing orders, or those entered today, as their buyers would."""
    for seed in town.standing:
        if seed.is_new != is_new:
            continue
        buyer = Business.objects.get(name=seed.buyer)
        owner = buyer.members.get()
        by_hand(create_standing_order)(
            _rule(town, seed, first_day),
            buyer=buyer,
            actor=owner,
            at=at,
            action_id=UUID(int=chance.getrandbits(128), version=4),
        )


def change_some_dates(today: date, *, at: datetime) -> None:
    """One standing order pauses over the holidays; single dates of others are skipped, moved and
    changed; a producer closes for two days."""
    first, *others = StandingOrder.objects.order_by("pk")
    by_hand(pause_standing_order)(
        standing_order_id=first.pk,
        version=first.version,
        from_day=date(today.year, 12, 28),
        to_day=date(today.year + 1, 1, 3),
        reason="Congés",
        cancels_made=False,
        actor=_owner(first),
        at=at,
    )
    for order, decide in zip(others[1:4], (_skip, _move, _change), strict=False):
        coming = order.occurrences.filter(starts_at__gt=at + timedelta(days=4), state="generated")
        if row := coming.order_by("starts_at").first():
            decide(order, row, _seen(order, row, at))
    producer = Business.objects.producers().order_by("-pk")[0]
    by_hand(close_producer)(
        producer=producer,
        from_day=today + timedelta(days=9),
        to_day=today + timedelta(days=10),
        reason="Inventaire",
        actor=producer.members.get(),
        at=at,
    )


def _skip(_order: StandingOrder, _row: Occurrence, seen: dict[str, Any]) -> None:
    by_hand(skip_date)(**seen)


def _move(_order: StandingOrder, row: Occurrence, seen: dict[str, Any]) -> None:
    """To the day beside, away from Sunday."""
    start = datetime.fromisoformat(row.original_start)
    step = -1 if start.isoweekday() == 6 else 1
    by_hand(move_date)(new_start=start + timedelta(days=step, hours=1), **seen)


def _change(order: StandingOrder, _row: Occurrence, seen: dict[str, Any]) -> None:
    """Twice as much of everything, for a feast."""
    lines = order.versions.get().lines.all()
    twice = tuple((line.product_id, line.quantity * 2) for line in lines)
    by_hand(change_date)(DateChange(lines=twice, note="Double quantité, merci"), **seen)


def _seen(order: StandingOrder, row: Occurrence, at: datetime) -> dict[str, Any]:
    return {
        "standing_order_id": order.pk,
        "original_start": row.original_start,
        "version": order.version,
        "actor": _owner(order),
        "at": at,
    }


def send_parcel(
    town: TownSeed, cooperative: Cooperative, day: date, hour: int, *, at: datetime, chance: Random
) -> Order:
    """A business sends something of its own to one of the town's people, from `hour` on."""
    senders = list(Business.objects.exclude(kind=Kind.PRODUCER).order_by("pk"))
    sender = chance.choice(senders)
    guest, place = chance.choice(town.guests)
    opens = datetime.combine(day, time(hour), cooperative.zone)
    draft = OrderDraft(
        buyer_id=sender.pk,
        kind=Order.Kind.DELIVERY,
        after=opens,
        before=opens + timedelta(hours=2),
        parcel=ParcelDraft(
            recipient=guest,
            phone="+33 6 00 00 00 00" if town.country == "FR" else "",
            address_id=address_of(town, place, guest).pk,
            load=chance.choice(_LOADS),
            weight_grams=chance.choice((800, 1500, 4000)),
        ),
        action_id=UUID(int=chance.getrandbits(128), version=4),
    )
    return by_hand(place_order)(draft, actor=sender.members.get(), at=at)


def order_besides(
    cooperative: Cooperative, day: date, *, at: datetime, chance: Random
) -> Order | None:
    """A restaurant orders something from one producer; None when it is too late for that day."""
    buyer = chance.choice(list(Business.objects.filter(kind=Kind.RESTAURANT).order_by("pk")))
    products = list(Product.objects.offered().select_related("producer").order_by("pk"))
    wanted = chance.choice(products)
    opens = datetime.combine(day, time(chance.choice((9, 10, 11))), cooperative.zone)
    draft = OrderDraft(
        buyer_id=buyer.pk,
        kind=Order.Kind.SUPPLY,
        after=opens,
        before=opens + timedelta(minutes=90),
        lines=(LineDraft(wanted.pk, Decimal(chance.randint(1, 4))),),
        action_id=UUID(int=chance.getrandbits(128), version=4),
    )
    try:
        return by_hand(place_order)(draft, actor=buyer.members.get(), at=at)
    except DomainError:  # the producer is closed that day: people then order for another
        return None


def answer(day: date, *, at: datetime, leave: int = 0) -> None:
    """Producers accept what they are asked for `day`; on some days nobody can serve the first order.

    The last `leave` parts still wait for their answer."""
    waiting = OrderPart.objects.filter(order__day=day, state=OrderPart.State.NEW)
    parts = list(waiting.select_related("producer").order_by("order__after", "order", "producer"))
    is_bad_day = not leave and day.toordinal() % 9 == 0
    accepted: dict[int, list[int]] = {}
    for part in parts[: max(1, len(parts) - leave)]:
        if is_bad_day and part.order_id == parts[0].order_id:
            actor = part.producer.members.get()
            reason = _REASONS[day.toordinal() % len(_REASONS)]
            by_hand(refuse_part)(part_id=part.pk, reason=reason, actor=actor, at=at)
        else:
            accepted.setdefault(part.producer_id, []).append(part.pk)
    for producer_id, part_ids in accepted.items():
        actor = User.objects.get(memberships__business=producer_id)
        by_hand(accept_parts)(part_ids=part_ids, actor=actor, at=at)


def _rule(town: TownSeed, seed: StandingSeed, first_day: date) -> RuleDraft:
    products = {
        (product.producer.name, product.name): product.pk
        for product in Product.objects.select_related("producer")
    }
    agreed, to = dict(seed.agreed), None
    if seed.recipient_place:
        to = address_of(town, seed.recipient_place, seed.recipient)
    weekly = Weekly(seed.weekdays)
    return RuleDraft(
        name=seed.name,
        kind=Order.Kind.DELIVERY if seed.recipient else Order.Kind.SUPPLY,
        rule=rule_of(Pattern(MonthlyByWeekday(*seed.monthly) if seed.monthly else weekly)),
        # What is picked up the evening before needs an evening that the demo lives through.
        first_day=first_day + timedelta(days=1 if seed.evening_pickup else 0),
        windows=tuple(_windows(seed)),
        holiday_policy=seed.holidays,
        lines=tuple(
            RuleLineDraft(
                products[producer, name],
                Decimal(quantity),
                fixed_price_minor=agreed.get(name),
                fixed_until=date(first_day.year + 1, 3, 31) if name in agreed else None,
            )
            for producer, name, quantity in seed.basket
        ),
        note=seed.note,
        usual_courier_id=Courier.objects.get(user__name=seed.courier).pk if seed.courier else None,
        recipient=seed.recipient,
        recipient_address_id=to.pk if to else None,
        load=seed.load,
        weight_grams=6000 if seed.recipient else 0,
    )


def _windows(seed: StandingSeed) -> Iterator[WindowDraft]:
    for opens, closes in filter(None, (seed.window, seed.second_window)):
        yield WindowDraft(
            opens,
            (closes.hour - opens.hour) * 60 + closes.minute - opens.minute,
            pickup_opens=seed.evening_pickup,
            pickup_days_before=1 if seed.evening_pickup else 0,
        )


def _owner(order: StandingOrder) -> User:
    return order.buyer.members.get()
