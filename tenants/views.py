"""The federation's pages."""

from random import sample

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tenants import selectors
from tenants.models import IsolationProof
from tenants.proving.services import prove_isolation

ATTACKERS_A_CLICK = 3  # a second or so; the nightly proof takes all co-ops


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


@require_safe
def isolation(request: HttpRequest) -> HttpResponse:
    """What the last trial of the wall between co-ops found."""
    proofs = list(IsolationProof.objects.all()[:15])
    context = {
        "proof": proofs[0] if proofs else None,
        "proofs": proofs[1:],
        "families": selectors.attacks_by_family(),
        "can_try": len(selectors.active_cooperatives()) > 1,
    }
    return render(request, "tenants/isolation.html", context)


@require_POST
def isolation_try(request: HttpRequest) -> HttpResponse:
    """Try the wall now, from a few co-ops by lot."""
    cooperatives = selectors.active_cooperatives()
    attackers = sample(cooperatives, min(ATTACKERS_A_CLICK, len(cooperatives)))
    prove_isolation(attackers, asked_by=str(request.user), at=timezone.now())
    return redirect("tenants:isolation")
