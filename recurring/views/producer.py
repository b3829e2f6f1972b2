"""Standing orders as producers see them: the coming weeks, and days on which they give nothing."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Business
from accounts.requests import PersonRequest
from coopcycle.dates import format_day
from coopcycle.errors import DomainError
from orders.permissions import producers_for
from recurring import services
from recurring.forms.pauses import DaysForm, PauseForm
from recurring.pages import acts
from recurring.pages.parts import parts_of
from recurring.pages.questions import effects_of_act
from recurring.pages.weeks import weeks_of
from recurring.permissions import get_closure_for, get_fed_order_for
from recurring.totals import coming_totals
from recurring.views.drawing import form_view, seen_version, today


@form_view
def producer_weeks(request: PersonRequest, producer_id: int | None = None) -> HttpResponse:
    """What is wanted in the coming weeks; a closure is asked for, shown, and kept."""
    producer = _chosen(request, producer_id)
    if request.method != "POST":
        return _draw(request, producer, DaysForm())
    form = DaysForm(request.POST)
    if not form.is_valid():
        return _draw(request, producer, form, status=422)
    closure = {**form.cleaned_data, "producer": producer, "actor": request.user}
    if not acts.is_confirmed(request.POST):
        found = services.close_producer(**closure, at=timezone.now(), is_rehearsal=True)
        question = acts.question_of(
            found,
            effects_of_act(found),
            title=_("Give nothing on these days"),
            url=reverse("recurring:producer-weeks-of", args=[producer.pk]),
            said=form.cleaned_data,
            button=_("Close on these days"),
            may_keep=False,
        )
        return _draw(request, producer, form, act=question)
    services.close_producer(**closure, at=timezone.now())
    messages.success(request, _("You are closed on these days. Your customers are told."))
    return redirect("recurring:producer-weeks-of", producer.pk)


@require_POST
def part_pause(request: PersonRequest, producer_id: int, rule_id: int) -> HttpResponse:
    """The producer gives nothing to this one standing order for some days: asked, shown, and done."""
    producer = _chosen(request, producer_id)
    order = get_fed_order_for(producer, rule_id)
    form = PauseForm(request.POST)
    if not form.is_valid():
        part = {"order": order, "form": form}
        return _draw(request, producer, DaysForm(), status=422, wrong_part=part)
    pause = {
        "standing_order_id": order.pk,
        "producer": producer,
        "actor": request.user,
        "at": timezone.now(),
        **form.cleaned_data,
    }
    values = {"order": order.name, "business": order.buyer.name}
    if not acts.is_confirmed(request.POST):
        found = services.pause_part(**pause, is_rehearsal=True)
        question = acts.question_of(
            found,
            effects_of_act(found),
            title=_("Pause your part of “%(order)s” for %(business)s") % values,
            url=reverse("recurring:part-pause", args=[producer.pk, order.pk]),
            said=form.cleaned_data,
            button=_("Pause my part"),
            may_keep=False,
        )
        return _draw(request, producer, DaysForm(), act=question)
    services.pause_part(**pause)
    messages.success(request, _("Your part of “%(order)s” for %(business)s rests.") % values)
    return redirect("recurring:producer-weeks-of", producer.pk)


@require_POST
def part_resume(request: PersonRequest, producer_id: int, rule_id: int) -> HttpResponse:
    """The producer gives again: what is made or changed at once is shown, and done."""
    producer = _chosen(request, producer_id)
    order = get_fed_order_for(producer, rule_id)
    act: dict[str, Any] = {
        "standing_order_id": order.pk,
        "version": seen_version(request),
        "producer": producer,
        "actor": request.user,
        "at": timezone.now(),
    }
    if not acts.is_confirmed(request.POST):
        found = services.resume_part(**act, is_rehearsal=True)
        values = {"order": order.name, "business": order.buyer.name}
        question = acts.resuming_question(
            found,
            title=_("Give again to “%(order)s” for %(business)s") % values,
            url=reverse("recurring:part-resume", args=[producer.pk, order.pk]),
            said={"version": act["version"]},
            button=_("Give again"),
        )
        return _draw(request, producer, DaysForm(), act=question)
    services.resume_part(**act)
    messages.success(request, _("You give again."))
    return redirect("recurring:producer-weeks-of", producer.pk)


@require_POST
def closure_remove(request: PersonRequest, closure_id: int) -> HttpResponse:
    """The producer is open again: what is made or changed at once is shown, and done."""
    is_confirmed = acts.is_confirmed(request.POST)
    try:
        closure = get_closure_for(request.user, closure_id)
    except Http404:
        if is_confirmed:  # it was shown a moment ago, so somebody was faster
            raise DomainError(_("You are open on these days already.")) from None
        raise
    act: dict[str, Any] = {"closure": closure, "actor": request.user, "at": timezone.now()}
    if not is_confirmed:
        found = services.reopen_producer(**act, is_rehearsal=True)
        first = max(closure.from_day, today(request))
        days = {"first": format_day(first), "last": format_day(closure.to_day)}
        question = acts.resuming_question(
            found,
            title=_("Open again from %(first)s to %(last)s") % days,
            url=reverse("recurring:closure-remove", args=[closure.pk]),
            button=_("Open again"),
        )
        return _draw(request, closure.producer, DaysForm(), act=question)
    services.reopen_producer(**act)
    messages.success(request, _("You are open again on these days."))
    return redirect("recurring:producer-weeks-of", closure.producer_id)


def _chosen(request: PersonRequest, producer_id: int | None) -> Business:
    own = producers_for(request.user)
    if producer_id is None:
        return get_object_or_404(own[:1])
    return get_object_or_404(own, pk=producer_id)


def _draw(
    request: PersonRequest,
    producer: Business,
    form: DaysForm,
    *,
    status: int = 200,
    act: acts.ActQuestion | None = None,
    wrong_part: dict[str, Any] | None = None,
) -> HttpResponse:
    day = today(request)
    context = {
        "producer": producer,
        "producers": list(producers_for(request.user)),
        "parts": parts_of(producer, day, wrong=wrong_part),
        "weeks": weeks_of(coming_totals(producer, request.cooperative, at=timezone.now())),
        "closures": producer.closures.filter(to_day__gte=day),
        "form": form,
        "act": act,
    }
    return render(request, "recurring/producer_weeks.html", context, status=status)
