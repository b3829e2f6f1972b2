"""The only way to an order, part or product: with the person who asks. Others' are not found."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Business, User
from coopcycle.words import filed
from orders.models import Order, OrderPart, Product


def get_order_for(user: User, order_id: int) -> Order:
    """An order of the person's businesses, or any for the office."""
    orders = Order.objects.visible_to(user).select_related("buyer__address", "delivery")
    return get_object_or_404(orders, pk=order_id)


def get_own_order_for(user: User, order_id: int) -> Order:
    """As `get_order_for`, without those in which the person's business only has a part."""
    order = get_order_for(user, order_id)
    return get_object_or_404(Order, pk=order.pk, buyer__in=buyers_for(user))


def get_part_for(user: User, part_id: int) -> OrderPart:
    """A part that one of the person's producers has to answer."""
    parts = OrderPart.objects.select_related("order", "producer")
    return get_object_or_404(parts, pk=part_id, producer__in=Business.objects.of(user))


def get_product_for(user: User, product_id: int) -> Product:
    """A product of one of the person's producers that is still sold."""
    products = Product.objects.select_related("producer").filter(archived_at=None)
    return get_object_or_404(products, pk=product_id, producer__in=producers_for(user))


def get_producer_for(user: User, producer_id: int | None = None) -> Business:
    """The person's producer of this id; without an id, their first."""
    own = producers_for(user)
    if producer_id is None:
        return get_object_or_404(own[:1])
    return get_object_or_404(own, pk=producer_id)


def get_buyer_for(user: User, business_id: int) -> Business:
    """A business that the person may order for."""
    return get_object_or_404(buyers_for(user), pk=business_id)


def producers_for(user: User) -> QuerySet[Business]:
    own = Business.objects.active().of(user).producers().select_related("terms")
    return own.order_by(filed("name"), "pk")


def buyers_for(user: User) -> QuerySet[Business]:
    """Whom the person may order for: their own businesses; the office for each."""
    businesses = Business.objects.active().select_related("address").order_by(filed("name"), "pk")
    return businesses if user.works_at_office else businesses.filter(memberships__user=user)
