"""What is done with people and businesses, one function an act."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import ROLE_SWITCHES, Address, Business, Membership, User
from accounts.sessions.services import end_sessions
from audit.recording import Kind, record
from coopcycle.errors import DomainError


class ChangedMeanwhileError(DomainError):
    """Somebody else saved first. What the person typed is still theirs to save, once they have seen it."""


def _require_seen(row: User | Business, seen: int) -> None:
    """Refuse when the locked `row` is no longer the version that the person saw; else count up."""
    if row.version != seen:
        raise ChangedMeanwhileError(
            _(
                "Somebody else has changed %(name)s since you opened this page. What you typed is "
                "still here and not yet saved: compare, then save again."
            )
            % {"name": row.name}
        )
    row.version += 1


@transaction.atomic
def change_person(
    *,
    user_id: int,
    seen: int,
    name: str,
    phone: str,
    language: str,
    roles: Sequence[str],
    is_active: bool,
    keep_session: str | None = None,
) -> User:
    """Change a person's details, roles and whether they may sign in; in force at their next click.

    Other roles, or none any more, end the person's sessions, but for the one with the key
    `keep_session`: administrators who change their own go on.

    The last administrator who may sign in stays one: nobody else could let people in again.
    `seen` is the version that was on the screen.
    """
    administrators = list(
        User.objects.select_for_update()
        .filter(is_administrator=True, is_active=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    user = User.objects.select_for_update().get(pk=user_id)
    _require_seen(user, seen)
    stays = is_active and "is_administrator" in roles
    if administrators == [user.pk] and not stays:
        raise DomainError(
            _("%(name)s is the last administrator. Make someone else administrator first.")
            % {"name": user.name}
        )
    before, could_sign_in = roles_of(user), user.is_active
    for role in ROLE_SWITCHES:
        setattr(user, role, role in roles)
    user.name, user.phone, user.language, user.is_active = name, phone, language, is_active
    user.save(update_fields=["name", "phone", "language", "is_active", "version", *ROLE_SWITCHES])
    if roles_of(user) != before:
        record(Kind.ROLES_CHANGED, about=user, before=before, after=roles_of(user))
    if roles_of(user) != before or not is_active:
        end_sessions(user, keep=keep_session)
    if could_sign_in != is_active:
        record(Kind.REACTIVATED if is_active else Kind.DEACTIVATED, about=user)
    return user


def roles_of(user: User) -> list[str]:
    """The switches that are on."""
    return [role for role in ROLE_SWITCHES if getattr(user, role)]


@transaction.atomic
def change_own_details(*, user_id: int, seen: int, name: str, phone: str, language: str) -> User:
    """A person's own name, phone and language."""
    user = User.objects.select_for_update().get(pk=user_id)
    _require_seen(user, seen)
    user.name, user.phone, user.language = name, phone, language
    user.save(update_fields=["name", "phone", "language", "version"])
    return user


@transaction.atomic
def create_business(*, details: Mapping[str, Any], place: Mapping[str, Any]) -> Business:
    """A new customer or partner, with its address."""
    return Business.objects.create(**details, address=Address.objects.create(**place))


@transaction.atomic
def change_business(
    *, business_id: int, seen: int, details: Mapping[str, Any], place: Mapping[str, Any]
) -> Business:
    """Change a business. A moved business gets a new address, so that past stops keep theirs.

    `seen` is the version that was on the screen.
    """
    business = Business.objects.select_for_update().get(pk=business_id)
    _require_seen(business, seen)
    for name, value in details.items():
        setattr(business, name, value)
    if any(getattr(business.address, name) != value for name, value in place.items()):
        business.address = Address.objects.create(**place)
    business.save()
    return business


@transaction.atomic
def archive_business(*, business_id: int, at: datetime) -> Business:
    """Put a business away: it is offered nowhere, its past stays."""
    return _set_archived(business_id, at)


@transaction.atomic
def restore_business(*, business_id: int) -> Business:
    """Take a business out of the archive."""
    return _set_archived(business_id, None)


def _set_archived(business_id: int, archived_at: datetime | None) -> Business:
    business = Business.objects.select_for_update().get(pk=business_id)
    business.archived_at = archived_at
    business.version += 1
    business.save(update_fields=["archived_at", "version"])
    return business


@transaction.atomic
def remove_member(*, membership_id: int, keep_session: str | None = None) -> None:
    """End a person's place in a business, and their sessions, but for that of key `keep_session`.

    Its last owner stays: somebody must be able to invite.
    """
    seat = Membership.objects.select_related("user", "business").get(pk=membership_id)
    owners = list(
        Membership.objects.select_for_update()
        .filter(business=seat.business_id, level=Membership.Level.OWNER)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if owners == [seat.pk]:
        raise DomainError(
            _("%(name)s is the last owner of %(business)s. Invite another owner first.")
            % {"name": seat.user.name, "business": seat.business.name}
        )
    seat.delete()
    end_sessions(seat.user, keep=keep_session)
