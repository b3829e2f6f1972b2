"""What the views of standing orders share: the editor's page in whatever state, small readings."""

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.requests import PersonRequest
from recurring.expansion import parse_local
from recurring.forms.editor import Editor, current_version, editor_for
from recurring.forms.pauses import VersionForm, first_questions
from recurring.forms.redrawing import is_redraw, redrawn
from recurring.models import StandingOrder
from recurring.pages.acts import rests_of
from recurring.pages.dates import add_form, date_panel
from recurring.pages.editor import editor_page
from recurring.pages.history import history_of
from recurring.rules import RuleError
from recurring.selectors.grid import PAGES

form_view = require_http_methods(["GET", "HEAD", "POST"])


def today(request: PersonRequest) -> date:
    return timezone.now().astimezone(request.cooperative.zone).date()


def posted(request: PersonRequest) -> Any:
    """What was sent, in its new shape when a button asked for one; None for a page just opened."""
    if request.method != "POST":
        return None
    return redrawn(request.POST, first_day=today(request))


def editor_of(request: PersonRequest, order: StandingOrder, *, data: Any = None) -> Editor:
    """The editor of a standing order that is loaded."""
    return editor_for(
        order, data=data, today=today(request), for_office=request.user.works_at_office
    )


def page_number(request: PersonRequest) -> int:
    """Which page of the calendar is wanted."""
    act = request.POST.get("act", "")
    kept = request.POST.get("page") or request.GET.get("page", "0")  # by a form, or by a link
    said = act.removeprefix("page-") if act.startswith("page-") else kept
    return min(int(said), PAGES - 1) if said.isdecimal() and len(said) < 3 else 0


def draw_editor(
    request: PersonRequest,
    editor: Editor,
    order: StandingOrder | None,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    """The whole page. `extra` may hold a question, or a panel or form with what was sent to it."""
    now, cooperative = timezone.now(), request.cooperative
    number = page_number(request)
    context = editor_page(editor, order, cooperative=cooperative, at=now, number=number)
    if order is not None:
        asked = request.GET.get("date") or request.POST.get("date", "")
        if is_original(asked) and "panel" not in extra:
            context["panel"] = date_panel(
                order, asked, user=request.user, cooperative=cooperative, at=now
            )
        context["add_form"] = add_form(order, cooperative=cooperative, at=now)
        context["events"] = history_of(order)
        context["version"] = current_version(order)
        context["pause_form"], context["end_form"] = first_questions(order, today(request))
        context["rests"] = rests_of(order, today(request), reader=request.user)
    context.update(extra)
    return render(
        request,
        "recurring/rule_detail.html",
        {"order": order, "editor": editor, **context},
        status=status,
    )


def is_redraw_of(request: PersonRequest) -> bool:
    return request.method == "POST" and is_redraw(request.POST)


def is_original(text: str) -> bool:
    """Whether it is an original start as we write them."""
    try:
        return parse_local(text).isoformat() == text
    except RuleError:
        return False


def known_date(original: str) -> str:
    """An original start; anything else is no address of ours."""
    if not is_original(original):
        raise Http404
    return original


def seen_version(request: PersonRequest) -> int:
    """Which state of the standing order the person saw; 0, which is none, if the form lacks it."""
    form = VersionForm(request.POST)
    return int(form.cleaned_data["version"]) if form.is_valid() else 0


def to_date(order: StandingOrder, original: str) -> HttpResponse:
    return redirect(f"{reverse('recurring:rule-detail', args=[order.pk])}?date={original}#date")
