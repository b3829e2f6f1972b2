"""Passkeys: the library's ceremonies, bound to the one host that the person is at."""

import json
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from django_otp_webauthn.utils import rewrite_exceptions

from accounts.models import User
from coopcycle.context_processors import Page

_REGISTERING = "passkey_registration"
_SHOWING = "passkey_authentication"


def host_of(request: HttpRequest) -> str:
    """The relying party is the host alone: a passkey of one co-op is none at its neighbour."""
    return request.get_host().partition(":")[0].lower()


def site_of(request: HttpRequest) -> str:
    """What the browser calls us when it asks."""
    return Page(request).site_name


class HostHelper(WebAuthnHelper):  # type: ignore[misc]
    """The library's helper, with the host's own origin as the only one."""

    def get_allowed_origins(self) -> list[str]:
        return [f"{self.request.scheme}://{self.request.get_host()}"]

    def create_attestation(self, *_args: Any, **_kwargs: Any) -> None:
        """We ask for none ("none"), so there is nothing to keep of the maker of a device."""


def begin_registration(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser needs to make a passkey for `user`. The challenge works once."""
    options, request.session[_REGISTERING] = HostHelper(request).register_begin(user=user)
    return dict(options)


def finish_registration(request: HttpRequest, user: User) -> WebAuthnCredential:
    """The passkey that the browser has made, kept. Raises the library's errors for a wrong answer."""
    state, answer = _challenge(request, _REGISTERING), _answer(request)
    with rewrite_exceptions():
        return HostHelper(request).register_complete(user=user, state=state, data=answer)


def begin_showing(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser needs to show a passkey of `user`. The challenge works once."""
    options, request.session[_SHOWING] = HostHelper(request).authenticate_begin(
        user=user, require_user_verification=False
    )
    return dict(options)


def finish_showing(request: HttpRequest, user: User) -> WebAuthnCredential:
    """The passkey of `user` that was shown. Raises the library's errors for a wrong answer."""
    state, answer = _challenge(request, _SHOWING), _answer(request)
    with rewrite_exceptions():
        return HostHelper(request).authenticate_complete(user=user, state=state, data=answer)


def _challenge(request: HttpRequest, key: str) -> dict[str, Any]:
    """Taken out of the session before anything else, and kept so: nothing can be answered twice."""
    state = request.session.pop(key, None)
    request.session.save()
    if not isinstance(state, dict):
        raise BadRequest("no challenge was given")
    return state


def _answer(request: HttpRequest) -> dict[str, Any]:
    try:
        answer = json.loads(request.body)
    except ValueError as error:
        raise BadRequest("not JSON") from error
    if not isinstance(answer, dict):
        raise BadRequest("not an object")
    return answer


def suggested_name(request: HttpRequest) -> str:
    """What to call a new passkey until the person says better: the system it was made on."""
    agent = request.headers.get("User-Agent", "")
    for mark, name in (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ):
        if mark in agent:
            return _("Passkey of a device with %(system)s") % {"system": name}
    return _("Passkey")
