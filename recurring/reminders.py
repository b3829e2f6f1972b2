"""“Tuesday's order closes at 18:00”: said once, some hours before, while it can still be changed."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import translation

from coopcycle.dates import format_clock, format_day
from coopcycle.mail import Mail, put_mails
from orders.ordering.models import Order
from orders.ordering.services import OPEN_STATES
from recurring.digest import addresses_of
from tenants.models import Cooperative

BEFORE = timedelta(hours=6)

# Buyer and closing time → days and names of the orders.
type Closing = dict[tuple[int, datetime], list[tuple[date, str]]]


def remind(cooperative: Cooperative, *, since: datetime, at: datetime) -> None:
    """Tell buyers whose orders of standing orders close within six hours, and did not at `since`.

    Whoever was told of the making in these hours needs no reminder. One mail for all that a buyer
    has closing at one time; its key makes it one.
    """
    closing = (
        Order.objects.filter(
            occurrence__isnull=False,
            state__in=OPEN_STATES,
            closes_at__gt=max(at, since + BEFORE),
            closes_at__lte=at + BEFORE,
        )
        .order_by("day", "pk")
        .values_list(
            "buyer_id", "closes_at", "day", "placed_at", "occurrence__standing_order__name"
        )
    )
    found: Closing = defaultdict(list)
    for buyer_id, closes_at, day, placed_at, name in closing:
        if closes_at and placed_at < closes_at - BEFORE:
            found[buyer_id, closes_at].append((day, name))
    if found:
        with transaction.atomic():
            put_mails(_mails(found, cooperative))


def _mails(found: Closing, cooperative: Cooperative) -> Iterator[Mail]:
    readers = addresses_of(buyer_id for buyer_id, _closes_at in found)
    for (buyer_id, closes_at), orders in found.items():
        local = closes_at.astimezone(cooperative.zone)
        for business, address, language in readers[buyer_id]:
            with translation.override(language):
                context = {
                    "business": business,
                    "closes_on": format_day(local.date(), "day_long"),
                    "closes_at": format_clock(local.time()),
                    "orders": [
                        {"day": format_day(day, "day_long"), "name": name} for day, name in orders
                    ],
                }
            key = f"closing-{buyer_id}-{closes_at.isoformat()}-{address}"
            yield Mail(key, address, "standing_orders_closing", language, context)
