"""How allauth behaves here: nobody signs up by themselves, and mails go through the outbox."""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import devices, limits
from accounts.models import User
from accounts.second_factor.sessions import mark_confirmed
from accounts.sessions.services import end_sessions
from audit.recording import Kind, record
from coopcycle.network import client_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    # The same sentence whether the e-mail, the password or both are wrong.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This e-mail address and password don't belong together. Try again, or reset the password."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People enter by invitation only."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before it is known whether the password is right."""
        self._door = devices.door_of(request, credentials["email"])
        self._is_last = limits.spend(*self._door, at=timezone.now())

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Who has this e-mail and password. Raises TooManyTriesError."""
        user: User | None = super().authenticate(request, **credentials)
        if user:
            limits.give_back(*self._door, at=timezone.now())
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The last try was wrong, too: somebody will want to know. One line a lockout, not a try."""
        if self._is_last:
            record(Kind.LOCKED_OUT, rule=self._door[0])

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """They are in: this is a device of theirs."""
        response: HttpResponse = super().post_login(request, user, **details)
        devices.remember(request, response, user.email)
        return response

    def set_password(self, user: User, password: str) -> None:
        """A new password ends all sessions, but the one in which it was set."""
        super().set_password(user, password)
        end_sessions(user, keep=context.request.session.session_key)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def get_login_stages(self) -> list[str]:
        """Whatever way the password was given, the second factor is asked for before anyone is in."""
        return [*super().get_login_stages(), "accounts.second_factor.stage.SecondFactorStage"]

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        mark_confirmed(request.session, timezone.now())

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say themselves what happened."""

    def send_mail(self, template_prefix: str, email: str, context: Mapping[str, Any]) -> None:
        """None of allauth's mails is in use: ours are written by accounts/resets.py and others."""
