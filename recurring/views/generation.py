"""Standing orders: how far their orders are made."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from coopcycle import outbox
from recurring.models import Occurrence
from recurring.selectors import days, runs
from recurring.selectors.waiting import held, waiting_dates

State = Occurrence.State
ROWS = 30


@require_safe
def generation(request: PersonRequest) -> HttpResponse:
    """How far orders are made, what was not made and why."""
    now = timezone.now()
    run, today = runs.last_run(), timezone.localdate(now)
    calendar = days.calendar_for(request.cooperative, today, today + runs.AHEAD)
    page = Paginator(runs.counted(now), ROWS).get_page(request.GET.get("page"))
    context = {
        "run": run,
        "horizon": request.cooperative.generation_horizon_days,
        "late_since": runs.late_since(request.cooperative, now),
        "totals": runs.totals(now),
        "mails_waiting": outbox.count_due(),
        "mails_given_up": outbox.count_dead(),
        "failures": runs.unmade(now, State.FAILED, State.MISSED),
        "waiting": waiting_dates(held(now)[: runs.UNMADE_ROWS]),
        "skipped": runs.unmade(now, State.SKIPPED, State.CANCELLED),
        "page_obj": page,
        "rows": runs.rule_rows(page, calendar, run, today),
        "runs": runs.recent_runs(),
    }
    return render(request, "recurring/generation.html", context)
