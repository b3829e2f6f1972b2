"""The gate before each view: it asks the access matrix, counts wrong secrets, and sends people to
where they show who they are."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import resolve_url
from django.utils import timezone

from accounts import access, devices, limits
from accounts.models import User
from accounts.second_factor.sessions import is_fresh
from audit.recording import Kind, record
from coopcycle.errors import refused
from coopcycle.network import client_network


# --- Addresses that check a secret ----------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Guard:
    """How tries at an address are counted against the network they come from."""

    kind: str  # of accounts/limits/allowances.py
    by_form: bool = False  # a try is what is sent, not the opening of the page
    every: bool = False  # the answer never says whether it was right, so each try counts


# Whoever has no secret tries many. Tries at one person's door are counted where they are checked.
# An address that anyone may open with a secret in it must be here: tests/checklist says so.
SECRET_CHECKS: Mapping[str, Guard] = {
    "metrics": Guard("token"),
    "account_login": Guard("sign-in-network", by_form=True),
    "account_reset_password": Guard("reset-network", by_form=True, every=True),
    "account_reset_password_from_key": Guard("link"),
    "account_change_password": Guard("sign-in-network", by_form=True),
    "second-step:code": Guard("sign-in-network", by_form=True),
    "security:confirm": Guard("sign-in-network", by_form=True),
    "accounts:invitation-accept": Guard("link"),
    "tracking:delivery": Guard("link"),
    "feeds:calendar": Guard("link"),
}
WRONG = frozenset({401, 403, 404, 410, 422})  # answers that say: this was not the secret


class AccessMiddleware:
    """Asks the matrix before each view. Fails closed: no rule, no view.

    Counts wrong secrets, too, so that no view can forget it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        guard: Guard | None = getattr(request, "guard", None)
        if guard and (guard.every or response.status_code in WRONG):
            with suppress(limits.TooManyTriesError):  # the next one hears of it
                if limits.spend(guard.kind, client_network(request), at=timezone.now()):
                    record(Kind.LOCKED_OUT, rule=guard.kind)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        rule = access.RULES.get(match.view_name) if match else None
        if match is None or rule is None:
            raise Http404
        method = request.method or ""
        if isinstance(request.user, User) and method not in access.SAFE:
            request.user.is_changing = True
        if access.allows(rule, request.user, method):
            if isinstance(rule, access.Fresh) and rule.asks(method) and not is_fresh(request):
                return to_confirmation(request)
            return _guarded(request, SECRET_CHECKS.get(match.view_name))
        if request.user.is_authenticated:
            _write_down_refusal(request)
            raise Http404
        return to_sign_in(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """The view itself found that an object is not theirs, or not there."""
        if isinstance(exception, Http404 | PermissionDenied) and request.user.is_authenticated:
            _write_down_refusal(request)


def _write_down_refusal(request: HttpRequest) -> None:
    """Which view and which numbers; words of an address may be secrets."""
    match = request.resolver_match
    asked = match.kwargs if match else {}
    record(
        Kind.REFUSED,
        rule=match.view_name if match else "",
        method=request.method,
        asked={name: number for name, number in asked.items() if isinstance(number, int)},
    )


def _guarded(request: HttpRequest, guard: Guard | None) -> HttpResponse | None:
    """Refuse another try of a network that has none left; else let its outcome be counted."""
    if guard is None or (guard.by_form and request.method != "POST"):
        return None
    if guard.kind == "sign-in-network" and _comes_to_own_door(request):
        return None  # counted by itself, so that strangers in the same house lock nobody out
    try:
        limits.refuse_if_spent(guard.kind, client_network(request), at=timezone.now())
    except limits.TooManyTriesError as refusal:
        return refused(request, refusal)
    request.guard = guard  # type: ignore[attr-defined]
    return None


def _comes_to_own_door(request: HttpRequest) -> bool:
    """Whether this device is known, of the person who signs in or is in: others' doors all count."""
    email = request.POST.get("login")
    return devices.is_known(request) if email is None else devices.is_known_of(request, email)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send an anonymous person to sign in and back; a part of a page gets the whole page moved."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
    return redirect_to_login(request.get_full_path())


def to_confirmation(request: HttpRequest) -> HttpResponse:
    """Ask who sits here, then lead on: to the page that was opened, or back to the one with the form."""
    is_opened = request.method in ("GET", "HEAD") and not request.headers.get("HX-Request")
    onward = request.get_full_path() if is_opened else _page_before(request)
    place = f"{resolve_url('security:confirm')}?{urlencode({'next': onward})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=403, headers={"HX-Redirect": place})
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"location": place}, status=403)
    return HttpResponseRedirect(place)


def _page_before(request: HttpRequest) -> str:
    """The page of ours on which a button was pressed."""
    came_from = urlsplit(
        request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    )
    is_ours = came_from.netloc == request.get_host()
    return urlunsplit(("", "", came_from.path, came_from.query, "")) if is_ours else "/"
