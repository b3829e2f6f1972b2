"""The co-op's holidays: its own copy of the year, local closures, what the library says otherwise."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from coopcycle.dates import format_day
from recurring import services
from recurring.forms.holidays import ClosedDayForm, DayForm
from recurring.pages import acts
from recurring.pages.holidays import holiday_year
from recurring.pages.questions import effects_of_act
from recurring.views.drawing import form_view, today

_YEARS_AHEAD = 2


@form_view
def holiday_list(request: PersonRequest, year: int | None = None) -> HttpResponse:
    """A year of the calendar; a further day is asked for, shown, and kept."""
    shown = _year(request, year)
    if request.method != "POST":
        return _draw(request, shown, ClosedDayForm())
    form = ClosedDayForm(request.POST)
    if not form.is_valid():
        return _draw(request, shown, form, status=422)
    said = form.cleaned_data
    act: dict[str, Any] = {"actor": request.user, "at": timezone.now()}
    if not acts.is_confirmed(request.POST):
        found = services.close_day(said["day"], said["name"], **act, is_rehearsal=True)
        question = acts.question_of(
            found,
            effects_of_act(found),
            title=_("Do not ride on this day"),
            url=reverse("recurring:holiday-list"),
            said=said,
            button=_("Add this day"),
        )
        return _draw(request, shown, form, act=question)
    cancels = acts.cancels_made(request.POST)
    services.close_day(said["day"], said["name"], **act, cancels_made=cancels)
    messages.success(request, _("The day is in your calendar."))
    return redirect("recurring:holiday-year", said["day"].year)


@require_POST
def holiday_open(request: PersonRequest) -> HttpResponse:
    """The co-op rides on this day: what comes again is shown, and done."""
    form = DayForm(request.POST)
    if not form.is_valid():
        raise Http404
    day = form.cleaned_data["day"]
    act: dict[str, Any] = {"actor": request.user, "at": timezone.now()}
    if not acts.is_confirmed(request.POST):
        found = services.open_day(day, **act, is_rehearsal=True)
        question = acts.resuming_question(
            found,
            title=_("Ride on %(day)s") % {"day": format_day(day, "day_long")},
            url=reverse("recurring:holiday-open"),
            said=form.cleaned_data,
            button=_("Ride on this day"),
        )
        return _draw(request, _year(request, day.year), ClosedDayForm(), act=question)
    services.open_day(day, **act)
    messages.success(request, _("You ride on this day. What falls due then is made."))
    return redirect("recurring:holiday-year", day.year)


@require_POST
def holiday_settle(request: PersonRequest, year: int) -> HttpResponse:
    """Take over what the library says now, or keep the calendar as it is."""
    found = holiday_year(request.cooperative, _year(request, year))
    applies = request.POST.get("answer") == "apply"
    services.settle_difference(
        found.difference, applies=applies, actor=request.user, at=timezone.now()
    )
    messages.success(
        request, _("Your calendar is renewed.") if applies else _("Your calendar stays as it is.")
    )
    return redirect("recurring:holiday-year", found.year)


def _year(request: PersonRequest, year: int | None) -> int:
    """This year and the next two can be looked at."""
    this = today(request).year
    chosen = this if year is None else year
    if not this <= chosen <= this + _YEARS_AHEAD:
        raise Http404
    return chosen


def _draw(
    request: PersonRequest,
    year: int,
    form: ClosedDayForm,
    *,
    status: int = 200,
    act: acts.ActQuestion | None = None,
) -> HttpResponse:
    this: date = today(request)
    context = {
        "shown": holiday_year(request.cooperative, year),
        "years": range(this.year, this.year + _YEARS_AHEAD + 1),
        "today": this,
        "form": form,
        "act": act,
    }
    return render(request, "recurring/holiday_list.html", context, status=status)
