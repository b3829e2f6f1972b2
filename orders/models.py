"""The models of the rooms of `orders`, gathered for Django."""

from orders.catalog.models import Closure, ProducerTerms, Product
from orders.ordering.models import Order, OrderEvent, OrderLine, OrderPart
from orders.pricing.models import PriceChanges, PriceList

__all__ = [
    "Closure",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderPart",
    "PriceChanges",
    "PriceList",
    "ProducerTerms",
    "Product",
]
