"""Standing orders: the list."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import RULES
from accounts.requests import PersonRequest
from coopcycle.words import filed
from orders.permissions import buyers_for
from recurring.permissions import standing_orders_for
from recurring.selectors import days, listing, runs
from recurring.suggestions import suggestions
from recurring.views.drawing import today

SUGGESTED = 3
STATES = ("active", "paused", "ended", "failed")


@require_safe
def rule_list(request: PersonRequest) -> HttpResponse:
    """All that comes again: when next, and how the last went."""
    now, day = timezone.now(), today(request)
    cooperative, mine = request.cooperative, standing_orders_for(request.user)
    filters = listing.Filters.of(request.GET)
    orders = listing.with_last_result(filters.apply(mine, day)).order_by(
        filed("buyer__name"), filed("name"), "pk"
    )
    page = Paginator(orders, 30).get_page(request.GET.get("page"))
    calendar = days.calendar_for(cooperative, day, day + listing.LOOK_AHEAD)
    horizon = cooperative.generation_horizon_days
    buyers, producers = listing.businesses_of(mine)
    context = {
        "page_obj": page,
        "rows": [listing.list_row(order, calendar, at=now, horizon=horizon) for order in page],
        "filters": filters,
        "states": STATES,
        "buyers": buyers,
        "producers": producers,
        "suggestions": suggestions(buyers_for(request.user), today=day)[:SUGGESTED],
        "run": runs.last_run(),
        "is_late": runs.late_since(cooperative, now) is not None,
        "may_bring": RULES["importing:import-create"](request.user),
    }
    return render(request, "recurring/rule_list.html", context)
