"""Another e-mail address for one's own account: a mail to it carries the link that makes it theirs.

Whether somebody else has the address is found out by the worker. The request does the same either
way, so that nobody learns who is here.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts import limits
from accounts.models import User
from accounts.sessions.services import end_sessions
from audit.recording import Kind, record
from coopcycle import outbox
from coopcycle.addresses import whole_address
from coopcycle.current import current_schema
from coopcycle.errors import DomainError
from coopcycle.mail import put_mail

KIND = "email-change"
LIFETIME = timedelta(hours=1)


def ask_for_change(*, user: User, email: str, host: str, site_name: str, at: datetime) -> None:
    """`user` says that `email` is theirs; a worker writes to it.

    Raises TooManyTriesError: nobody has us write to many strangers.
    """
    limits.spend("email-change", user.pk, at=at)
    asked = {"user": user.pk, "to": email, "host": host, "site_name": site_name}
    with transaction.atomic():
        outbox.put(KIND, f"{KIND}-{uuid4()}", asked)


@outbox.handler(KIND)
def write_to_new_address(key: str, asked: Mapping[str, Any]) -> None:
    """The link to the new address; who has that address already is told that nothing happened."""
    user = User.objects.filter(pk=asked["user"], is_active=True).first()
    if user is None:
        return
    other = User.objects.filter(email__iexact=asked["to"]).exclude(pk=user.pk).first()
    words: dict[str, Any] = {"site_name": asked["site_name"], "name": (other or user).name}
    if other is None:
        path = path_of(user, asked["to"], at=timezone.now())
        words["url"] = whole_address(asked["host"], path)
    with transaction.atomic():
        put_mail(
            f"mail-{key}",
            to=asked["to"],
            template="email_taken" if other else "email_change",
            language=(other or user).language,
            **words,
        )


def path_of(user: User, email: str, *, at: datetime) -> str:
    """Where a new link leads."""
    until = int((at + LIFETIME).timestamp())
    said = {"user": user.pk, "to": email, "until": until, "was": _fingerprint(user)}
    urlconf = settings.ROOT_URLCONF if current_schema() else settings.PUBLIC_SCHEMA_URLCONF
    token = signing.dumps(said, salt=_salt())
    return reverse("security:email-confirm", args=[token], urlconf=urlconf)


def find_change(token: str, *, user: User, at: datetime) -> str:
    """The new address that a link of `user` is for.

    Raises Http404 for a link that is not theirs, and DomainError (410) when it has run out, or was
    used: it dies with the address, the password and the sessions of when it was made.
    """
    try:
        said: dict[str, Any] = signing.loads(token, salt=_salt())
    except signing.BadSignature:
        raise Http404 from None
    if said["user"] != user.pk:
        raise Http404
    if at.timestamp() >= said["until"] or said["was"] != _fingerprint(user):
        raise DomainError(_("This link was used or has run out. Ask for a new one."), status=410)
    return str(said["to"])


@transaction.atomic
def change_email(
    *, user_id: int, token: str, at: datetime, site_name: str, keep_session: str | None
) -> User:
    """From now on `user` signs in with the address of the link; other sessions end.

    The former address is told. Raises what `find_change` raises, and DomainError for an address
    that somebody has taken meanwhile.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    former, email = user.email, find_change(token, user=user, at=at)
    if User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists():
        raise DomainError(_("This address can't be used. Choose another one."))
    user.email = email
    user.version += 1
    user.sessions_ended += 1
    user.save(update_fields=["email", "version", "sessions_ended"])
    end_sessions(user, keep=keep_session)
    record(Kind.EMAIL_CHANGED, about=user)
    put_mail(
        f"email-changed-{uuid4().hex}",
        to=former,
        template="email_changed",
        language=user.language,
        name=user.name,
        site_name=site_name,
    )
    return user


def _fingerprint(user: User) -> str:
    value = f"{user.pk}:{user.email}:{user.password}:{user.sessions_ended}"
    return salted_hmac("accounts.email_changes", value, algorithm="sha256").hexdigest()[:32]


def _salt() -> str:
    """The co-op's schema is in it, so that a link of one opens nothing at another."""
    return f"accounts.email_changes.{current_schema() or 'federation'}"
