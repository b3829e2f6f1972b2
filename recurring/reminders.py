"""“Tuesday's order closes at 18:00”: said once, some hours before, while it can still be changed.

And to producers and the office: what still waits for a decision then.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import translation

from coopcycle.dates import format_clock, format_day
from coopcycle.mail import Mail, put_mails
from orders.catalog.units import format_number
from orders.ordering.models import Order
from orders.ordering.services import OPEN_STATES
from recurring.alerts import tell_undecided
from recurring.digest import addresses_of
from recurring.selectors.waiting import ShortLine, WaitingDate, held, waiting_dates
from tenants.models import Cooperative

BEFORE = timedelta(hours=6)

# Buyer and closing time → days and names of the orders.
type Closing = dict[tuple[int, datetime], list[tuple[date, str]]]
# Producer and closing time → what waits for it.
type Undecided = dict[tuple[int, datetime], list[tuple[WaitingDate, ShortLine]]]


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


def remind_undecided(cooperative: Cooperative, *, since: datetime, at: datetime) -> None:
    """Tell of dates that wait for a decision, and whose list closes within six hours.

    Producers, if they were not asked in these hours; the office of all, so that somebody calls.
    """
    closing = held(at).filter(
        Q(waits_until__gt=since + BEFORE) | Q(generated_at__gt=since), waits_until__lte=at + BEFORE
    )
    if rows := list(closing):
        _tell_undecided(waiting_dates(rows), cooperative)


@transaction.atomic
def _tell_undecided(dates: Sequence[WaitingDate], cooperative: Cooperative) -> None:
    found: Undecided = defaultdict(list)
    for each in dates:
        closes_at = each.row.waits_until
        if closes_at and each.row.generated_at < closes_at - BEFORE:
            for line in each.lines:
                found[line.product.producer_id, closes_at].append((each, line))
    if found:
        put_mails(_questions(found, cooperative))
    tell_undecided(cooperative, [each.row for each in dates])


def _questions(found: Undecided, cooperative: Cooperative) -> Iterator[Mail]:
    readers = addresses_of(producer_id for producer_id, _closes_at in found)
    for (producer_id, closes_at), asked in found.items():
        local = closes_at.astimezone(cooperative.zone)
        for business, address, language in readers[producer_id]:
            with translation.override(language):
                context = {
                    "business": business,
                    "closes": f"{format_day(local.date(), 'day_long')}, {format_clock(local.time())}",
                    "dates": [_question(each, line) for each, line in asked],
                }
            key = f"undecided-{producer_id}-{closes_at.isoformat()}-{address}"
            yield Mail(key, address, "stock_undecided", language, context)


def _question(each: WaitingDate, line: ShortLine) -> dict[str, str]:
    return {
        "day": format_day(each.start.date(), "day_long"),
        "name": each.row.standing_order.buyer.name,
        "short": f"{line.product.name}, {format_number(line.left)} / {format_number(line.asked)}",
    }
