"""The administrator's first look: how the month goes, and what waits."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from coopcycle.dates import read_day
from recurring.models import StandingOrder
from recurring.overview.numbers import Stretch, by_day, figures, hours
from recurring.overview.plot import plot
from recurring.overview.waiting import waiting
from recurring.selectors import runs
from recurring.selectors.days import calendar_for


@require_safe
def month(request: PersonRequest) -> HttpResponse:
    """A month (`?month=2026-11`; this one when there is none), beside the same days before it."""
    now, today = timezone.now(), timezone.localdate()
    asked = read_day(f"{request.GET.get('month', '')}-01")
    days = Stretch.of_month(min(asked or today, today), today)
    former, counts = by_day(days.before), by_day(days)
    context = {
        "days": days,
        "today": today,
        "following": days.last + timedelta(days=1) if days.last < today.replace(day=1) else None,
        "figures": figures(days),
        "former": figures(days.before),
        "plot": plot(days, counts, former),
        "hours": hours(days),
        "waiting": waiting(today, now),
        **_standing(request, today),
    }
    return render(request, "recurring/overview.html", context)


def _standing(request: PersonRequest, today: date) -> dict[str, object]:
    """How far standing orders are made."""
    cooperative, now = request.cooperative, timezone.now()
    holidays = calendar_for(cooperative, today, today + timedelta(days=150)).holidays
    return {
        "run": runs.last_run(),
        "late_since": runs.late_since(cooperative, now),
        "active_rules": StandingOrder.objects.going_on().count(),
        "next_holiday": min((each for each in holidays.items() if each[0] >= today), default=None),
    }
