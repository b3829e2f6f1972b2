"""The first page of a day: what comes, what is next, and how the month goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Business
from accounts.requests import PersonRequest
from dispatch.models import Task
from orders.models import Order
from orders.ordering import selectors
from orders.ordering.picking import DAYS_AHEAD
from orders.permissions import producers_for

# The first that exists is drawn: standing orders know more than orders do.
NEXT_TEMPLATES = ["recurring/_home_next.html", "orders/_home_next.html"]
ASIDE_TEMPLATES = ["recurring/_home_aside.html"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One order of today as a stop on the line."""

    order: Order
    state: str
    dropoff: Task | None
    late: int
    received_by: str


@require_GET
def home(request: PersonRequest) -> HttpResponse:
    """What a member's day brings."""
    user = request.user
    now, today = timezone.now(), timezone.localdate()
    businesses = [seat.business for seat in user.seats]
    producers = list(producers_for(user))
    again = selectors.last_week(businesses, today)
    arrivals = [_arrival(order, now) for order in selectors.arriving(businesses, today)]
    context = {
        "businesses": businesses,
        "arrivals": arrivals,
        "latest": max((arrival.late for arrival in arrivals), default=0),
        "upcoming": selectors.upcoming(businesses, today),
        "again": again,
        "currency": request.cooperative.currency,
        "month": selectors.month_numbers(businesses, today),
        "producers": producers,
        "waiting": _waiting(producers, today) if producers else 0,
        "next_templates": NEXT_TEMPLATES,
        "aside_templates": ASIDE_TEMPLATES,
        "today": today,
        "now": now,
    }
    return render(request, "orders/home.html", context)


def _waiting(producers: list[Business], today: date) -> int:
    """What waits for an answer on the days that the picking list offers."""
    last_day = today + timedelta(days=DAYS_AHEAD - 1)
    return selectors.waiting_parts(producers, today, last_day).count()


def _arrival(order: Order, now: datetime) -> Arrival:
    dropoff = _dropoff(order.delivery.tasks.all())
    state = selectors.ride_state(order.delivery)
    late = selectors.minutes_late(dropoff, now) if dropoff and state != "failed" else 0
    names = [proof.recipient_name for proof in dropoff.proofs.all()] if dropoff else []
    return Arrival(order, state, dropoff, late, next(filter(None, names), ""))


def _dropoff(tasks: Iterable[Task]) -> Task | None:
    return next((task for task in tasks if not task.is_pickup), None)
