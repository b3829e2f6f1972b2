"""The only way to a standing order: with the person who asks. Others' are not found."""

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Business, User
from orders.models import Closure, Product
from orders.permissions import buyers_for, get_buyer_for, producers_for
from recurring.models import BulkPause, CalendarFeed, RuleImport, StandingOrder
from recurring.services import fed_by


def standing_orders_for(user: User) -> QuerySet[StandingOrder]:
    """Those of the person's businesses; all for the office and who may look at its pages."""
    orders = StandingOrder.objects.select_related("buyer")
    return orders if user.sees_all else orders.filter(buyer__in=buyers_for(user))


def exportable_orders_for(user: User) -> QuerySet[StandingOrder]:
    """What the person may carry away: their businesses' own; everybody's only administrators."""
    orders = StandingOrder.objects.select_related("buyer")
    if user.is_administrator:
        return orders
    return orders.filter(buyer__in=Business.objects.active().of(user))


def get_fed_order_for(producer: Business, standing_order_id: int) -> StandingOrder:
    """A standing order that asks something of this producer: its part can be paused."""
    return get_object_or_404(fed_by(producer).select_related("buyer"), pk=standing_order_id)


def get_short_product_for(user: User, product_id: int) -> Product:
    """A product whose little the person may share out: their own producer's; any for the office."""
    products = Product.objects.select_related("producer")
    if not user.works_at_office:
        products = products.filter(producer__in=producers_for(user))
    return get_object_or_404(products, pk=product_id)


def get_short_order_for(product: Product, standing_order_id: int) -> StandingOrder:
    """A standing order that asks something of its producer, or waits, or waited, for this product."""
    asks = (
        Q(pk__in=fed_by(product.producer).values("pk"))
        | Q(stock_decisions__product=product)
        | Q(occurrences__left_out__contains=[{"product": str(product.pk)}])
    )
    orders = StandingOrder.objects.filter(asks).select_related("buyer").distinct()
    return get_object_or_404(orders, pk=standing_order_id)


def get_bulk_pause_for(user: User, bulk_id: int) -> BulkPause:
    """One act that paused many standing orders, for the office."""
    acts = BulkPause.objects.all() if user.works_at_office else BulkPause.objects.none()
    return get_object_or_404(acts, pk=bulk_id)


def get_closure_for(user: User, closure_id: int) -> Closure:
    """Days on which one of the person's producers is closed."""
    closures = Closure.objects.select_related("producer")
    return get_object_or_404(closures, pk=closure_id, producer__in=producers_for(user))


def get_import_for(user: User, import_id: int) -> RuleImport:
    """A file that the person brought; what one brings is nobody else's."""
    return get_object_or_404(RuleImport, pk=import_id, created_by=user)


def get_feed_for(user: User, business_id: int, feed_id: int) -> CalendarFeed:
    """A calendar's address of a business that the person may order for."""
    business = get_buyer_for(user, business_id)
    return get_object_or_404(CalendarFeed, pk=feed_id, business=business)


def get_standing_order_for(user: User, standing_order_id: int) -> StandingOrder:
    return get_object_or_404(standing_orders_for(user), pk=standing_order_id)
