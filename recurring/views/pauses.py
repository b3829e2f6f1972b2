"""Standing orders: pause, go on, end. Each says first what it does to the dates to come."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from recurring import services
from recurring.forms.pauses import EndForm, PauseForm, ResumeForm
from recurring.models import StandingOrder
from recurring.pages import acts
from recurring.pages.editor import loaded
from recurring.pages.questions import effects_of_act, effects_of_pause, effects_of_resuming
from recurring.permissions import get_standing_order_for
from recurring.services import Consequences
from recurring.views.drawing import draw_editor, editor_of, form_view, seen_version, today


@form_view
def rule_pause(request: PersonRequest, rule_id: int) -> HttpResponse:
    """No deliveries for some days: asks for them, says what that does, and does it."""
    order = loaded(get_standing_order_for(request.user, rule_id))
    if request.method != "POST":
        return _draw(request, order, "pause")
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _draw(request, order, "pause", status=422, pause_form=form)
    said = form.cleaned_data
    days = {name: said[name] for name in ("from_day", "to_day", "reason")}
    if not acts.is_confirmed(request.POST):
        found = services.pause_standing_order(
            **_act(request, order, said["version"]), **days, cancels_made=True, is_rehearsal=True
        )
        question = acts.question_of(
            found,
            effects_of_pause(found),
            title=_("Pause this standing order"),
            url=reverse("recurring:rule-pause", args=[order.pk]),
            said=said,
            button=acts.pause_button(found),
        )
        return _draw(request, order, "", act=question)
    found = services.pause_standing_order(
        **_act(request, order, said["version"]),
        **days,
        cancels_made=acts.cancels_made(request.POST),
    )
    messages.success(request, _("Paused.") + cancelled_words(found))
    return redirect("recurring:rule-detail", order.pk)


@require_POST
def rule_resume(request: PersonRequest, rule_id: int) -> HttpResponse:
    """One pause ends, or all of them: says what is made at once, and does it."""
    order = loaded(get_standing_order_for(request.user, rule_id))
    pause_id = ResumeForm(request.POST).pause_id
    act = {**_act(request, order, seen_version(request)), "pause_id": pause_id}
    rests = acts.rests_of(order, today(request), reader=request.user)
    is_to_come = all(rest.is_to_come for rest in rests if pause_id in (None, rest.pause.pk))
    if not acts.is_confirmed(request.POST):
        found = services.resume_standing_order(**act, is_rehearsal=True)
        question = acts.question_of(
            found,
            effects_of_resuming(found),
            title=_("Take the pause back") if is_to_come else _("Resume this standing order"),
            url=reverse("recurring:rule-resume", args=[order.pk]),
            said={"version": act["version"], "pause": pause_id},
            button=acts.resume_button(found, is_to_come=is_to_come),
        )
        return _draw(request, order, "", act=question)
    services.resume_standing_order(**act)
    done = _("It goes on. What falls due in the next days is made.")
    messages.success(request, _("The pause is taken back.") if is_to_come else done)
    return redirect("recurring:rule-detail", order.pk)


@form_view
def rule_end(request: PersonRequest, rule_id: int) -> HttpResponse:
    """Nothing after a day: asks for it, says what that does, and does it."""
    order = loaded(get_standing_order_for(request.user, rule_id))
    if request.method != "POST":
        return _draw(request, order, "end")
    form = EndForm(request.POST)
    if not form.is_valid():
        return _draw(request, order, "end", status=422, end_form=form)
    said = form.cleaned_data
    act = _act(request, order, said["version"])
    if not acts.is_confirmed(request.POST):
        found = services.end_standing_order(**act, last_day=said["last_day"], is_rehearsal=True)
        question = acts.question_of(
            found,
            effects_of_act(found),
            title=_("End this standing order"),
            url=reverse("recurring:rule-end", args=[order.pk]),
            said=said,
            button=acts.end_button(found),
            is_danger=True,
        )
        return _draw(request, order, "", act=question)
    found = services.end_standing_order(
        **act,
        last_day=said["last_day"],
        cancels_made=acts.cancels_made(request.POST),
        keeps=request.POST.getlist("keeps"),
    )
    messages.success(request, _("The end is set.") + cancelled_words(found))
    return redirect("recurring:rule-detail", order.pk)


def cancelled_words(found: Consequences) -> str:
    number = len(found.cancelled)
    if not number:
        return ""
    words = ngettext(
        "%(number)s order made before was cancelled.",
        "%(number)s orders made before were cancelled.",
        number,
    )
    return " " + words % {"number": number}


def _act(request: PersonRequest, order: StandingOrder, version: int) -> dict[str, Any]:
    return {
        "standing_order_id": order.pk,
        "version": version,
        "actor": request.user,
        "at": timezone.now(),
    }


def _draw(
    request: PersonRequest, order: StandingOrder, dialog: str, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """The editor's page with a question open: the first step's dialog, or the second step."""
    editor = editor_of(request, order)
    return draw_editor(request, editor, order, status=status, open_dialog=dialog, **extra)
