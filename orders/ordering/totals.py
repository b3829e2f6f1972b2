"""The money of an order, made anew whenever its parts change. Nothing here saves."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Q

from coopcycle.money import tax_included
from dispatch.models import Task
from orders.ordering.models import Order, OrderEvent, OrderLine, OrderPart
from orders.ordering.rows import LineRow
from orders.pricing.quotes import quote
from orders.pricing.selectors import price_book
from tenants.models import Cooperative, TaxRate


def goods_and_tax(
    lines: Sequence[OrderLine] | Sequence[LineRow],
    delivery_minor: int | None,
    delivery_tax_rate: Decimal | None,
) -> tuple[int, int]:
    """What `lines` cost, and the tax contained in them and in the carriage."""
    goods = sum(line.total_minor for line in lines)
    tax = sum(line.tax_minor for line in lines)
    if delivery_minor is not None and delivery_tax_rate is not None:
        tax += tax_included(delivery_minor, delivery_tax_rate)
    return goods, tax


def set_totals(order: Order, lines: Sequence[OrderLine]) -> None:
    """Goods and contained tax of `lines` and the carriage."""
    order.goods_minor, order.tax_minor = goods_and_tax(
        lines, order.delivery_minor, order.delivery_tax_rate
    )


def price_carriage_again(
    order: Order, staying: Sequence[OrderPart], cooperative: Cooperative
) -> None:
    """The carriage without the parts that were refused.

    An agreed price and one that the office gave by hand stay, and so does an order that still
    waits for one.
    """
    if order.delivery_minor is None or order.delivery_tax_rate is None:
        return
    prices = price_book(cooperative, last_day=order.day).price_list(order.day)
    if is_carriage_settled(order) or prices is None:
        return
    weights = Task.objects.filter(order_part__in=staying).values_list("weight_grams", flat=True)
    carriage = quote(
        prices,
        pickups=[part.producer.address for part in staying],
        dropoff=order.buyer.address,
        weight_grams=sum(weights),
        tax_rate=order.delivery_tax_rate,
    )
    order.delivery_minor = carriage.total_minor


def is_carriage_settled(order: Order) -> bool:
    """Whether somebody named the carriage's price: agreed beforehand, or given by the office."""
    told = Q(kind=OrderEvent.Kind.PRICED) | Q(
        details__has_any_keys=["quote", "agreed_carriage_minor"]
    )
    event = order.events.filter(told).order_by("-at", "-pk").first()
    return event is not None and "quote" not in event.details


def carriage_tax_rate(order: Order, cooperative: Cooperative) -> Decimal | None:
    """The rate on carriage on the order's day."""
    book = price_book(cooperative, last_day=order.day)
    return book.tax_rate(TaxRate.Category.DELIVERY, order.day)
