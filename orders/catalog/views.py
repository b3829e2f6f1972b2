"""Producers and their goods: for those who buy, and for those who sell."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Business
from accounts.requests import PersonRequest
from coopcycle.words import filed, filing_key
from orders.catalog import services
from orders.catalog.forms import ProductForm, TermsForm
from orders.catalog.terms import terms_of, terms_to_edit
from orders.models import Product
from orders.permissions import get_producer_for, get_product_for, producers_for


@require_GET
def producer_list(request: PersonRequest) -> HttpResponse:
    """All producers with what they offer, for buyers."""
    offered = Q(products__is_available=True, products__archived_at=None)
    producers = (
        Business.objects.active()
        .producers()
        .select_related("terms", "address")
        .annotate(product_count=Count("products", filter=offered))
    )
    by_name = sorted(producers, key=lambda one: (filing_key(one.name), one.pk))
    return render(request, "orders/producer_list.html", {"producers": by_name})


@require_GET
def producer_products(request: PersonRequest, producer_id: int) -> HttpResponse:
    """One producer's goods, terms and place."""
    producers = Business.objects.active().producers().select_related("terms", "address")
    producer = get_object_or_404(producers, pk=producer_id)
    offered = Product.objects.offered().filter(producer=producer)
    context = {
        "producer": producer,
        "terms": terms_of(producer),
        "products": list(offered.order_by(filed("name"), "pk")),
    }
    return render(request, "orders/producer_products.html", context)


@require_GET
def product_list(request: PersonRequest) -> HttpResponse:
    """The producer's own goods, also those that are not available now."""
    producers = list(producers_for(request.user))
    products = Product.objects.filter(producer__in=producers, archived_at=None)
    context = {
        "producers": [
            (producer, terms_of(producer), [p for p in products if p.producer_id == producer.pk])
            for producer in producers
        ]
    }
    return render(request, "orders/product_list.html", context)


@require_http_methods(["GET", "POST"])
def product_create(request: PersonRequest, producer_id: int) -> HttpResponse:
    producer = get_producer_for(request.user, producer_id)
    form = ProductForm(request.POST or None, producer=producer)
    return _save_product(request, form, producer)


@require_http_methods(["GET", "POST"])
def product_edit(request: PersonRequest, product_id: int) -> HttpResponse:
    product = get_product_for(request.user, product_id)
    form = ProductForm(request.POST or None, instance=product, producer=product.producer)
    return _save_product(request, form, product.producer)


def _save_product(request: PersonRequest, form: ProductForm, producer: Business) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        product = services.save_product(form.save(commit=False))
        messages.success(request, _("%(product)s is saved.") % {"product": product.name})
        return redirect("catalog:product-list")
    context = {"form": form, "producer": producer, "product": form.instance}
    status = 422 if form.is_bound else 200
    return render(request, "orders/product_form.html", context, status=status)


@require_POST
def product_availability(request: PersonRequest, product_id: int) -> HttpResponse:
    product = get_product_for(request.user, product_id)
    product = services.set_availability(
        product_id=product.pk, is_available=request.POST.get("available") == "yes"
    )
    if request.headers.get("HX-Request"):
        return render(request, "orders/_product_row.html", {"product": product})
    return redirect("catalog:product-list")


@require_POST
def product_archive(request: PersonRequest, product_id: int) -> HttpResponse:
    product = get_product_for(request.user, product_id)
    services.archive_product(product_id=product.pk, at=timezone.now())
    messages.success(request, _("%(product)s is no longer sold.") % {"product": product.name})
    return redirect("catalog:product-list")


@require_http_methods(["GET", "POST"])
def terms_edit(request: PersonRequest, producer_id: int) -> HttpResponse:
    """Cut-off, hours and days off of a producer."""
    producer = get_producer_for(request.user, producer_id)
    form = TermsForm(request.POST or None, instance=terms_to_edit(producer))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your terms are saved."))
        return redirect("catalog:product-list")
    status = 422 if form.is_bound else 200
    context = {"form": form, "producer": producer}
    return render(request, "orders/terms_form.html", context, status=status)
