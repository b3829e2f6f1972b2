"""A person's own sign-in and security: the app, passkeys, backup codes, and being asked again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.limits import TooManyTriesError
from accounts.requests import OwnRequest, layout
from accounts.second_factor import demo, passkeys, selectors, services
from accounts.second_factor.answers import (
    begun_in,
    ceremony,
    form_page,
    refuse,
    set_up_context,
    wrong_code,
)
from accounts.second_factor.forms import BackupCodeForm, CodeForm, PasswordAgainForm
from accounts.second_factor.sessions import keep_only_this, mark_confirmed, mark_verified
from accounts.second_factor.tries import take_code, take_password
from tenants.context import active_cooperatives

form_view = require_http_methods(["GET", "HEAD", "POST"])


def _own_page(request: OwnRequest, template: str, **context: Any) -> HttpResponse:
    return render(request, template, {"layout": layout(request), **context})


def _changed(request: OwnRequest, sentence: str) -> HttpResponse:
    """This session goes on, all others have ended."""
    _go_on(request)
    messages.success(request, sentence)
    return redirect("security:overview")


def _go_on(request: OwnRequest) -> None:
    keep_only_this(request, request.user)
    mark_verified(request.session, timezone.now())


@require_safe
def overview(request: OwnRequest) -> HttpResponse:
    """How the person signs in. The federation's staff also find whom they can help."""
    is_staff = request.user.is_federation_staff
    return _own_page(
        request,
        "second_factor/overview.html",
        ways=selectors.ways_of(request.user),
        cooperatives=active_cooperatives() if is_staff else [],
    )


@form_view
@never_cache
def app_set_up(request: OwnRequest) -> HttpResponse:
    """Set up the authenticator app, or another in its place."""
    person, now, site = request.user, timezone.now(), passkeys.site_of(request)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        was_first = not person.has_second_factor
        if services.confirm_app(
            user=person,
            code=form.cleaned_data["code"],
            at=now,
            begun=begun_in(request),
            site_name=site,
            keep_session=request.session.session_key,
        ):
            if not was_first:
                return _changed(request, _("The app is set up. Your other devices are signed out."))
            _go_on(request)
            codes = services.make_backup_codes(user=person, at=now)
            return _codes_once(request, codes)
        wrong_code(form)
    context = set_up_context(request, person, now, site)
    context["ways"] = selectors.ways_of(person)
    return form_page(
        request, "second_factor/app_set_up.html", form, layout=layout(request), **context
    )


@require_POST
def app_remove(request: OwnRequest) -> HttpResponse:
    """Sign in without the app."""
    services.remove_app(
        user=request.user,
        site_name=passkeys.site_of(request),
        keep_session=request.session.session_key,
    )
    return _changed(request, _("The app is removed. Your other devices are signed out."))


@form_view
@never_cache
def backup_codes(request: OwnRequest) -> HttpResponse:
    """Make backup codes, and show them this once."""
    if request.method == "POST":
        codes = services.make_backup_codes(user=request.user, at=timezone.now())
        return _codes_once(request, codes)
    return _own_page(
        request, "second_factor/backup_codes.html", ways=selectors.ways_of(request.user)
    )


def _codes_once(request: OwnRequest, codes: list[str]) -> HttpResponse:
    """Drawn into the answer itself and kept nowhere: a reload does not bring them back."""
    context = {"codes": codes, "onward": "", "is_own_page": True}
    return _own_page(request, "second_factor/backup_codes_once.html", **context)


@require_POST
@ceremony
def passkey_begin(request: OwnRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    services.refuse_more_passkeys(request.user)
    return JsonResponse(passkeys.begin_registration(request, request.user))


@require_POST
@ceremony
def passkey_complete(request: OwnRequest) -> HttpResponse:
    """Keep the passkey that was made; the first factor of somebody leads on to backup codes."""
    had_codes = selectors.ways_of(request.user).backup_codes_left > 0
    passkey = passkeys.finish_registration(request, request.user)
    services.keep_passkey(
        passkey=passkey,
        name=passkeys.suggested_name(request),
        site_name=passkeys.site_of(request),
        keep_session=request.session.session_key,
    )
    request.user.refresh_from_db()
    response = _changed(request, _("The passkey is kept. Your other devices are signed out."))
    onward = response["Location"] if had_codes else selectors.address_of_backup_codes()
    return JsonResponse({"location": onward})


@require_POST
def passkey_remove(request: OwnRequest, passkey_id: int) -> HttpResponse:
    """Forget a passkey."""
    services.remove_passkey(
        user=request.user,
        passkey_id=passkey_id,
        site_name=passkeys.site_of(request),
        keep_session=request.session.session_key,
    )
    return _changed(request, _("The passkey is removed. Your other devices are signed out."))


# --- Asked again -----------------------------------------------------------------------------------
@form_view
@never_cache
def confirm(request: OwnRequest) -> HttpResponse:
    """Before something that matters: password, code or passkey once more, unless it was given just now."""
    person, onward = request.user, _onward(request)
    ways = selectors.ways_of(person)
    by = request.GET.get("with", "")
    kind = {"app": CodeForm, "backup": BackupCodeForm}.get(by if ways.has_any else "")
    form = (kind or PasswordAgainForm)(request.POST or None)
    if form.is_valid() and _is_them(request, form):
        mark_confirmed(request.session, timezone.now())
        return redirect(onward)
    shown = demo.code_to_show(person, timezone.now()) if kind is CodeForm else None
    context = {"ways": ways, "by": by if kind else "password", "onward": onward, "demo_code": shown}
    return form_page(request, "second_factor/confirm.html", form, **context)


def _is_them(request: OwnRequest, form: Any) -> bool:
    person, now = request.user, timezone.now()
    try:
        if "password" in form.fields:
            if take_password(user=person, password=form.cleaned_data["password"], at=now):
                return True
            form.add_error("password", _("This is not your password."))
            return False
        site = passkeys.site_of(request)
        if take_code(user=person, code=form.cleaned_data["code"], at=now, site_name=site):
            return True
        wrong_code(form)
    except TooManyTriesError as refusal:
        refuse(form, refusal)
    return False


def _onward(request: HttpRequest) -> str:
    """The page that asked, on this host."""
    onward = request.GET.get("next", "")
    own = url_has_allowed_host_and_scheme(
        onward, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return onward if own else "/"


@require_POST
@ceremony
def confirm_passkey_begin(request: OwnRequest) -> HttpResponse:
    """What the browser needs to show a passkey once more."""
    return JsonResponse(passkeys.begin_showing(request, request.user))


@require_POST
@ceremony
def confirm_passkey_complete(request: OwnRequest) -> HttpResponse:
    """The passkey says who sits here."""
    passkeys.finish_showing(request, request.user)
    mark_confirmed(request.session, timezone.now())
    return JsonResponse({"location": _onward(request)})
