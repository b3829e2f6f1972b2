"""The courier's page: the round of a day, one stop, and what is done there."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PersonRequest
from coopcycle.dates import read_day
from coopcycle.errors import DomainError
from dispatch.models import FailureReason, Task
from dispatch.permissions import get_proof_for, get_report_for, get_task_once_ridden_by
from dispatch.rider.forms import ActionForm
from dispatch.rider.selectors import (
    minutes_late,
    next_day_with_stops,
    reports_of,
    round_of,
    stop_of,
)
from dispatch.rider.services import kept_sentence, record_action, record_late

if TYPE_CHECKING:
    from django.db.models.fields.files import ImageFieldFile

    from tenants.models import Cooperative


@require_safe
def day(request: PersonRequest) -> HttpResponse:
    """The stops of today, or of `?day=`, the next one on a card."""
    return _round_page(request, _asked_day(request))


@require_safe
def task(request: PersonRequest, task_id: int) -> HttpResponse:
    """One stop of the courier's own round, out of its turn or after it."""
    return _stop_page(request, _stop(request, task_id))


@require_POST
def action(request: PersonRequest, task_id: int) -> HttpResponse:
    """Start, done, a problem, undo. A refused photo comes back with a sentence, and all that was typed."""
    stop = get_task_once_ridden_by(request.user, task_id)
    form = ActionForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            kept = record_action(
                task_id=stop.pk, actor=request.user, at=timezone.now(), tap=form.tap()
            )
        except DomainError as refusal:
            if refusal.status != 422:
                raise
            form.add_error("photo", str(refusal))
        else:
            if kept:
                messages.warning(request, kept_sentence(kept))
            return _after_action(request, stop)
    return _stop_page(request, _stop(request, task_id), form=form, status=422)


@require_POST
def queued_action(request: PersonRequest, task_id: int) -> JsonResponse:
    """One action that the phone has kept until there was a network. The answer says whether it may
    forget it: `recorded`, `kept` for the office, or `refused` with a sentence for the courier."""
    stop = get_task_once_ridden_by(request.user, task_id)
    form = ActionForm(request.POST, request.FILES)
    if not form.is_valid():
        return _told("refused", _("The phone sent something that can't be read."), status=422)
    try:
        kept, sentence = record_late(
            task_id=stop.pk, actor=request.user, at=timezone.now(), tap=form.tap()
        )
    except DomainError as refusal:
        return _told("refused", str(refusal), status=refusal.status)
    return _told("kept" if kept else "recorded", sentence)


def _told(result: str, sentence: str, *, status: int = 200) -> JsonResponse:
    return JsonResponse({"result": result, "sentence": sentence}, status=status)


def _after_action(request: PersonRequest, stop: Task) -> HttpResponse:
    is_theirs = stop.tour is not None and stop.tour.courier.user_id == request.user.pk
    on_day = stop.tour.day if stop.tour and is_theirs else timezone.localdate()
    if request.headers.get("HX-Request"):
        return _round_page(request, on_day)
    suffix = "" if on_day == timezone.localdate() else f"?day={on_day.isoformat()}"
    return redirect(reverse("rider:day") + suffix)


def _round_page(request: PersonRequest, on_day: date) -> HttpResponse:
    today = timezone.localdate()
    ridden = round_of(request.user, on_day)
    context = {
        "round": ridden,
        "is_today": on_day == today,
        "reports": reports_of(request.user, on_day),
        "upcoming": next_day_with_stops(request.user, max(on_day, today)),
        **_card(ridden.next_stop),
    }
    return render(request, "rider/day.html", context)


def _stop_page(
    request: PersonRequest, stop: Task, *, form: ActionForm | None = None, status: int = 200
) -> HttpResponse:
    on_day = stop.tour.day if stop.tour else stop.day
    context = {"round": round_of(request.user, on_day), **_card(stop), "form": form}
    return render(request, "rider/task.html", context, status=status)


def _card(stop: Task | None) -> dict[str, Any]:
    """What the card of a stop needs."""
    late = minutes_late(stop, timezone.now()) if stop else 0
    return {"stop": stop, "late_minutes": late, "reasons": FailureReason}


def _stop(request: PersonRequest, task_id: int) -> Task:
    stop = stop_of(request.user, task_id)
    if stop is None:
        raise Http404
    return stop


def _asked_day(request: HttpRequest) -> date:
    """`?day=2026-11-24`, else today in the co-op's zone."""
    return read_day(request.GET.get("day", "")) or timezone.localdate()


@require_safe
def proof_photo(request: PersonRequest, proof_id: int) -> FileResponse:
    """A proof's photo, for the office, its courier and the business that sent it."""
    proof = get_proof_for(request.user, proof_id)
    return _photo(proof.photo, f"proof-{proof.pk}.jpg")


@require_safe
def report_photo(request: PersonRequest, report_id: int) -> FileResponse:
    """The photo of what a phone told too late, for the office and its courier."""
    report = get_report_for(request.user, report_id)
    return _photo(report.photo, f"report-{report.pk}.jpg")


def _photo(photo: "ImageFieldFile", name: str) -> FileResponse:
    if not photo:
        raise Http404
    response = FileResponse(photo.open("rb"), content_type="image/jpeg", filename=name)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@cache_control(max_age=3600, private=True)
def manifest(request: HttpRequest) -> JsonResponse:
    """Lets a phone keep the round as an app of the co-op, in its name and colour."""
    cooperative: Cooperative | None = getattr(request, "cooperative", None)
    if cooperative is None:
        raise Http404
    content = {
        "id": reverse("rider:day"),
        "name": _("My round · %(cooperative)s") % {"cooperative": cooperative.name},
        "short_name": cooperative.city,
        "lang": get_language(),
        "start_url": reverse("rider:day"),
        "scope": "/",
        "display": "standalone",
        "orientation": "portrait",
        "theme_color": cooperative.colour,
        "background_color": "#f9f6f0",
        "icons": [
            {"src": static("img/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            {"src": static("img/round-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": static("img/round-512.png"), "sizes": "512x512", "type": "image/png"},
            {
                "src": static("img/round-512.png"),
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")
