"""Answers that both rooms give: the pages at sign-in and those of one's own account."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_otp_webauthn.exceptions import OTPWebAuthnApiError

from accounts.limits import TooManyTriesError
from accounts.models import User
from accounts.second_factor import qr, services

type View = Callable[..., HttpResponse]
_BEGUN = "second_factor.begun"  # in a session: the number of the app that it sets up


def form_page(
    request: HttpRequest, template: str, form: forms.Form, **context: Any
) -> HttpResponse:
    """A page with one form: 422 when it comes back, 429 when there were too many tries."""
    refusal: TooManyTriesError | None = getattr(form, "refusal", None)
    status = refusal.status if refusal else 422 if form.errors else 200
    response = render(request, template, {"form": form, **context}, status=status)
    if refusal:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def refuse(form: forms.Form, refusal: TooManyTriesError) -> None:
    """Let the form itself say that there were too many tries."""
    form.refusal = refusal  # type: ignore[attr-defined]
    form.add_error(None, str(refusal))


def wrong_code(form: forms.Form) -> None:
    form.add_error("code", _("This code doesn't open, or was used already. Take the next one."))


def begun_in(request: HttpRequest) -> int | None:
    """The number of the app that this session has begun to set up."""
    number: int | None = request.session.get(_BEGUN)
    return number


def set_up_context(request: HttpRequest, user: User, at: datetime, site_name: str) -> Any:
    """What the page shows of the app that this session sets up, and that waits for its first code."""
    begun = begun_in(request)
    app = services.begin_app(user=user, at=at, begun=begun)
    if app.pk != begun:
        request.session[_BEGUN] = app.pk
    address = qr.address_of(app, email=user.email, site_name=site_name)
    label = _("QR code for your authenticator app. The same secret stands below in letters.")
    return {"picture": qr.draw(address, label), "address": address, "app": app}


def ceremony(view: View) -> View:
    """A passkey's step: what the library refuses becomes a sentence for the person."""

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except OTPWebAuthnApiError as error:
            sentence = _("This passkey was not accepted. Try again, or use another way.")
            return JsonResponse({"sentence": sentence}, status=error.status_code)

    return answered
