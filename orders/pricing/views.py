"""The co-op's price list."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import PersonRequest
from orders.pricing.forms import PriceListForm
from orders.pricing.models import PriceList
from orders.pricing.services import add_price_list
from tenants.models import TaxRate


@require_http_methods(["GET", "POST"])
def price_list(request: PersonRequest) -> HttpResponse:
    """Price lists, past and to come; a new one is added, none is ever changed."""
    currency, today = request.cooperative.currency, timezone.localdate()
    lists = list(PriceList.objects.all())
    current = next((prices for prices in lists if prices.valid_from <= today), None)
    form = PriceListForm(
        request.POST or None, currency=currency, initial=_initial(current) | {"valid_from": today}
    )
    if request.method == "POST" and form.is_valid():
        prices = add_price_list(form.save(commit=False))
        messages.success(request, _("The prices from %(day)s on are saved.") % {"day": prices})
        return redirect("pricing:price-list")
    rates = TaxRate.objects.filter(territory=request.cooperative.country).on(today)
    context = {
        "form": form,
        "lists": lists,
        "current": current,
        "currency": currency,
        "today": today,
        "rates": list(rates.order_by("rate", "category")),
    }
    return render(request, "orders/price_list.html", context, status=422 if form.is_bound else 200)


def _initial(current: PriceList | None) -> dict[str, object]:
    if current is None:
        return {}
    return {
        "base": Decimal(current.base_minor) / 100,
        "extra_pickup": Decimal(current.extra_pickup_minor) / 100,
        "per_km": Decimal(current.per_km_minor) / 100,
        "per_10_kg": Decimal(current.per_10_kg_minor) / 100,
    }
