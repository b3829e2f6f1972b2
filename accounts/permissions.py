"""Objects that a person may have. What is not theirs does not exist for them: 404."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import Business, Invitation, Membership, User


def get_person_for(user: User, person_id: int) -> User:
    """Somebody of the co-op, for its administrators."""
    if not user.is_administrator:
        raise Http404
    return get_object_or_404(User, pk=person_id)


def get_invitation_for(user: User, invitation_id: int) -> Invitation:
    """An invitation, for the co-op's administrators."""
    if not user.is_administrator:
        raise Http404
    return get_object_or_404(Invitation, pk=invitation_id)


def get_seat_for(user: User, business: Business, membership_id: int) -> Membership:
    """Somebody's place in a business, for those who let people in there."""
    if not may_invite(user, business):
        raise Http404
    return get_object_or_404(business.memberships, pk=membership_id)


def get_business_for(user: User, business_id: int) -> Business:
    """A business that the office steers or `user` belongs to; any for who may look at all of them."""
    businesses = Business.objects.select_related("address")
    if not user.sees_finance:
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
