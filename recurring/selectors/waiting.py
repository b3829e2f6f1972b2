"""Dates that wait until somebody says what comes of the little that is left."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from orders.catalog.models import Product
from recurring.expansion import zone_named
from recurring.models import Occurrence
from recurring.stock import questions
from recurring.words import reason_words


@dataclass(frozen=True, slots=True)
class ShortLine:
    """One product of a date: so much was asked for, so much is left."""

    product: Product
    asked: Decimal
    left: Decimal
    instead: str  # what fills up, in words; empty when nothing does


@dataclass(frozen=True, slots=True)
class WaitingDate:
    """A date with the lines that are the reader's to decide."""

    row: Occurrence
    lines: list[ShortLine]
    waits_for_others: bool  # for a line that somebody else decides

    @property
    def start(self) -> datetime:
        """On the wall clock."""
        return self.row.starts_at.astimezone(zone_named(self.row.standing_order.timezone))


def held(at: datetime) -> QuerySet[Occurrence]:
    """All that wait now, the most urgent first."""
    rows = Occurrence.objects.filter(state=Occurrence.State.HELD, waits_until__gt=at)
    return rows.select_related("standing_order__buyer").order_by("waits_until", "starts_at", "pk")


def waiting_dates(
    rows: Iterable[Occurrence], producers: Collection[int] | None = None
) -> list[WaitingDate]:
    """Those of `rows` with a line of these producers; of all without any named. One query."""
    asked = [(row, question) for row in rows for question in questions(row.left_out)]
    products = Product.objects.select_related("producer").in_bulk(
        {int(question["product"]) for _row, question in asked}
    )
    found: dict[int, WaitingDate] = {}
    others: defaultdict[int, int] = defaultdict(int)
    for row, question in asked:
        product = products[int(question["product"])]
        if producers is not None and product.producer_id not in producers:
            others[row.pk] += 1
            continue
        date = found.setdefault(row.pk, WaitingDate(row, [], waits_for_others=False))
        date.lines.append(_line(row, question, product))
    return [
        WaitingDate(date.row, date.lines, waits_for_others=others[pk] > 0)
        for pk, date in found.items()
    ]


def _line(row: Occurrence, question: dict[str, str], product: Product) -> ShortLine:
    instead = [
        reason_words(each["reason"], each.get("detail", ""))
        for each in row.left_out
        if each["name"] == product.name and each["reason"] in ("substituted", "filled_up")
    ]
    return ShortLine(
        product, Decimal(question["asked"]), Decimal(question["left"]), ", ".join(instead)
    )
