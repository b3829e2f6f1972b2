"""Letting people in: invitations by mail with a secret that works once, in one co-op, for a week."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import (
    INVITATION_LIFETIME,
    ROLE_SWITCHES,
    Business,
    Invitation,
    Membership,
    User,
)
from accounts.permissions import may_invite
from accounts.sessions.services import end_sessions
from audit.recording import Kind, record
from coopcycle.current import require_schema
from coopcycle.errors import DomainError
from coopcycle.idempotency import create_once
from coopcycle.mail import put_mail


def hash_secret(secret: str) -> str:
    """What is kept of a secret. The co-op's schema is in it, so a link of one opens no other."""
    salt = f"accounts.invitation.{require_schema()}"
    return salted_hmac(salt, secret, algorithm="sha256").hexdigest()


def invite(
    *,
    email: str,
    name: str,
    language: str,
    actor: User | None,
    at: datetime,
    link_to: Callable[[str], str],
    site_name: str,
    roles: Sequence[str] = (),
    business: Business | None = None,
    level: str = "",
    action_id: UUID,
    inviter: str = "",
) -> Invitation:
    """Invite someone to the co-op's team (`roles`) or to a business, and write them a mail.

    `link_to` makes the whole address of a secret. The same `action_id` invites once.
    `inviter` names who asks where that is nobody of the co-op: the federation opens it.
    """
    unknown = set(roles) - set(ROLE_SWITCHES)
    if unknown or not (roles or business):
        raise DomainError(_("Choose at least one role for this person."), status=422)

    def create() -> Invitation:
        secret = secrets.token_urlsafe(32)
        invitation = Invitation.objects.create(
            email=email.strip().lower(),
            name=name,
            language=language,
            roles=list(roles),
            business=business,
            level=(level or Membership.Level.STAFF) if business else "",
            secret_hash=hash_secret(secret),
            invited_by=actor,
            created_at=at,
            expires_at=at + INVITATION_LIFETIME,
            action_id=action_id,
        )
        record(Kind.INVITED, user=actor, roles=invitation.roles, invitation=invitation.pk)
        put_mail(
            f"invitation-{invitation.pk}",
            to=invitation.email,
            template="invitation",
            language=language,
            name=name,
            inviter=actor.name if actor else inviter,
            site_name=site_name,
            business=business.name if business else "",
            url=link_to(secret),
        )
        return invitation

    return create_once(Invitation, action_id, create)


def find_invitation(secret: str) -> Invitation | None:
    """The invitation behind a link, whatever became of it."""
    return (
        Invitation.objects.select_related("business", "invited_by")
        .filter(secret_hash=hash_secret(secret))
        .first()
    )


def still_opens(invitation: Invitation, at: datetime) -> bool:
    """Whether a link is good: not used, taken back or run out, and who sent it might send it today.

    One that names nobody is the federation's, for a co-op's first administrator.
    """
    by, business = invitation.invited_by, invitation.business
    if by is None:
        return invitation.is_open(at)
    is_to_theirs = bool(business and not invitation.roles and may_invite(by, business))
    return by.is_active and (by.is_administrator or is_to_theirs) and invitation.is_open(at)


@transaction.atomic
def accept_invitation(
    *, secret: str, at: datetime, password: str | None = None, person: User | None = None
) -> User:
    """Take the place that was offered, once; a new person gets `password`.

    Someone who is here already must be signed in (`person`): a link alone gives nobody another's
    account.
    """
    invitation = (
        Invitation.objects.select_for_update().filter(secret_hash=hash_secret(secret)).first()
    )
    if invitation is None or not still_opens(invitation, at):
        raise DomainError(
            _("This invitation was used, taken back or has run out. Ask for a new one."), status=410
        )
    known = User.objects.select_for_update().filter(email__iexact=invitation.email).first()
    if known and (person is None or person.pk != known.pk or not known.is_active):
        raise DomainError(_("Sign in with the invited e-mail address first."))
    user = known or User.objects.create_user(
        invitation.email, password, name=invitation.name, language=invitation.language
    )
    _seat(user, invitation)
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    record(Kind.INVITATION_ACCEPTED, user=user, about=user, invitation=invitation.pk)
    return user


def _seat(user: User, invitation: Invitation) -> None:
    """Give the roles and the place in the business that the invitation names."""
    news = [role for role in ROLE_SWITCHES if role in invitation.roles and not getattr(user, role)]
    for role in news:
        setattr(user, role, True)
    user.version += 1
    user.save(update_fields=["version", *ROLE_SWITCHES])
    if news:  # what is open was opened with less: they sign in anew, by the rules of the new role
        end_sessions(user)
    if invitation.business:
        Membership.objects.get_or_create(
            business=invitation.business, user=user, defaults={"level": invitation.level}
        )


@transaction.atomic
def revoke_invitation(*, invitation_id: int, at: datetime) -> Invitation:
    """Take an invitation back: its link opens nothing any more."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation_id)
    if invitation.accepted_at:
        raise DomainError(
            _("%(name)s has already joined. Change their roles on their page instead.")
            % {"name": invitation.name}
        )
    invitation.revoked_at = invitation.revoked_at or at
    invitation.save(update_fields=["revoked_at"])
    record(Kind.INVITATION_REVOKED, invitation=invitation.pk)
    return invitation
