"""What is done with a person's second factor, one function an act.

Every change ends the person's sessions, but for the one of key `keep_session`, and is told to them
by mail. `site_name` is what the mail calls us. None of it may run inside a longer transaction: a try that is refused stays counted.
"""

import secrets
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import User
from accounts.second_factor.models import AuthenticatorApp, BackupCode, BackupCodes, FactorReset
from accounts.sessions.services import end_sessions
from audit.recording import Kind, record
from coopcycle.errors import DomainError
from coopcycle.mail import put_mail

SECRET_BYTES = 20  # what RFC 4226 recommends, and every app takes
SET_UP_WITHIN = timedelta(hours=1)
BACKUP_CODES = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that looks like another
MOST_PASSKEYS = 10


# --- The authenticator app -----------------------------------------------------------------------
@transaction.atomic
def begin_app(*, user: User, at: datetime, begun: int | None) -> AuthenticatorApp:
    """An app that waits for its first code. `begun`: the one that this session had begun, if any.

    A session that asks again soon gets the same, so a reload is none; any other gets a new one in
    its place. Else whoever has learnt the password could read a secret that the owner confirms.
    """
    User.objects.select_for_update().get(pk=user.pk)
    app: AuthenticatorApp | None = _waiting(user, begun, at).first()
    if app:
        return app
    AuthenticatorApp.objects.filter(user=user, confirmed=False).delete()
    app = AuthenticatorApp(user=user, name="app", confirmed=False, created_at=at)
    app.secret = secrets.token_bytes(SECRET_BYTES)
    app.save()
    return app


@transaction.atomic
def confirm_app(
    *,
    user: User,
    code: str,
    at: datetime,
    begun: int | None,
    site_name: str,
    keep_session: str | None = None,
) -> bool:
    """Put the app that this session had begun into force once it shows the right code.

    It replaces an earlier one.
    """
    app = _waiting(user, begun, at).select_for_update().first()
    if app is None or not app.verify_token(code, at):
        return False
    AuthenticatorApp.objects.filter(user=user, confirmed=True).delete()
    app.confirmed = True
    app.save(update_fields=["confirmed"])
    record(Kind.FACTOR_ADDED, user=user, about=user, device="app")
    _changed(user, "added_app", site_name, keep_session)
    return True


def _waiting(user: User, begun: int | None, at: datetime) -> QuerySet[AuthenticatorApp]:
    return AuthenticatorApp.objects.filter(
        pk=begun, user=user, confirmed=False, created_at__gt=at - SET_UP_WITHIN
    )


@transaction.atomic
def remove_app(*, user: User, site_name: str, keep_session: str | None = None) -> None:
    """Sign in without the app from now on."""
    app = AuthenticatorApp.objects.filter(user=user, confirmed=True).first()
    if app is None:
        return
    _refuse_if_last(user)
    app.delete()
    record(Kind.FACTOR_REMOVED, user=user, about=user, device="app")
    _changed(user, "removed_app", site_name, keep_session)


# --- Passkeys ------------------------------------------------------------------------------------
def refuse_more_passkeys(user: User) -> None:
    """Raise DomainError when the person has as many as anybody needs."""
    if WebAuthnCredential.objects.filter(user=user).count() >= MOST_PASSKEYS:
        raise DomainError(_("You have ten passkeys already. Remove one that you don't use."))


@transaction.atomic
def keep_passkey(
    *, passkey: WebAuthnCredential, name: str, site_name: str, keep_session: str | None = None
) -> None:
    """A passkey that the browser has just made counts from now on."""
    passkey.name = name
    passkey.save(update_fields=["name"])
    record(Kind.FACTOR_ADDED, user=passkey.user, about=passkey.user, device="passkey")
    _changed(passkey.user, "added_passkey", site_name, keep_session)


@transaction.atomic
def remove_passkey(
    *, user: User, passkey_id: int, site_name: str, keep_session: str | None = None
) -> None:
    """Forget a passkey; what is left of it in the device opens nothing any more."""
    passkey = WebAuthnCredential.objects.filter(user=user, pk=passkey_id).first()
    if passkey is None:
        return
    _refuse_if_last(user)
    passkey.delete()
    record(Kind.FACTOR_REMOVED, user=user, about=user, device="passkey")
    _changed(user, "removed_passkey", site_name, keep_session)


