"""Objects that a person may have. What is not theirs does not exist for them: 404."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import Business, Membership, User


def get_person_for(user: User, person_id: int) -> User:
    """Somebody of the co-op, for its administrators."""
    if not user.is_administrator:
        raise Http404
    return get_object_or_404(User, pk=person_id)


def get_business_for(user: User, business_id: int) -> Business:
    """A business that the office steers or `user` belongs to."""
    businesses = Business.objects.select_related("address")
    if not user.works_at_office:
        businesses = businesses.filter(memberships__user=user)
    return get_object_or_404(businesses, pk=business_id)


def get_own_business_for(user: User, business_id: int) -> Business:
    """A business whose details and people `user` may change: the office, or its owners."""
    business = get_business_for(user, business_id)
    if not may_change(user, business):
        raise Http404
    return business


def may_change(user: User, business: Business) -> bool:
    """Owners keep their own details and people; the office keeps everybody's."""
    return user.works_at_office or any(
        seat.business_id == business.pk and seat.level == Membership.Level.OWNER
        for seat in user.seats
    )


def may_invite(user: User, business: Business) -> bool:
    """Letting people in is for administrators and the owners of that business."""
    return user.is_administrator or any(
        seat.business_id == business.pk and seat.level == Membership.Level.OWNER
        for seat in user.seats
    )
