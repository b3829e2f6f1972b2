"""Orders as the screens read them: few queries, whatever the number of rows."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum

from accounts.models import Business, User
from dispatch.models import Delivery, Task
from orders.catalog.models import Product
from orders.models import Order, OrderEvent, OrderLine, OrderPart
from orders.pricing.quotes import Quote

_STOPS = Prefetch(
    "delivery__tasks",
    Task.objects.select_related("address", "tour__courier__user").order_by("kind", "after", "pk"),
)


def products_on_offer() -> QuerySet[Product]:
    """All that can be ordered, with producer and terms."""
    return Product.objects.offered().select_related("producer__terms", "producer__address")


def order_rows(user: User, *, state: str = "", search: str = "") -> QuerySet[Order]:
    """The list of orders that a person sees, newest day first."""
    parts = Prefetch("parts", OrderPart.objects.select_related("producer").order_by("pk"))
    orders = Order.objects.visible_to(user).select_related("buyer", "delivery", "occurrence")
    if state == "to-price":
        orders = orders.filter(needs_price=True)
    elif state:
        orders = orders.filter(state=state)
    for word in search.split():
        named = (
            Q(buyer__name__icontains=word)
            | Q(delivery__recipient_name__icontains=word)
            | Q(parts__producer__name__icontains=word)
            | Q(delivery__reference__iexact=word)
        )
        orders = orders.filter(pk__in=Order.objects.filter(named).values("pk"))
    return orders.prefetch_related(parts).order_by("-day", "-pk")


def order_page(order: Order, user: User) -> dict[str, object]:
    """What the page of one order shows to this person: a producer sees its own share only."""
    is_buyer = user.sees_finance or order.buyer in set(Business.objects.of(user))
    own = {seat.business_id for seat in user.seats}
    lines = Prefetch("lines", OrderLine.objects.select_related("product"))
    parts = [
        part
        for part in order.parts.select_related("producer", "pickup").prefetch_related(lines)
        if is_buyer or part.producer_id in own
    ]
    stops = (
        order.delivery.tasks.select_related("address", "tour__courier__user")
        .prefetch_related("proofs", "incidents")
        .order_by("-kind", "after", "pk")
    )
    seen = {part.pickup_id for part in parts}
    events = list(order.events.select_related("actor"))
    repriced = [event for event in events if event.kind == OrderEvent.Kind.REPRICED]
    return {
        "order": order,
        "parts": parts,
        "is_buyer": is_buyer,
        "may_open_rule": user.sees_all or order.buyer_id in own,
        "to_answer": [p for p in parts if p.producer_id in own and p.state == p.State.NEW],
        "stops": [s for s in stops if is_buyer or not s.is_pickup or s.pk in seen],
        "events": events if is_buyer else _without_others_prices(events, parts),
        "follows_prices": _follows_prices(order, events),
        "priced_at": repriced[0].at if repriced else order.placed_at,
        "quote": price_story(order) if is_buyer else None,
        "shared_minor": sum(
            line.total_minor for p in parts if p.state != p.State.REFUSED for line in p.lines.all()
        ),
    }


def _follows_prices(order: Order, events: Iterable[OrderEvent]) -> bool:
    """Whether it takes the prices of the day anew until it closes: its rule has agreed on none."""
    if not order.delivery.is_recurring or order.state not in (
        Order.State.NEW,
        Order.State.ACCEPTED,
    ):
        return False
    said = {OrderEvent.Kind.GENERATED, OrderEvent.Kind.CHANGED}
    priced = (
        {"quote", "agreed_carriage_minor"} & event.details.keys()
        for event in events
        if event.kind in said
    )
    return "agreed_carriage_minor" not in next(filter(None, priced), ())


def _without_others_prices(
    events: Iterable[OrderEvent], parts: Iterable[OrderPart]
) -> list[OrderEvent]:
    """What happened, for a producer: of prices only how its own moved. Nothing is saved."""
    own = {line.product_id for part in parts for line in part.lines.all()}
    found = []
    for event in events:
        if event.kind == OrderEvent.Kind.REPRICED:
            moves = [move for move in event.details["prices"] if move["product_id"] in own]
            if not moves:
                continue
            event.details = {"prices": moves}
        found.append(event)
    return found


def price_story(order: Order) -> Quote | None:
    """How the carriage's price came about, unless the office or a refusal changed it since."""
    event = order.events.filter(details__has_key="quote").first()  # the latest
    if event is None:
        return None
    story = Quote.from_details(event.details["quote"])
    return story if story.total_minor == order.delivery_minor else None


