"""Couriers, what they ride, and when."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from coopcycle.errors import DomainError
from dispatch import permissions, selectors, services
from dispatch.board.forms import PlaceForm, ShiftForm, UsualTourForm, chosen_day
from dispatch.board.views import Request
from dispatch.models import Vehicle


@require_GET
def courier_list(request: Request) -> HttpResponse:
    """Who rides, with which vehicle, and their shifts of a day."""
    return _page(request, ShiftForm(initial={"day": chosen_day(request)}))


@require_POST
def shift_edit(request: Request) -> HttpResponse:
    """Add a shift."""
    form = ShiftForm(request.POST)
    if form.is_valid():
        after, before = form.hours()
        try:
            services.add_shift(
                courier_id=form.cleaned_data["courier"].pk, after=after, before=before
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The shift is on the board."))
            return _back_to(form.cleaned_data["day"].isoformat())
    return _page(request, form, status=422)


@require_POST
def shift_remove(request: Request, shift_id: int) -> HttpResponse:
    shift = permissions.get_shift_for(request.user, shift_id)
    services.remove_shift(shift.pk)
    messages.success(
        request, _("The shift is gone. Stops stay with the courier until you move them.")
    )
    return _back_to(timezone.localdate(shift.after).isoformat())


@require_POST
def courier_edit(request: Request) -> HttpResponse:
    """Choose a courier's usual vehicle; a person new to the board gets a place on it."""
    form = PlaceForm(request.POST)
    if not form.is_valid():
        raise DomainError(
            _("This person or vehicle is no longer here. Reload the page."), status=422
        )
    services.place_courier(user=form.cleaned_data["user"], vehicle=form.cleaned_data["vehicle"])
    messages.success(request, _("Saved."))
    return _back_to(chosen_day(request).isoformat())


@require_POST
def tour_create(request: Request) -> HttpResponse:
    """Name one more round that comes again."""
    return _save_tour(request, None)


@require_POST
def tour_edit(request: Request, tour_id: int) -> HttpResponse:
    """Another name for it, or somebody else who usually rides it."""
    return _save_tour(request, permissions.get_usual_tour_for(request.user, tour_id).pk)


@require_POST
def tour_archive(request: Request, tour_id: int) -> HttpResponse:
    tour = permissions.get_usual_tour_for(request.user, tour_id)
    services.archive_usual_tour(tour.pk, at=timezone.now())
    messages.success(request, _("“%(tour)s” is put away.") % {"tour": tour.name})
    return _back_to(chosen_day(request).isoformat())


def _save_tour(request: Request, tour_id: int | None) -> HttpResponse:
    form = UsualTourForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            services.save_usual_tour(name=said["name"], courier=said["courier"], tour_id=tour_id)
        except DomainError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return _back_to(chosen_day(request).isoformat())
    shifts = ShiftForm(initial={"day": chosen_day(request)})
    return _page(request, shifts, status=422, tour_form=form)


def _back_to(day: str) -> HttpResponse:
    return redirect(f"{reverse('board:courier-list')}?day={day}")


def _page(
    request: Request, form: ShiftForm, status: int = 200, tour_form: UsualTourForm | None = None
) -> HttpResponse:
    day = chosen_day(request)
    context = {
        "day": day,
        "form": form,
        "couriers": selectors.couriers_on(day),
        "usual_tours": list(selectors.usual_tours()),
        "tour_form": tour_form or UsualTourForm(),
        "newcomers": selectors.couriers_without_place(),
        "vehicles": list(Vehicle.objects.filter(archived_at=None)),
    }
    return render(request, "dispatch/couriers.html", context, status=status)
