"""The federation's page that opens a co-op."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.opening import address_of, open_cooperative
from accounts.opening_forms import OpeningForm
from coopcycle.errors import DomainError
from tenants.models import Cooperative


@require_http_methods(["GET", "HEAD", "POST"])
def cooperative_create(request: HttpRequest) -> HttpResponse:
    """Open a co-op; a taken name comes back with its sentence and nothing half made."""
    form = OpeningForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                cooperative = open_cooperative(
                    **form.cleaned_data,
                    language=form.language,
                    inviter=str(request.user),
                    at=timezone.now(),
                )
                return redirect("accounts:cooperative-opened", cooperative.slug)
            except DomainError as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
    return render(request, "accounts/cooperative_create.html", {"form": form}, status=status)


@require_safe
def cooperative_opened(request: HttpRequest, slug: str) -> HttpResponse:
    """What stands now, and what happens next."""
    cooperative = get_object_or_404(Cooperative, slug=slug)
    context = {"cooperative": cooperative, "address": address_of(cooperative)}
    return render(request, "accounts/cooperative_opened.html", context)
