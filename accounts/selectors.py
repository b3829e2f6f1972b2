"""Reads for the screens of people and businesses."""

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import get_language_info

from accounts.models import Business, Invitation, User
from coopcycle.words import filing_key


def people_by_name() -> list[User]:
    """Everyone of the co-op, with the businesses they belong to; last those who may not come in."""
    people = User.objects.prefetch_related("memberships__business")
    return sorted(people, key=lambda one: (not one.is_active, filing_key(one.name), one.pk))


def person_now(user: User) -> User:
    """The person as the table has them, whatever others changed meanwhile."""
    return User.objects.get(pk=user.pk)


def open_invitations(business: Business | None = None) -> QuerySet[Invitation]:
    """Invitations not yet taken up, of one business or of all; also those that ran out."""
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None)
    if business:
        waiting = waiting.filter(business=business)
    return waiting.select_related("business", "invited_by")


def businesses_with_people(*, archived: bool = False) -> list[Business]:
    """Businesses by name, with their address and the number of their people who may sign in."""
    businesses = (
        Business.objects.filter(archived_at__isnull=not archived)
        .select_related("address")
        .annotate(people=Count("memberships", filter=Q(memberships__user__is_active=True)))
    )
    return sorted(businesses, key=lambda one: (filing_key(one.name), one.pk))


def language_choices(offered: list[str]) -> list[tuple[str, str]]:
    """The languages that a co-op offers, each in its own words."""
    known = [code for code, _ in settings.LANGUAGES]
    codes = [code for code in known if code in offered] or known
    return [(code, get_language_info(code)["name_local"].capitalize()) for code in codes]
