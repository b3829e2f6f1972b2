"""Prices that moved by more than the co-op lets pass without a word, as their buyer is told of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from coopcycle.money import format_money
from orders.catalog.models import Product
from orders.ordering import changing
from orders.ordering.models import Order
from orders.ordering.repricing import Move, moves_since
from orders.ordering.services import OPEN_STATES
from recurring.models import Occurrence
from recurring.repricing import prices_of
from recurring.storage import Untold


@dataclass(frozen=True, slots=True)
class PriceNews:
    """What one order asks for now, against what its buyer was told last."""

    moves: tuple[Move, ...]
    currency: str
    order_version: int
    closes_at: datetime | None

    def words(self, language: str) -> list[str]:
        """A line for each price, in the reader's language."""
        with translation.override(language):
            return [_words(move, self.currency) for move in self.moves]


def price_news(untold: Iterable[Untold]) -> dict[int, PriceNews]:
    """Order → how its prices moved, for those of which just this is told. Most runs have none."""
    told = {
        row.order_id: prices
        for row in untold
        if row.mark == Occurrence.News.REPRICED
        and row.order_id
        and (prices := prices_of(row.former_prices))
    }
    if not told:
        return {}
    orders = changing.with_contents(Order.objects.filter(pk__among=told, state__in=OPEN_STATES))
    return {
        order.pk: PriceNews(
            tuple(moves_since(told[order.pk], order)),
            order.currency,
            order.version,
            order.closes_at,
        )
        for order in orders
    }


def by_prices(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines of a mail: dates of one standing order whose prices moved alike are said together."""
    found: dict[tuple[str, tuple[str, ...]], list[dict[str, str]]] = {}
    for line in lines:
        dates = found.setdefault((line["name"], tuple(line["prices"])), [])
        dates.append({"day": line["day"], "closes": line["closes"]})
    return [
        {"name": name, "prices": list(prices), "dates": dates}
        for (name, prices), dates in found.items()
    ]


def _words(move: Move, currency: str) -> str:
    after = format_money(move.after, currency)
    if move.before is None:
        return _("Carriage: %(after)s; its price was not known yet") % {"after": after}
    said = {"after": after, "before": format_money(move.before, currency)}
    if move.product_id is None:
        return _("Carriage: %(after)s instead of %(before)s") % said
    said |= {"product": move.name, "unit": str(Product.Unit(move.unit).label)}
    return _("%(product)s, %(unit)s: %(after)s instead of %(before)s") % said
