"""The second step of signing in. Whoever sees these pages is not signed in yet."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.limits import TooManyTriesError
from accounts.models import User
from accounts.second_factor import demo, passkeys, selectors, services
from accounts.second_factor.answers import (
    begun_in,
    ceremony,
    form_page,
    refuse,
    set_up_context,
    wrong_code,
)
from accounts.second_factor.forms import BackupCodeForm, CodeForm
from accounts.second_factor.stage import SecondFactorStage, answer_after, half_way_in
from accounts.second_factor.tries import take_code
from coopcycle.errors import DomainError

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
@half_way_in
def code(request: HttpRequest, stage: SecondFactorStage) -> HttpResponse:
    """Ask for a code of the app, or a backup code."""
    person = stage.person
    if not person.has_second_factor:
        return redirect("second-step:set-up")
    ways = selectors.ways_of(person)
    by_backup = request.GET.get("with") == "backup" or not ways.app
    form = (BackupCodeForm if by_backup else CodeForm)(request.POST or None)
    if form.is_valid() and _opens(request, person, form):
        return stage.let_in(request)
    shown = demo.code_to_show(person, timezone.now())
    context = {"ways": ways, "by_backup": by_backup, "demo_code": shown, "person": person}
    return form_page(request, "second_factor/code.html", form, **context)


def _opens(request: HttpRequest, person: User, form: CodeForm | BackupCodeForm) -> bool:
    site, typed = passkeys.site_of(request), form.cleaned_data["code"]
    try:
        if take_code(user=person, code=typed, at=timezone.now(), site_name=site):
            return True
    except TooManyTriesError as refusal:
        refuse(form, refusal)
    else:
        wrong_code(form)
    return False


@form_view
@half_way_in
def set_up(request: HttpRequest, stage: SecondFactorStage) -> HttpResponse:
    """Someone whose role asks for a second step, and who has none yet, gets one before anything else."""
    person, now, site = stage.person, timezone.now(), passkeys.site_of(request)
    if person.has_second_factor:
        return redirect("second-step:code")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        typed = form.cleaned_data["code"]
        begun = begun_in(request)
        if services.confirm_app(user=person, code=typed, at=now, begun=begun, site_name=site):
            codes = services.make_backup_codes(user=person, at=now)
            entry = stage.let_in(request)
            context = {"codes": codes, "onward": entry["Location"], "layout": "gate.html"}
            page = render(request, "second_factor/backup_codes_once.html", context)
            return answer_after(entry, page)
        wrong_code(form)
    context = set_up_context(request, person, now, site)
    return form_page(request, "second_factor/set_up.html", form, **context)


@require_POST
@half_way_in
@ceremony
def passkey_begin(request: HttpRequest, stage: SecondFactorStage) -> HttpResponse:
    """What the browser needs to show one of the person's passkeys."""
    return JsonResponse(passkeys.begin_showing(request, stage.person))


@require_POST
@half_way_in
@ceremony
def passkey_complete(request: HttpRequest, stage: SecondFactorStage) -> HttpResponse:
    """The passkey that was shown lets the person in."""
    if not stage.person.has_second_factor:
        raise DomainError(_("Sign in again."))
    passkeys.finish_showing(request, stage.person)
    entry = stage.let_in(request)
    return answer_after(entry, JsonResponse({"location": entry["Location"]}))


@require_POST
@half_way_in
@ceremony
def passkey_make_begin(request: HttpRequest, stage: SecondFactorStage) -> HttpResponse:
    """What the browser needs to make the person's first passkey."""
    _refuse_a_second(stage.person)
    return JsonResponse(passkeys.begin_registration(request, stage.person))


@require_POST
@half_way_in
@ceremony
def passkey_make_complete(request: HttpRequest, stage: SecondFactorStage) -> HttpResponse:
    """The passkey just made is the second step: the person is in, and is offered backup codes."""
    person = stage.person
    _refuse_a_second(person)
    services.keep_passkey(
        passkey=passkeys.finish_registration(request, person),
        name=passkeys.suggested_name(request),
        site_name=passkeys.site_of(request),
    )
    entry = stage.let_in(request)
    return answer_after(entry, JsonResponse({"location": selectors.address_of_backup_codes()}))


def _refuse_a_second(person: User) -> None:
    """Half way in, nobody adds a passkey to a factor that they have not shown."""
    if person.has_second_factor:
        raise DomainError(_("Show your second step first."))


@require_POST
@half_way_in
def leave(request: HttpRequest, stage: SecondFactorStage) -> HttpResponse:
    """Begin again, perhaps as somebody else."""
    answer: HttpResponse = stage.abort()
    return answer
