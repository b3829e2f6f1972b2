"""What calendars read, in a number of queries that does not grow with the dates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from accounts.models import Business
from coopcycle.words import filed
from orders.models import Order, OrderPart, Product
from recurring.feeds.models import CalendarFeed
from recurring.feeds.series import Days
from recurring.feeds.services import hash_secret
from recurring.feeds.words import Item
from recurring.models import Occurrence, StandingOrder
from recurring.planning import with_contents

MONTHS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class MadePart:
    """One producer's part of an order that is made: as people may have changed it by hand."""

    producer: Business
    after: datetime
    before: datetime
    items: tuple[Item, ...]
    note: str
    is_refused: bool


def find_feed(secret: str) -> CalendarFeed | None:
    """The open feed behind an address, while its maker may still see what it shows."""
    office = Q(created_by__is_administrator=True) | Q(created_by__is_dispatcher=True)
    return (
        CalendarFeed.objects.select_related("business__address", "business__terms")
        .filter(
            Q(business__memberships__user_id=F("created_by_id")) | office,
            secret_hash=hash_secret(secret),
            revoked_at=None,
            business__archived_at=None,
            created_by__is_active=True,
        )
        .first()
    )


def feeds_of(business: Business) -> QuerySet[CalendarFeed]:
    """The open addresses of a business, with who made each."""
    return CalendarFeed.objects.filter(business=business, revoked_at=None).select_related(
        "created_by"
    )


def days_covered(at: datetime, zone: ZoneInfo) -> Days:
    """From the first of last month to the end of the month in a year.

    Whole months, so that a calendar changes when something changes, and not every night. Further
    ahead nobody has looked at holidays and pauses yet.
    """
    today = at.astimezone(zone).date()
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    after = date(today.year + (today.month + MONTHS_AHEAD) // 12, today.month % 12 + 1, 1)
    return Days(first, after - timedelta(days=1))


def standing_orders_of(
    feed: CalendarFeed, days: Days
) -> tuple[list[StandingOrder], dict[int, list[Occurrence]]]:
    """Those that the feed shows; and for each what generation has done in these days."""
    orders = StandingOrder.objects.exclude(state=StandingOrder.State.DRAFT)
    if feed.content == CalendarFeed.Content.PREPARES:
        products = Product.objects.filter(producer=feed.business).values("pk")
        orders = orders.filter(
            Q(versions__lines__product__in=products) | Q(overrides__action="change")
        ).distinct()
    else:
        orders = orders.filter(buyer=feed.business)
    contents = with_contents(orders).select_related("buyer__address")
    found = list(contents.prefetch_related("versions__recipient_address").order_by("pk"))
    margin = timedelta(days=1)
    rows: dict[int, list[Occurrence]] = {}
    for occurrence in Occurrence.objects.select_related("order").filter(
        standing_order__in=found,
        starts_at__date__range=(days.first - margin, days.last + margin),
    ):
        rows.setdefault(occurrence.standing_order_id, []).append(occurrence)
    return found, rows


def single_orders_of(feed: CalendarFeed, days: Days) -> list[Order]:
    """Orders that no standing order made."""
    orders = Order.objects.filter(occurrence=None, day__range=(days.first, days.last))
    if feed.content == CalendarFeed.Content.PREPARES:
        orders = orders.filter(parts__producer=feed.business).distinct()
    else:
        orders = orders.filter(buyer=feed.business)
    return list(orders.select_related("buyer__address", "delivery").order_by("pk"))


def parts_of(feed: CalendarFeed, orders: Iterable[int]) -> dict[int, list[MadePart]]:
    """The parts of these orders that the feed may show; no parts for those without one."""
    orders = list(orders)
    parts = OrderPart.objects.filter(order__in=orders).select_related("producer", "pickup")
    if feed.content == CalendarFeed.Content.PREPARES:
        parts = parts.filter(producer=feed.business)
    found: dict[int, list[MadePart]] = {order: [] for order in orders}
    for part in parts.prefetch_related("lines__part__producer").order_by(
        filed("producer__name"), "pk"
    ):
        found[part.order_id].append(
            MadePart(
                producer=part.producer,
                after=part.pickup.after,
                before=part.pickup.before,
                items=tuple(Item.of_line(line) for line in part.lines.all()),
                note=part.note,
                is_refused=part.state == OrderPart.State.REFUSED,
            )
        )
    return found


def changed_products(orders: Sequence[StandingOrder]) -> dict[int, Product]:
    """Products that hands put into single dates."""
    wanted = {
        product_id
        for order in orders
        for override in order.overrides.all()
        for product_id, _quantity in override.lines
    }
    if not wanted:
        return {}
    products = Product.objects.select_related("producer__terms")
    return products.prefetch_related("producer__closures").in_bulk(wanted)
