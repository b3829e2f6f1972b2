"""Our co-op: its settings, and the time zone, which is asked about before it moves."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import PersonRequest
from coopcycle.colours import preview_sheet
from coopcycle.errors import DomainError
from recurring.cooperative import pages, services
from recurring.cooperative.forms import SettingsForm, ZoneForm
from recurring.cooperative.zones import town
from recurring.pages import acts
from recurring.pages.acts import ActQuestion
from recurring.views.drawing import form_view
from tenants.settings import StaleSettingsError, own_settings


@form_view
def settings(request: PersonRequest) -> HttpResponse:
    """What administrators decide for their co-op. “show” draws the colour without keeping anything."""
    cooperative = own_settings()
    form = SettingsForm(request.POST or None, cooperative=cooperative)
    if request.method != "POST" or request.POST.get("act") == "show":
        form.is_valid()
        return _draw_settings(request, form)
    if not form.is_valid():
        return _draw_settings(request, form, status=422)
    act: dict[str, Any] = {"actor": request.user, "at": timezone.now()}
    if not acts.is_confirmed(request.POST):
        found = services.rehearse_settings(form.changes(), **act)
        if question := pages.weekdays_question(found, request.POST):
            return _draw_settings(request, form, act=question)
    try:
        services.change_settings(form.changes(), seen=form.seen, **act)
    except StaleSettingsError as refusal:
        newer = SettingsForm(cooperative=own_settings())
        return _draw_settings(request, newer, status=refusal.status, refusal=str(refusal))
    messages.success(request, _("Your settings are saved."))
    return redirect("cooperative:settings")


@form_view
def zone(request: PersonRequest) -> HttpResponse:
    """Another clock: what that does is said first, then done at once."""
    form = ZoneForm(request.POST or None, cooperative=own_settings())
    if request.method != "POST":
        return _draw_zone(request, form)
    if not form.is_valid():
        return _draw_zone(request, form, status=422)
    chosen, seen = form.cleaned_data["timezone"], form.cleaned_data["settings_version"]
    act: dict[str, Any] = {"actor": request.user, "at": timezone.now()}
    if not acts.is_confirmed(request.POST):
        question = pages.zone_question(
            services.rehearse_zone(chosen, **act),
            timezone=chosen,
            version=seen,
            former=own_settings(),
        )
        return _draw_zone(request, form, act=question)
    try:
        services.change_zone(chosen, seen=seen, **act)
    except DomainError as refusal:
        newer = ZoneForm(cooperative=own_settings())
        return _draw_zone(request, newer, status=refusal.status, refusal=str(refusal))
    messages.success(request, _("Your clock is that of %(town)s now.") % {"town": town(chosen)})
    return redirect("cooperative:settings")


@require_safe
def colour(request: PersonRequest) -> HttpResponse:
    """A style sheet for the examples of a colour that is not kept yet."""
    try:
        sheet = preview_sheet(request.GET.get("colour", ""))
    except ValueError:
        raise Http404 from None
    return HttpResponse(sheet, content_type="text/css; charset=utf-8")


def _draw_settings(
    request: PersonRequest,
    form: SettingsForm,
    *,
    status: int = 200,
    refusal: str = "",
    act: ActQuestion | None = None,
) -> HttpResponse:
    context = pages.settings_page(form, form.cooperative, at=timezone.now())
    context |= {"refusal": refusal, "act": act}
    return render(request, "recurring/cooperative/settings.html", context, status=status)


def _draw_zone(
    request: PersonRequest,
    form: ZoneForm,
    *,
    status: int = 200,
    refusal: str = "",
    act: ActQuestion | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "refusal": refusal,
        "act": act,
        **pages.clock_of(form.cooperative, at=timezone.now()),
    }
    return render(request, "recurring/cooperative/zone.html", context, status=status)
