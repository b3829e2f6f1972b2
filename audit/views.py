"""What happened: to one object, and in the whole co-op."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit import selectors
from audit.forms import DoorsSearch, TrailSearch
from audit.scopes import SCOPES, Scope, events_of, is_there
from audit.telling import tell


@require_safe
def object_story(request: HttpRequest, scope: str, row_id: int) -> HttpResponse:
    """Who did what to one object and what belongs to it."""
    asked = SCOPES.get(scope)
    if asked is None or (asked.for_administrators and not _is_administrator(request)):
        raise Http404
    page = selectors.page_below(events_of(asked, row_id), request.GET.get("before"))
    if not page.entries and not is_there(asked, row_id):
        raise Http404
    lines = tell(page.entries)
    context = {
        "heading": asked.heading,
        "lines": lines,
        "older": page.older,
        "back_url": _back_url(asked, row_id),
        "may_search": _is_administrator(request),
    }
    return render(request, "audit/object.html", context)


@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """All changes of the co-op, newest first."""
    form = TrailSearch(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    page = selectors.page_below(selectors.search_events(asked), request.GET.get("before"))
    context = {"form": form, "lines": tell(page.entries), "older": page.older}
    return render(request, "audit/trail.html", context)


@require_safe
def doors(request: HttpRequest) -> HttpResponse:
    """Sign-ins, refusals, exports, changes of roles, newest first."""
    form = DoorsSearch(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    page = selectors.page_below(selectors.search_doors(asked), request.GET.get("before"))
    context = {"form": form, "lines": selectors.tell_doors(page.entries), "older": page.older}
    return render(request, "audit/doors.html", context)


def _is_administrator(request: HttpRequest) -> bool:
    person: Any = request.user
    return bool(person.is_administrator)


def _back_url(scope: Scope, row_id: int) -> str:
    if not scope.page or not is_there(scope, row_id):
        return ""
    has_number = scope.page != "cooperative:settings"
    return reverse(scope.page, args=[row_id] if has_number else [])
