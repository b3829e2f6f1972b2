"""Standing orders: the list."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import RULES
from accounts.requests import PersonRequest
from coopcycle.dates import format_day
from coopcycle.words import filed
from orders.permissions import buyers_for, get_own_order_for
from recurring import services
from recurring.permissions import standing_orders_for
from recurring.schedule import A_YEAR
from recurring.selectors import days, listing, runs
from recurring.suggestions import suggestions
from recurring.views.drawing import today

SUGGESTED = 3
FEW = 5  # to be looked through without a search
STATES = ("active", "paused", "ending", "ended", "late", "held", "failed")


@require_safe
def rule_list(request: PersonRequest) -> HttpResponse:
    """All that comes again: when next, and how the last went."""
    now, day = timezone.now(), today(request)
    cooperative, mine = request.cooperative, standing_orders_for(request.user)
    filters = listing.Filters.of(request.GET)
    calendar = days.calendar_for(cooperative, day, day + A_YEAR)
    horizon = cooperative.generation_horizon_days
    found = filters.apply(mine, day)
    if filters.state == "late":
        late = listing.late_ids(found, calendar, at=now, horizon=horizon)
        found = found.filter(pk__in=late)
    orders = listing.with_last_result(found).order_by(filed("buyer__name"), filed("name"), "pk")
    page = Paginator(orders, 30).get_page(request.GET.get("page"))
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
        "may_filter": page.paginator.count > FEW,
        "may_bring": RULES["importing:import-create"](request.user),
    }
    return render(request, "recurring/rule_list.html", context)


@require_POST
def suggestion_rest(request: PersonRequest, order_id: int) -> HttpResponse:
    """“Not now” to a proposal; it is known by the latest of its orders."""
    order = get_own_order_for(request.user, order_id)
    until = services.rest_suggestion(order, actor=request.user, at=timezone.now())
    day = format_day(until, "day_year")
    messages.success(request, _("This is not proposed again before %(day)s.") % {"day": day})
    return redirect("recurring:rule-list")
