"""A Friday that is short of tomatoes, and what is said of it."""

from datetime import UTC, datetime, timedelta

from recurring import services
from recurring.models import Occurrence, StockDecision
from tests.recurring.conftest import NOW

FRIDAY = "2026-11-27T06:30:00"
CLOSED = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)  # the list for Friday: Thursday, 18:00
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ALL = {"Tomatoes": 12, "Apples": 2}


def row(order, original=FRIDAY) -> Occurrence:
    return order.occurrences.get(original_start=original)


def decide(kitchen, order, answer, *, at=NOW, product=None, original=FRIDAY):
    return services.decide_stock(
        StockDecision.Answer(answer),
        standing_order_id=order.pk,
        original_start=original,
        product=product or kitchen.tomatoes,
        actor=kitchen.office,
        at=at,
    )
