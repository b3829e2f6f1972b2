"""Standing orders: the list."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from recurring.permissions import standing_orders_for
from recurring.selectors import days, listing, runs

STATES = ("active", "paused", "ended")


@require_safe
def rule_list(request: PersonRequest) -> HttpResponse:
    """All that comes again: when next, and how the last went."""
    now, words = timezone.now(), request.GET.get("q", "").strip()
    state = request.GET.get("state", "")
    orders = standing_orders_for(request.user)
    if words:
        orders = orders.filter(Q(name__icontains=words) | Q(buyer__name__icontains=words))
    orders = listing.in_state(orders, state, now.astimezone(request.cooperative.zone).date())
    page = Paginator(listing.with_last_result(orders), 30).get_page(request.GET.get("page"))
    calendar = days.calendar_for(request.cooperative, now)
    context = {
        "page_obj": page,
        "rows": [listing.list_row(order, calendar, at=now) for order in page],
        "words": words,
        "state": state,
        "states": STATES,
        "run": runs.last_run(),
    }
    return render(request, "recurring/rule_list.html", context)
