"""Standing orders: how far their orders are made."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from recurring.selectors import runs


@require_safe
def generation(request: PersonRequest) -> HttpResponse:
    """How far orders are made, what was not made and why."""
    now = timezone.now()
    context = {
        "run": runs.last_run(),
        "late_since": runs.late_since(request.cooperative, now),
        "totals": runs.totals_ahead(now),
        "unmade": runs.unmade(now),
        "runs": runs.recent_runs(),
    }
    return render(request, "recurring/generation.html", context)
