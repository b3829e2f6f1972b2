"""Prices of the day are taken anew until a date's list closes.

Whoever changes a price counts it (orders/pricing/services.py). A whole run that finds a change which
nobody has followed yet prices all open orders again, whose prices were not agreed. A batch is one
transaction, and the change is followed when all are through: killed between, the next run goes on.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from coopcycle.collecting import without_collecting
from coopcycle.failpoints import reach
from orders.models import PriceChanges
from orders.ordering.repricing import Agreed, Prices, moves_since, reprice_orders
from orders.ordering.services import OPEN_STATES
from orders.pricing.services import settle_price_change
from recurring.alerts import Failure
from recurring.expansion import parse_local, zone_named
from recurring.models import Occurrence, RuleLine, StandingOrder
from recurring.storage import is_database_away, lock_generation
from recurring.wishes import agreed_carriage, agreed_price
from tenants.models import Cooperative

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200  # standing orders in a transaction


def follow_prices(cooperative: Cooperative, *, at: datetime) -> tuple[int, list[Failure]]:
    """Let open orders have the prices of now; how many changed, and which standing orders broke.

    While one breaks, the change stays unfollowed, and each run tries again.
    """
    change = PriceChanges.objects.unfollowed().first()
    if change is None:
        return 0, []
    changed, failures = 0, []
    dates = _open_dates(at).order_by("standing_order_id")
    rules = list(dates.values_list("standing_order_id", flat=True).distinct())
    for ids in batched(rules, MOST_AT_ONCE):
        count, broken = _reprice_batch(ids, cooperative, at=at)
        changed += count
        failures += broken
    if not failures:
        settle_price_change(change.number)
        reach("prices followed")
    return changed, failures


def _open_dates(at: datetime) -> QuerySet[Occurrence]:
    """Dates with an order whose list has not closed."""
    return Occurrence.objects.filter(
        Q(order__closes_at=None) | Q(order__closes_at__gt=at),
        state=Occurrence.State.GENERATED,
        order__state__in=OPEN_STATES,
        starts_at__gt=at,
    )


def _reprice_batch(
    ids: Sequence[int], cooperative: Cooperative, *, at: datetime
) -> tuple[int, list[Failure]]:
    """All at once; when something breaks, one by one, as generation does."""
    try:
        with without_collecting(), transaction.atomic():
            changed = _reprice(ids, cooperative, at=at)
            reach("prices before commit")
        reach("prices committed")
        return changed, []
    except Exception as error:
        if is_database_away(error):
            raise
        if len(ids) == 1:
            logger.exception("Standing order %s could not be priced anew", ids[0])
            return 0, [_failure(ids[0], error)]
        logger.warning("A batch could not be priced anew, so it goes one by one: %s", error)
    found = [_reprice_batch([pk], cooperative, at=at) for pk in ids]
    return sum(count for count, _broken in found), [each for _n, broken in found for each in broken]


def _failure(pk: int, error: Exception) -> Failure:
    order = StandingOrder.objects.select_related("buyer").get(pk=pk)
    words = f"{type(error).__name__}: {error}"
    return Failure(pk, order.version, order.name, order.buyer.name, words)


def _reprice(ids: Sequence[int], cooperative: Cooperative, *, at: datetime) -> int:
    lock_generation()  # before the orders, as whoever makes or changes dates
    dates = _open_dates(at).filter(standing_order__among=ids)
    rows = {row.order_id or 0: row for row in dates.select_related("version", "standing_order")}
    found = reprice_orders(_agreed(rows), at=at)
    reach("orders priced anew")
    for each in found:
        row = rows[each.order.pk]
        told = prices_of(row.told_prices) or each.before
        moves = moves_since(told, each.order)
        row.told_prices = _written(told) if moves else {}
        if any(move.exceeds(cooperative.price_notice_percent) for move in moves):
            row.news = row.news or Occurrence.News.REPRICED
    told_of = [rows[each.order.pk] for each in found]
    Occurrence.objects.bulk_update(told_of, ["told_prices", "news"], batch_size=500)
    return len(found)


def _agreed(rows: Mapping[int, Occurrence]) -> dict[int, Agreed]:
    """What each order's standing order says of its prices, on its day."""
    lines: dict[int, list[RuleLine]] = {}
    wanted = RuleLine.objects.filter(version__among={row.version_id for row in rows.values()})
    for line in wanted.exclude(fixed_price_minor=None):
        lines.setdefault(line.version_id, []).append(line)
    return {
        order_id: _agreed_for(row, lines.get(row.version_id, ())) for order_id, row in rows.items()
    }


def _agreed_for(row: Occurrence, lines: Iterable[RuleLine]) -> Agreed:
    day = _day(row)
    prices = ((line.product_id, agreed_price(line, day)) for line in lines)
    return Agreed(
        {product_id: price for product_id, price in prices if price is not None},
        agreed_carriage(row.version, day),
    )


def _day(row: Occurrence) -> date:
    """The day that its rule means, on its own clock."""
    if row.wall_start:
        return parse_local(row.wall_start).date()
    return row.starts_at.astimezone(zone_named(row.standing_order.timezone)).date()


def prices_of(written: Mapping[str, Any]) -> Prices | None:
    """Those kept on a date; None where its buyer knows the order's own."""
    if not written:
        return None
    lines = {int(product_id): price for product_id, price in written["lines"].items()}
    return Prices(lines, written["carriage"])


def _written(prices: Prices) -> dict[str, Any]:
    lines = {str(product_id): price for product_id, price in prices.lines.items()}
    return {"lines": lines, "carriage": prices.carriage_minor}
