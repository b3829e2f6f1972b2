"""Pages on which an order is filled in."""

from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import PersonRequest
from coopcycle.errors import DomainError
from coopcycle.idempotency import first_answer, read_action_id
from orders.models import Order, OrderLine
from orders.ordering import services
from orders.ordering.baskets import Basket, goods_basket, parcel_basket
from orders.ordering.forms import ParcelForm
from orders.permissions import get_own_order_for


@require_http_methods(["GET", "POST"])
def order_create(request: PersonRequest) -> HttpResponse:
    """Order goods of one or several producers."""
    return _take(request, goods_basket(request))


@require_http_methods(["GET", "POST"])
def parcel_create(request: PersonRequest) -> HttpResponse:
    """Have a parcel of one's own carried."""
    return _take(request, parcel_basket(request))


@require_POST
def order_quote(request: PersonRequest) -> HttpResponse:
    """What the form would cost as it is filled in now."""
    basket = parcel_basket(request) if "recipient" in request.POST else goods_basket(request)
    return render(request, "orders/_summary.html", {"preview": basket.preview(at=timezone.now())})


@require_http_methods(["GET"])
def order_again(request: PersonRequest, order_id: int) -> HttpResponse:
    """The form, filled in as an order was, for the same weekday to come."""
    order = get_own_order_for(request.user, order_id)
    opens, closes = timezone.localtime(order.after), timezone.localtime(order.before)
    initial = {
        "buyer": order.buyer_id,
        "opens": opens.time(),
        "closes": closes.time(),
        "note": order.note,
    }
    if order.kind == Order.Kind.DELIVERY:
        dropoff = order.delivery.tasks.select_related("address").get(kind="DROPOFF")
        parcel = ParcelForm.initial_of(
            dropoff.address,
            recipient=dropoff.place,
            phone=dropoff.phone,
            load=dropoff.load,
            weight_grams=dropoff.weight_grams,
        )
        return _page(request, parcel_basket(request, parcel=parcel, initial=initial))
    basket = goods_basket(request, quantities=_quantities(order), initial=initial)
    return _page(request, basket)


def _quantities(order: Order) -> dict[int, Decimal]:
    lines = OrderLine.objects.filter(part__order=order)
    return dict(lines.values_list("product_id", "quantity"))


def _take(request: PersonRequest, basket: Basket) -> HttpResponse:
    """Show the form, or place the order; what is wrong comes back with the form (422)."""
    if request.method == "GET":
        return _page(request, basket)
    action_id = read_action_id(request)
    known = first_answer(Order, action_id)
    if known is None and not basket.is_valid:
        return _page(request, basket, status=422)
    try:
        order = known or _place(request, basket, action_id)
    except DomainError as refusal:
        basket.refuse(str(refusal))
        return _page(request, basket, status=422, is_refused=True)
    messages.success(request, _("Order %(number)s is placed.") % {"number": order.number})
    return redirect("ordering:order-detail", order.pk)


@transaction.atomic
def _place(request: PersonRequest, basket: Basket, action_id: UUID) -> Order:
    address = basket.address()
    if address is not None:
        address.save()
    draft = basket.draft(action_id=action_id, address_id=address.pk if address else 0)
    return services.place_order(draft, actor=request.user, at=timezone.now())


def _page(
    request: PersonRequest, basket: Basket, status: int = 200, *, is_refused: bool = False
) -> HttpResponse:
    """`is_refused`: why not stands above the form, and the summary needn't say it once more."""
    template = "orders/parcel_form.html" if basket.parcel else "orders/order_form.html"
    shown = basket.preview(at=timezone.now()) if request.method == "POST" else None
    context = {"basket": basket, "preview": shown, "is_refused": is_refused}
    return render(request, template, context, status=status)
