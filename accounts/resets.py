"""The way to a new password: a mailed link that opens once, within an hour, at one co-op.

Whether anybody has the address is found out by the worker. The request does the same for known
and unknown people, in the same time, so that nobody learns who is here.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from coopcycle import outbox
from coopcycle.addresses import whole_address
from coopcycle.current import current_schema
from coopcycle.mail import put_mail

KIND = "password-reset"


class ResetTokens(PasswordResetTokenGenerator):
    """Django's tokens: each dies with a new password, a new e-mail address or a sign-in.

    The co-op's schema is in them, so that a link of one opens nothing at another.
    """

    def check_token(self, user: Any, token: str | None) -> bool:
        return user is not None and user.is_active and super().check_token(user, token)

    @property
    def key_salt(self) -> str:  # type: ignore[override]
        return f"accounts.resets.{current_schema() or 'federation'}"


@transaction.atomic
def ask_for_reset(*, email: str, host: str, site_name: str) -> None:
    """Somebody wants a new password for `email`; a worker looks who that is."""
    asked = {"to": email.strip().lower(), "host": host, "site_name": site_name}
    outbox.put(KIND, f"{KIND}-{uuid4()}", asked)


@outbox.handler(KIND)
def write_to_person(key: str, asked: Mapping[str, Any]) -> None:
    """Write the link to whoever has the address; to nobody else."""
    user = User.objects.filter(email__iexact=asked["to"], is_active=True).first()
    if user is None:
        return
    with transaction.atomic():
        put_mail(
            f"mail-{key}",
            to=user.email,
            template="password_reset",
            language=user.language,
            name=user.name,
            site_name=asked["site_name"],
            url=whole_address(asked["host"], path_of(user)),
        )


def path_of(user: User) -> str:
    """Where a new link leads."""
    names = {"uidb36": user_pk_to_url_str(user), "key": ResetTokens().make_token(user)}
    urlconf = settings.ROOT_URLCONF if current_schema() else settings.PUBLIC_SCHEMA_URLCONF
    return reverse("account_reset_password_from_key", kwargs=names, urlconf=urlconf)
