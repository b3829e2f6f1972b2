"""Standing orders as producers see them: the coming weeks, and days on which they give nothing."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Business
from accounts.requests import PersonRequest
from orders.catalog.models import Closure
from orders.permissions import producers_for
from recurring import services
from recurring.forms.pauses import DaysForm
from recurring.pages import acts
from recurring.totals import Total, coming_totals
from recurring.views.drawing import form_view, today


@form_view
def producer_weeks(request: PersonRequest, producer_id: int | None = None) -> HttpResponse:
    """What is wanted in the coming weeks; a closure is asked for, shown, and kept."""
    producers = list(producers_for(request.user))
    producer = _chosen(request, producer_id)
    if request.method != "POST":
        return _draw(request, producer, producers, DaysForm())
    form = DaysForm(request.POST)
    if not form.is_valid():
        return _draw(request, producer, producers, form, status=422)
    closure = {**form.cleaned_data, "producer": producer, "actor": request.user}
    if not acts.is_confirmed(request.POST):
        found = services.close_producer(**closure, at=timezone.now(), is_rehearsal=True)
        question = acts.question_of(
            found,
            title=_("Give nothing on these days"),
            url=reverse("recurring:producer-weeks-of", args=[producer.pk]),
            said=form.cleaned_data,
            button=_("Close on these days"),
        )
        return _draw(request, producer, producers, form, act=question)
    services.close_producer(**closure, at=timezone.now())
    messages.success(request, _("You are closed on these days. Your customers are told."))
    return redirect("recurring:producer-weeks-of", producer.pk)


@require_POST
def closure_remove(request: PersonRequest, closure_id: int) -> HttpResponse:
    closure = get_object_or_404(
        Closure.objects.select_related("producer"),
        pk=closure_id,
        producer__in=producers_for(request.user),
    )
    services.reopen_producer(closure=closure, actor=request.user, at=timezone.now())
    messages.success(request, _("You are open again on these days."))
    return redirect("recurring:producer-weeks-of", closure.producer_id)


def _chosen(request: PersonRequest, producer_id: int | None) -> Business:
    own = producers_for(request.user).order_by("name")
    if producer_id is None:
        return get_object_or_404(own[:1])
    return get_object_or_404(own, pk=producer_id)


def _by_day(totals: Iterable[Total]) -> list[tuple[date, list[Total]]]:
    return [(day, list(rows)) for day, rows in groupby(totals, key=lambda total: total.day)]


def _draw(
    request: PersonRequest,
    producer: Business,
    producers: list[Business],
    form: DaysForm,
    *,
    status: int = 200,
    act: acts.ActQuestion | None = None,
) -> HttpResponse:
    context = {
        "producer": producer,
        "producers": producers,
        "days": _by_day(coming_totals(producer, request.cooperative, at=timezone.now())),
        "closures": producer.closures.filter(to_day__gte=today(request)),
        "form": form,
        "act": act,
    }
    return render(request, "recurring/producer_weeks.html", context, status=status)
