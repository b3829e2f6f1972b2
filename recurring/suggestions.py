"""What a business orders by hand again and again, and could have as a standing order."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import Business
from orders.ordering.models import Order, OrderLine, OrderPart
from recurring.models import StandingOrder, SuggestionRest
from recurring.selectors.listing import in_state

WEEKS = 3
_LOOK_BACK = timedelta(weeks=WEEKS + 2)  # the third week may have been the week before last


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The same products on the same weekday, three weeks in a row; `order` is the latest of them."""

    order: Order
    weekday: int  # ISO: 1 is Monday
    weeks: int


def suggestions(businesses: Iterable[Business], *, today: date) -> list[Suggestion]:
    """What these businesses could make standing, the latest first. Five queries for all of them.

    Without those they have a standing order for already (it wants the same products), and those
    they don't want to hear of now.
    """
    by_habit = _habits(list(businesses), today)
    if not by_habit:
        return []
    buyer_ids = {buyer_id for buyer_id, _weekday, _products in by_habit}
    known, resting = _standing_products(buyer_ids, today), _resting(buyer_ids, today)
    found = [
        Suggestion(orders[0], weekday, weeks)
        for (buyer_id, weekday, products), orders in by_habit.items()
        if (weeks := _weeks_in_a_row(orders)) >= WEEKS
        and (buyer_id, weekday, products) not in resting
        and not any(products <= standing for standing in known[buyer_id])
    ]
    return sorted(found, key=lambda each: (each.order.day, each.order.pk), reverse=True)


type _Habit = tuple[int, int, frozenset[int]]  # buyer, weekday, products


def _habits(businesses: list[Business], today: date) -> dict[_Habit, list[Order]]:
    """Orders by hand that ask for the same, the latest first."""
    orders = {
        order.pk: order
        for order in Order.objects.filter(
            buyer__in=businesses,
            kind=Order.Kind.SUPPLY,
            occurrence=None,
            day__gt=today - _LOOK_BACK,
        )
        .exclude(state__in=[Order.State.CANCELLED, Order.State.REFUSED])
        .select_related("buyer")
        .order_by("-day", "-pk")
    }
    products = products_of(orders)
    found: dict[_Habit, list[Order]] = defaultdict(list)
    for pk, order in orders.items():
        if products[pk]:
            key = order.buyer_id, order.day.isoweekday(), frozenset(products[pk])
            found[key].append(order)
    return found


def products_of(order_ids: Iterable[int]) -> dict[int, set[int]]:
    """Order id → what it asks for, without what was refused or is no longer sold."""
    products: dict[int, set[int]] = defaultdict(set)
    lines = OrderLine.objects.filter(part__order__in=order_ids, product__archived_at=None)
    for order_id, product_id in lines.exclude(part__state=OrderPart.State.REFUSED).values_list(
        "part__order", "product"
    ):
        products[order_id].add(product_id)
    return products


def _resting(buyer_ids: Iterable[int], today: date) -> set[_Habit]:
    rests = SuggestionRest.objects.filter(buyer__in=list(buyer_ids), until__gte=today)
    return {(rest.buyer_id, rest.weekday, frozenset(rest.products)) for rest in rests}


def _weeks_in_a_row(orders: list[Order]) -> int:
    """How many weeks, from the latest back, have one of them."""
    days = sorted({order.day for order in orders}, reverse=True)
    weeks = 1
    while days[0] - timedelta(weeks=weeks) in days:
        weeks += 1
    return weeks


def _standing_products(buyer_ids: Iterable[int], today: date) -> dict[int, list[frozenset[int]]]:
    """Buyer → what each of its standing orders brings that have not ended."""
    wanted: dict[tuple[int, int], set[int]] = defaultdict(set)
    orders = StandingOrder.objects.filter(buyer__in=list(buyer_ids))
    ended = in_state(orders, "ended", today)
    rows = orders.exclude(pk__in=ended.values("pk")).values_list(
        "buyer_id", "pk", "versions__lines__product"
    )
    for buyer_id, pk, product_id in rows:
        wanted[buyer_id, pk].add(product_id)
    found: dict[int, list[frozenset[int]]] = defaultdict(list)
    for (buyer_id, _pk), ids in wanted.items():
        found[buyer_id].append(frozenset(ids))
    return found
