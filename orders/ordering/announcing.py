"""Tells the open pages of those whom an order concerns that something happened to it."""

from collections.abc import Collection

from django.db.models import Q

from accounts.models import Membership
from coopcycle import live
from orders.ordering.models import Order, OrderPart

OFFICE_TOPIC = "orders"
EVENT = "orders-changed"


def tell_orders(order_ids: Collection[int]) -> None:
    """After the commit, pages of the buyers, the producers and the office fetch themselves anew.

    The message names no order: one may be told to the people of several businesses at once.
    """
    buyers = Order.objects.filter(pk__among=order_ids).values("buyer")
    producers = OrderPart.objects.filter(order__among=order_ids).values("producer")
    _tell(Q(business__in=buyers) | Q(business__in=producers))


def tell_parties(business_ids: Collection[int]) -> None:
    """The same, where it is known already whose orders they are."""
    _tell(Q(business__among=business_ids))


def _tell(concerned: Q) -> None:
    people = Membership.objects.filter(concerned).values_list("user", flat=True)
    live.publish_to(set(people), EVENT, {})
    live.publish(OFFICE_TOPIC, EVENT, {})
