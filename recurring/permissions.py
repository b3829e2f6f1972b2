"""The only way to a standing order: with the person who asks. Others' are not found."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Business, User
from orders.permissions import buyers_for
from recurring.models import StandingOrder
from recurring.services import fed_by


def standing_orders_for(user: User) -> QuerySet[StandingOrder]:
    """Those of the person's businesses; all for the office."""
    orders = StandingOrder.objects.select_related("buyer")
    return orders if user.works_at_office else orders.filter(buyer__in=buyers_for(user))


def get_fed_order_for(producer: Business, standing_order_id: int) -> StandingOrder:
    """A standing order that asks something of this producer: its part can be paused."""
    return get_object_or_404(fed_by(producer).select_related("buyer"), pk=standing_order_id)


def get_standing_order_for(user: User, standing_order_id: int) -> StandingOrder:
    return get_object_or_404(standing_orders_for(user), pk=standing_order_id)
