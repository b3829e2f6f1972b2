"""Standing orders: pause, go on, end."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from recurring import services
from recurring.forms.pauses import EndForm, PauseForm
from recurring.permissions import get_standing_order_for
from recurring.views.drawing import cancelled_words, draw_dialog, seen_version


@require_POST
def rule_pause(request: PersonRequest, rule_id: int) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    form = PauseForm(request.POST)
    if not form.is_valid():
        return draw_dialog(request, order, "pause", form)
    said = form.cleaned_data
    found = services.pause_standing_order(
        standing_order_id=order.pk,
        version=said["version"],
        from_day=said["from_day"],
        to_day=said["to_day"],
        reason=said["reason"],
        cancels_made=said["made"] == "cancel",
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("Paused.") + cancelled_words(len(found.cancelled)))
    return redirect("recurring:rule-detail", order.pk)


@require_POST
def rule_resume(request: PersonRequest, rule_id: int) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    services.resume_standing_order(
        standing_order_id=order.pk,
        version=seen_version(request),
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("It goes on. What falls due in the next days is made."))
    return redirect("recurring:rule-detail", order.pk)


@require_POST
def rule_end(request: PersonRequest, rule_id: int) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    form = EndForm(request.POST)
    if not form.is_valid():
        return draw_dialog(request, order, "end", form)
    said = form.cleaned_data
    found = services.end_standing_order(
        standing_order_id=order.pk,
        version=said["version"],
        last_day=said["last_day"],
        cancels_made=said["made"] == "cancel",
        keeps=(),
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("The end is set.") + cancelled_words(len(found.cancelled)))
    return redirect("recurring:rule-detail", order.pk)