def arriving(businesses: Iterable[Business], day: date) -> list[Order]:
    """Open and done orders that these businesses asked for on `day`, in the order of their windows."""
    parts = Prefetch(
        "parts",
        OrderPart.objects.exclude(state=OrderPart.State.REFUSED)
        .select_related("producer")
        .prefetch_related("lines"),
    )
    orders = (
        Order.objects.on(day)
        .filter(buyer__in=businesses)
        .exclude(state__in=[Order.State.CANCELLED, Order.State.REFUSED])
        .select_related("delivery", "buyer")
        .prefetch_related(parts, _STOPS, "delivery__tasks__proofs")
    )
    return list(orders.order_by("after", "pk"))


def upcoming(businesses: Iterable[Business], after: date, *, limit: int = 5) -> list[Order]:
    """The next orders of these businesses on later days."""
    parts = Prefetch(
        "parts", OrderPart.objects.select_related("producer").prefetch_related("lines")
    )
    orders = Order.objects.filter(
        buyer__in=businesses, day__gt=after, state__in=["new", "accepted"]
    )
    return list(
        orders.select_related("delivery").prefetch_related(parts).order_by("after", "pk")[:limit]
    )


def last_week(businesses: Iterable[Business], today: date) -> Order | None:
    """The goods that came about a week ago, to be ordered again; but for those that come by themselves."""
    lines = Prefetch("parts__lines", OrderLine.objects.all())
    return (
        Order.objects.filter(
            buyer__in=businesses,
            kind=Order.Kind.SUPPLY,
            state=Order.State.FULFILLED,
            delivery__is_recurring=False,
            day__range=(today - timedelta(days=9), today - timedelta(days=4)),
        )
        .select_related("buyer")
        .prefetch_related("parts__producer", lines)
        .order_by("-day")
        .first()
    )


def month_numbers(businesses: Iterable[Business], today: date) -> dict[str, int]:
    """Goods bought and drop-offs made in the month of `today`, and how many of them in time."""
    orders = Order.objects.filter(
        buyer__in=businesses, day__gte=today.replace(day=1), day__lte=today
    ).filter(state=Order.State.FULFILLED)
    dropoffs = Task.objects.filter(
        kind=Task.Kind.DROPOFF, status=Task.Status.DONE, delivery__order__in=orders
    )
    counted = dropoffs.aggregate(
        made=Count("pk"), in_time=Count("pk", filter=Q(finished_at__lte=F("before")))
    )
    goods = orders.aggregate(total=Sum("goods_minor"))["total"] or 0
    return {"goods_minor": goods, **counted}


def parts_of_day(producer: Business, day: date) -> list[OrderPart]:
    """What `producer` prepares for `day`, in the order in which it is fetched."""
    parts = (
        OrderPart.objects.filter(producer=producer, order__day=day)
        .exclude(state=OrderPart.State.REFUSED)
        .exclude(order__state__in=[Order.State.CANCELLED, Order.State.REFUSED])
    )
    return list(
        parts.select_related("order__buyer__address", "pickup__tour__courier__user", "producer")
        .prefetch_related(Prefetch("lines", OrderLine.objects.select_related("product")))
        .order_by("pickup__after", "pickup__position", "pk")
    )


def waiting_parts(
    producers: Iterable[Business], today: date, last_day: date | None = None
) -> QuerySet[OrderPart]:
    """Parts that still have to be answered, from today on, or until `last_day`."""
    parts = OrderPart.objects.filter(order__day__lte=last_day) if last_day else OrderPart.objects
    return parts.filter(
        producer__in=producers,
        state=OrderPart.State.NEW,
        order__state__in=[Order.State.NEW, Order.State.ACCEPTED],
        order__day__gte=today,
    )


def waiting_by_day(producer: Business, days: Collection[date]) -> dict[date, int]:
    """How many parts of each of `days` still wait for this producer's answer."""
    waiting = waiting_parts([producer], min(days)).filter(order__day__in=days)
    counted = waiting.values_list("order__day").annotate(Count("pk")).order_by("order__day")
    return dict(counted)


def weight_grams(lines: Iterable[OrderLine]) -> int:
    """What the lines weigh together, by their products' unit weights."""
    return int(sum((li.quantity * li.product.unit_weight_grams for li in lines), Decimal(0)))


def ride_state(delivery: Delivery) -> str:
    """The delivery in one word of the look's table, from its prefetched stops."""
    stops = list(delivery.tasks.all())
    dropoffs = [task for task in stops if not task.is_pickup and task.status != "CANCELLED"]
    if not dropoffs:
        return "cancelled"
    if all(task.status == Task.Status.DONE for task in dropoffs):
        return "done"
    if any(task.status == Task.Status.FAILED for task in dropoffs):
        return "failed"
    ridden = any(task.status in (Task.Status.DOING, Task.Status.DONE) for task in stops)
    return "underway" if ridden else "waiting"


def minutes_late(task: Task, at: datetime) -> int:
    """How late a stop is, or was made; 0 in time."""
    until = task.finished_at or at
    return max(0, int((until - task.before).total_seconds() // 60))
