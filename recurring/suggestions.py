"""What a business orders by hand again and again, and could have as a standing order."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from accounts.models import Business
from dispatch.models import Task
from orders.ordering.models import Order, OrderLine, OrderPart
from recurring.calendars import governing_versions
from recurring.expansion import parse_local
from recurring.models import RuleVersion, StandingOrder, SuggestionRest
from recurring.rules import RuleError, parse_rule
from recurring.selectors.listing import in_state

WEEKS = 3
_EACH_WEEKDAY: Final = frozenset(range(1, 8))
_LOOK_BACK = timedelta(weeks=WEEKS + 2)  # the third week may have been the week before last


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The same on the same weekday, three weeks in a row; `order` is the latest of them."""

    order: Order
    weekday: int  # ISO: 1 is Monday
    weeks: int
    recipient: str = ""  # of a parcel


# What comes again: the ids of products, or of a parcel the digest of where it goes.
type Contents = frozenset[int | str]


class Habit(NamedTuple):
    """What a business may want again."""

    buyer_id: int
    weekday: int
    contents: Contents


class Standing(NamedTuple):
    """What a standing order brings, on which weekdays."""

    weekdays: frozenset[int]
    contents: Contents

    def has(self, habit: Habit) -> bool:
        return habit.weekday in self.weekdays and habit.contents <= self.contents


def suggestions(businesses: Iterable[Business], *, today: date) -> list[Suggestion]:
    """What these businesses could make standing, the latest first. Seven queries for all of them.

    Without those they have a standing order for already (it brings the same on this weekday), and
    those they don't want to hear of now.
    """
    by_habit = _habits(list(businesses), today)
    if not by_habit:
        return []
    buyer_ids = {habit.buyer_id for habit in by_habit}
    known, resting = _standing(buyer_ids, today), _resting(buyer_ids, today)
    found = [
        Suggestion(latest.order, habit.weekday, weeks, latest.recipient)
        for habit, times in by_habit.items()
        for latest in times[:1]
        if (weeks := _weeks_in_a_row([each.order for each in times])) >= WEEKS
        and habit not in resting
        and not any(standing.has(habit) for standing in known[habit.buyer_id])
    ]
    return sorted(found, key=lambda each: (each.order.day, each.order.pk), reverse=True)


class _Time(NamedTuple):
    """One order of a habit."""

    order: Order
    recipient: str


def _habits(businesses: list[Business], today: date) -> dict[Habit, list[_Time]]:
    """Orders by hand that ask for the same, the latest first."""
    orders = list(
        Order.objects.filter(buyer__in=businesses, occurrence=None, day__gt=today - _LOOK_BACK)
        .exclude(state__in=[Order.State.CANCELLED, Order.State.REFUSED])
        .select_related("buyer")
        .order_by("-day", "-pk")
    )
    contents = contents_of(order.pk for order in orders)
    found: dict[Habit, list[_Time]] = defaultdict(list)
    for order in orders:
        wanted, recipient = contents[order.pk]
        if wanted:
            habit = Habit(order.buyer_id, order.day.isoweekday(), wanted)
            found[habit].append(_Time(order, recipient))
    return found


def contents_of(order_ids: Iterable[int]) -> dict[int, tuple[Contents, str]]:
    """Order id → what it brings, without what was refused or is no longer sold; a parcel's recipient."""
    ids = list(order_ids)
    products: dict[int, set[int | str]] = defaultdict(set)
    lines = OrderLine.objects.filter(part__order__in=ids, product__archived_at=None)
    for order_id, product_id in lines.exclude(part__state=OrderPart.State.REFUSED).values_list(
        "part__order", "product"
    ):
        products[order_id].add(product_id)
    found = {pk: (frozenset(products[pk]), "") for pk in ids}
    parcels = Task.objects.filter(
        kind=Task.Kind.DROPOFF,
        delivery__order__in=ids,
        delivery__order__kind=Order.Kind.DELIVERY,
    )
    for order_id, recipient, *place in parcels.values_list(
        "delivery__order", "place", "address__street", "address__postal_code"
    ):
        found[order_id] = (frozenset({_digest(recipient, *place)}), recipient)
    return found


def _digest(*words: str) -> str:
    """The same for the same recipient and place, and nothing that can be read."""
    said = "\n".join(" ".join(each.split()).casefold() for each in words)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _resting(buyer_ids: Iterable[int], today: date) -> set[Habit]:
    rests = SuggestionRest.objects.filter(buyer__in=list(buyer_ids), until__gte=today)
    return {Habit(rest.buyer_id, rest.weekday, frozenset(rest.products)) for rest in rests}


def _weeks_in_a_row(orders: list[Order]) -> int:
    """How many weeks, from the latest back, have one of them."""
    days = sorted({order.day for order in orders}, reverse=True)
    weeks = 1
    while days[0] - timedelta(weeks=weeks) in days:
        weeks += 1
    return weeks


def _standing(buyer_ids: Iterable[int], today: date) -> dict[int, list[Standing]]:
    """Buyer → what each of its standing orders that have not ended brings now, and later."""
    orders = StandingOrder.objects.filter(buyer__in=list(buyer_ids))
    orders = orders.exclude(pk__in=in_state(orders, "ended", today).values("pk"))
    versions = RuleVersion.objects.filter(standing_order__in=orders)
    versions = versions.select_related("standing_order", "recipient_address").only(
        "standing_order__buyer",
        "standing_order__kind",
        *("number", "valid_from", "dtstart", "rrule", "recipient"),
        *("recipient_address__street", "recipient_address__postal_code"),
    )
    by_order: dict[int, list[RuleVersion]] = defaultdict(list)
    for version in versions.prefetch_related("lines"):
        by_order[version.standing_order_id].append(version)
    found: dict[int, list[Standing]] = defaultdict(list)
    for each in by_order.values():
        buyer_id = each[0].standing_order.buyer_id
        found[buyer_id] += [
            Standing(_weekdays_of(version), _brought_by(version))
            for version in _not_over(each, today)
        ]
    return found


def _not_over(versions: list[RuleVersion], today: date) -> list[RuleVersion]:
    """The version of today, and those that come after it."""
    governing = governing_versions(versions)
    begun = [version for version in governing if version.valid_from[:10] <= today.isoformat()]
    return governing[max(len(begun) - 1, 0) :]


def _brought_by(version: RuleVersion) -> Contents:
    if version.standing_order.kind == Order.Kind.SUPPLY:
        return frozenset(line.product_id for line in version.lines.all())
    place = version.recipient_address
    where = (place.street, place.postal_code) if place else ("", "")
    return frozenset({_digest(version.recipient, *where)})


def _weekdays_of(version: RuleVersion) -> frozenset[int]:
    """The ISO weekdays on which it comes, as far as its rule names them; else it may be each."""
    try:
        rule = parse_rule(version.rrule)
    except RuleError:
        return _EACH_WEEKDAY
    if rule.weekdays:
        return frozenset(weekday.day + 1 for weekday in rule.weekdays)
    if rule.frequency == "WEEKLY":
        return frozenset({parse_local(version.dtstart).isoweekday()})
    return _EACH_WEEKDAY