# --- Backup codes ----------------------------------------------------------------------------------
@transaction.atomic
def make_backup_codes(*, user: User, at: datetime) -> list[str]:
    """Ten new codes, in the only moment in which they can be read. Earlier ones end."""
    if not User.objects.select_for_update().get(pk=user.pk).has_second_factor:
        raise DomainError(_("Set up an app or a passkey first: backup codes stand in for it."))
    BackupCodes.objects.filter(user=user).delete()
    device = BackupCodes.objects.create(user=user, name="backup", created_at=at)
    marks: set[str] = set()
    while len(marks) < BACKUP_CODES:
        marks.add(_random(2))
    codes = [(mark, _random(10)) for mark in sorted(marks)]
    rows = []
    for mark, secret in codes:
        row = BackupCode(device=device, mark=mark)
        row.set_secret(secret)
        rows.append(row)
    BackupCode.objects.bulk_create(rows)
    record(Kind.FACTOR_ADDED, user=user, about=user, device="paper")
    return [_in_fours(mark + secret) for mark, secret in codes]


def _random(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def _in_fours(text: str) -> str:
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


# --- A lost device ---------------------------------------------------------------------------------
@transaction.atomic
def reset_factor(
    *,
    person_id: int,
    actor: User | None,
    actor_name: str,
    reason: str,
    at: datetime,
    site_name: str,
) -> User:
    """Let someone who lost their device begin anew: all their devices and sessions end.

    `actor` is of the person's own co-op; the federation's staff act by name. The person is told by
    mail, and sets up a new factor at their next sign-in if their role asks for one.
    """
    person = User.objects.select_for_update().get(pk=person_id)
    if actor is not None and actor.pk == person.pk:
        raise DomainError(_("Your own second factor is changed on your own page."))
    if not person.has_second_factor:
        raise DomainError(_("%(name)s has no second factor to reset.") % {"name": person.name})
    for model in (AuthenticatorApp, BackupCodes, WebAuthnCredential):
        model.objects.filter(user=person).delete()
    reset = FactorReset.objects.create(
        user=person, by=actor, by_name=actor_name, reason=reason, at=at
    )
    record(Kind.FACTOR_REMOVED, about=person, device="all", reset=reset.pk)
    _settle(person, keep_session=None)
    tell(person, "second_factor_reset", site_name, actor=actor_name, reason=reason)
    return person


def refuse_unless_alone(person: User) -> None:
    """The federation helps only where no second administrator can: raise DomainError otherwise."""
    others = User.objects.filter(is_administrator=True, is_active=True).exclude(pk=person.pk)
    if not person.is_administrator or others.exists():
        raise DomainError(_("An administrator of the co-op can do this. Ask them."))


# --- What every change brings ------------------------------------------------------------------------
def _refuse_if_last(user: User) -> None:
    """Someone whose role asks for a factor keeps one."""
    if user.needs_second_factor and _factors(user) < 2:
        raise DomainError(
            _("Your role asks for a second step. Set up another one first, then remove this one.")
        )


def _factors(user: User) -> int:
    apps: int = AuthenticatorApp.objects.filter(user=user, confirmed=True).count()
    passkeys: int = WebAuthnCredential.objects.filter(user=user).count()
    return apps + passkeys


def _settle(user: User, keep_session: str | None) -> None:
    """Write down whether there is a factor, and end the person's sessions.

    Rows that go leave the list; the number ends also whoever is half way in, without a row of theirs.
    """
    row = User.objects.select_for_update().get(pk=user.pk)
    row.has_second_factor = _factors(user) > 0
    row.sessions_ended += 1
    row.save(update_fields=["has_second_factor", "sessions_ended"])
    user.has_second_factor, user.sessions_ended = row.has_second_factor, row.sessions_ended
    end_sessions(user, keep=keep_session)
    if not row.has_second_factor:
        BackupCodes.objects.filter(user=user).delete()


def _changed(user: User, what: str, site_name: str, keep_session: str | None) -> None:
    _settle(user, keep_session)
    tell(user, "second_factor_changed", site_name, what=what)


@transaction.atomic
def tell(user: User, template: str, site_name: str, **words: str) -> None:
    """A mail, so that nothing happens to a second step behind its owner's back."""
    put_mail(
        f"second-factor-{user.pk}-{uuid4().hex}",
        to=user.email,
        template=template,
        language=user.language,
        name=user.name,
        site_name=site_name,
        **words,
    )
