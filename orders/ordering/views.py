"""Orders: the list, one order, and what is done with it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import PersonRequest
from orders.models import Order
from orders.ordering import documents, selectors, services
from orders.ordering.forms import PriceForm, RefusalForm
from orders.permissions import get_order_for, get_own_order_for, get_part_for

ROWS = 30


@require_GET
def order_list(request: PersonRequest) -> HttpResponse:
    """All orders the person may see, by state and words."""
    state, search = request.GET.get("state", ""), request.GET.get("q", "")[:80]
    rows = selectors.order_rows(request.user, state=state, search=search)
    context = {
        "page_obj": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "state": state,
        "states": [(value, label) for value, label in Order.State.choices],
        "search": search,
        "own": {seat.business_id for seat in request.user.seats},
    }
    return render(request, "orders/order_list.html", context)


@require_GET
def order_detail(request: PersonRequest, order_id: int) -> HttpResponse:
    return _order_page(request, get_order_for(request.user, order_id))


@require_GET
def delivery_note(request: PersonRequest, order_id: int) -> HttpResponse:
    """The paper that goes along: what is brought, to whom, with lines to sign."""
    order = get_order_for(request.user, order_id)
    response = HttpResponse(
        documents.delivery_note(order, request.cooperative, request.user),
        content_type="application/pdf",
    )
    response["Content-Disposition"] = f'attachment; filename="{order.number}.pdf"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def order_cancel(request: PersonRequest, order_id: int) -> HttpResponse:
    order = get_own_order_for(request.user, order_id)
    services.cancel_order(order_id=order.pk, actor=request.user, at=timezone.now())
    messages.success(request, _("Order %(number)s is cancelled.") % {"number": order.number})
    return redirect("ordering:order-detail", order.pk)


@require_POST
def order_price(request: PersonRequest, order_id: int) -> HttpResponse:
    order = get_order_for(request.user, order_id)
    form = PriceForm(request.POST)
    if not form.is_valid():
        return _order_page(request, order, price_form=form, status=422)
    services.set_delivery_price(
        order_id=order.pk, delivery_minor=form.minor, actor=request.user, at=timezone.now()
    )
    return redirect("ordering:order-detail", order.pk)


@require_POST
def part_accept(request: PersonRequest, part_id: int) -> HttpResponse:
    part = get_part_for(request.user, part_id)
    services.accept_part(part_id=part.pk, actor=request.user, at=timezone.now())
    return redirect("ordering:order-detail", part.order_id)


@require_POST
def part_refuse(request: PersonRequest, part_id: int) -> HttpResponse:
    part = get_part_for(request.user, part_id)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        order = get_order_for(request.user, part.order_id)
        return _order_page(request, order, refusal_form=form, status=422)
    services.refuse_part(
        part_id=part.pk, reason=form.cleaned_data["reason"], actor=request.user, at=timezone.now()
    )
    return redirect("ordering:order-detail", part.order_id)


def _order_page(
    request: PersonRequest,
    order: Order,
    *,
    price_form: PriceForm | None = None,
    refusal_form: RefusalForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    shown = selectors.order_page(order, request.user)
    context = {
        **shown,
        "can_cancel": bool(shown["is_buyer"])
        and not services.why_not_cancel(order, actor=request.user, at=now),
        "price_form": price_form or PriceForm(),
        "refusal_form": refusal_form or RefusalForm(),
        "is_office": request.user.works_at_office,
        "now": now,
    }
    return render(request, "orders/order_detail.html", context, status=status)
