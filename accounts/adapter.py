"""How allauth behaves here: nobody signs up by themselves, and mails go through the outbox."""

import hashlib
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from coopcycle.context_processors import Page
from coopcycle.mail import put_mail


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    # The same sentence whether the e-mail, the password or both are wrong.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This e-mail address and password don't belong together. Try again, or reset the password."
        ),
        "too_many_login_attempts": _("Too many wrong passwords. Wait five minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People enter by invitation only."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say themselves what happened."""

    def send_mail(self, template_prefix: str, email: str, context: Mapping[str, Any]) -> None:
        """Only one mail of allauth is in use: the way to a new password."""
        if template_prefix != "account/email/password_reset_key":
            return
        url = context["password_reset_url"]
        user = context["user"]
        with transaction.atomic():
            put_mail(
                f"password-reset-{hashlib.sha256(url.encode()).hexdigest()[:40]}",
                to=email,
                template="password_reset",
                language=user.language or get_language(),
                name=user.name,
                site_name=Page(context["request"]).site_name,
                url=url,
            )
