"""The board: a day of stops and couriers, and one stop in full."""

from datetime import time, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from coopcycle.errors import DomainError
from dispatch import permissions, selectors, services, travel
from dispatch.board.forms import (
    chosen_day,
    chosen_filters,
    chosen_view,
    read_operations,
    written,
)
from dispatch.board.hours import hours_of
from dispatch.board.selectors import board_of
from dispatch.models import Task, Vehicle
from dispatch.services import Applied


class Request(HttpRequest):
    """A request that the access matrix has let through."""

    user: User


@require_GET
def day(request: Request) -> HttpResponse:
    return render(request, "dispatch/board.html", _board_context(request))


@require_GET
def columns(request: Request) -> HttpResponse:
    """The part that changes, fetched again when somebody changed it."""
    context = _board_context(request) | {"is_fragment": True}
    return render(request, "dispatch/_day.html", context)


@require_POST
def operations(request: Request) -> HttpResponse:
    """Move stops. The board sends JSON and gets a sentence and the way back; a form gets a page."""
    if request.content_type != "application/json":
        applied = _apply(request)
        task = applied.moved[0] if applied.moved else None
        return redirect(f"{reverse('board:day')}?day={task.day:%F}" if task else "board:day")
    try:
        applied = _apply(request)
    except DomainError as refusal:
        return JsonResponse({"sentence": str(refusal)}, status=refusal.status)
    return JsonResponse(
        {
            "sentence": _sentence(applied),
            "moved": [task.pk for task in applied.moved],
            "undo": [written(operation) for operation in applied.undo],
        }
    )


def _apply(request: Request) -> Applied:
    return services.apply_operations(
        read_operations(request), actor=request.user, at=timezone.now()
    )


@require_GET
def task_detail(request: Request, task_id: int) -> HttpResponse:
    return _task_page(request, permissions.get_task_for(request.user, task_id))


@require_POST
def task_cancel(request: Request, task_id: int) -> HttpResponse:
    task = permissions.get_task_for(request.user, task_id)
    seen = {task.pk: _version(request)}
    services.cancel_tasks([task.pk], actor=request.user, at=timezone.now(), seen=seen)
    return _task_page(request, task)


@require_POST
def task_restore(request: Request, task_id: int) -> HttpResponse:
    task = permissions.get_task_for(request.user, task_id)
    seen = _version(request)
    services.restore_task(task.pk, actor=request.user, at=timezone.now(), seen=seen)
    return _task_page(request, task)


@require_POST
def incident_resolve(request: Request, incident_id: int) -> HttpResponse:
    incident = permissions.get_incident_for(request.user, incident_id)
    services.resolve_incident(incident.pk, actor=request.user, at=timezone.now())
    if "from_board" in request.POST and not request.headers.get("HX-Request"):
        return redirect(f"{reverse('board:day')}?day={incident.task.day:%F}")
    return _task_page(request, incident.task)


def _version(request: Request) -> int:
    """The version of the stop that the person saw; 0, which none has, when it can't be read."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else 0


def _task_page(request: Request, task: Task) -> HttpResponse:
    """A stop in full: in the board's dialog, or as a page of its own."""
    if request.method == "POST" and not request.headers.get("HX-Request"):
        return redirect("board:task-detail", task.pk)
    task = selectors.task_in_full(task.pk)
    context = {
        "task": task,
        "partners": [other for other in task.delivery.tasks.all() if other.pk != task.pk],
        "couriers": selectors.couriers_on(task.day),
    }
    if not request.headers.get("HX-Request"):
        return render(request, "dispatch/task.html", context)
    response = render(request, "dispatch/_task.html", context)
    if request.method == "POST":
        response["HX-Trigger"] = "board:refresh"
    return response


def _sentence(applied: Applied) -> str:
    """What was done, for the toast."""
    moved = applied.moved
    if not moved:
        return _("Nothing to move: it is there already.")
    courier = moved[0].tour.courier.user.get_short_name() if moved[0].tour else ""
    if len(moved) == 1:
        told = _("“%(place)s” goes to %(courier)s.") if courier else _("“%(place)s” is unassigned.")
        return told % {"place": moved[0].place, "courier": courier}
    if courier:
        told = ngettext(
            "%(count)d stop goes to %(courier)s.", "%(count)d stops go to %(courier)s.", len(moved)
        )
    else:
        told = ngettext(
            "%(count)d stop is unassigned.", "%(count)d stops are unassigned.", len(moved)
        )
    return told % {"count": len(moved), "courier": courier}


# How the map draws each state: by shape too, never by colour alone.
SHAPES = (
    ("unassigned", "square"),
    ("assigned", "dot"),
    ("doing", "large"),
    ("done", "ring"),
    ("failed", "diamond"),
)
FILTER_HOURS = range(8, 22, 2)


def _board_context(request: Request) -> dict[str, Any]:
    shown_day, view, shown = chosen_day(request), chosen_view(request), chosen_filters(request)
    now = timezone.now()
    board = board_of(shown_day, at=now, shown=shown)
    return {
        "board": board,
        "view": view,
        "shown": shown,
        "hours": hours_of(board, at=now) if view == "hours" else None,
        "is_today": shown_day == timezone.localdate(now),
        "legend": [(name, shape, board.counts.get(name, 0)) for name, shape in SHAPES],
        "filter_hours": [time(hour) for hour in FILTER_HOURS],
        "vehicle_kinds": Vehicle.Kind.choices,
        "search": request.GET.get("q", "")[:80],
        "previous_day": shown_day - timedelta(days=1),
        "next_day": shown_day + timedelta(days=1),
        "stop_minutes": travel.STOP_MINUTES,
        "detour": travel.DETOUR,
        "zone": timezone.get_current_timezone_name(),
        "map_tiles_url": settings.MAP_TILES_URL,
        "map_attribution": settings.MAP_ATTRIBUTION,
    }
