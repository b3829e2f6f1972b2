"""The federation's pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tenants import selectors


@require_safe
def federation_home(request: HttpRequest) -> HttpResponse:
    """Who we are, and which co-op delivers where you are."""
    cooperatives = selectors.active_cooperatives()
    words = request.GET.get("q", "")[:80]
    country = request.GET.get("country", "")
    return render(
        request,
        "tenants/federation_home.html",
        {
            "figures": selectors.figures_of(cooperatives),
            "countries": selectors.countries_of(cooperatives, country),
            "cooperatives": selectors.found_among(cooperatives, words=words, country=country),
            "words": words,
            "country": country,
        },
    )
