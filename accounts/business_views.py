"""Businesses: the list, one business, its details and its people."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import invitations, selectors, services
from accounts.forms import BusinessForm, MemberInvitationForm
from accounts.models import Business
from accounts.permissions import (
    get_business_for,
    get_own_business_for,
    get_seat_for,
    may_change,
    may_invite,
)
from accounts.requests import PersonRequest
from accounts.services import ChangedMeanwhileError
from accounts.views import form_view, invitation_link
from coopcycle.words import filed


@require_safe
def business_list(request: PersonRequest) -> HttpResponse:
    """All businesses of the co-op, or those put away."""
    archived = "archived" in request.GET
    context = {
        "businesses": selectors.businesses_with_people(archived=archived),
        "archived": archived,
    }
    return render(request, "accounts/business_list.html", context)


@form_view
def business_create(request: PersonRequest) -> HttpResponse:
    """A new customer or partner."""
    cooperative = request.cooperative
    form = BusinessForm(
        request.POST or None,
        initial={
            "city": cooperative.city,
            "language": cooperative.default_language,
            "opening_weekdays": cooperative.working_weekdays,
        },
        languages=selectors.language_choices(cooperative.languages),
    )
    if form.is_valid():
        place = form.place(cooperative.country)
        business = services.create_business(details=form.details(), place=place)
        messages.success(request, _("%(name)s is here now.") % {"name": business.name})
        return redirect("accounts:business-detail", business.pk)
    return _form_page(request, form, None)


@form_view
def business_edit(request: PersonRequest, business_id: int) -> HttpResponse:
    """Details and place of a business."""
    business = get_own_business_for(request.user, business_id)
    languages = selectors.language_choices(request.cooperative.languages)
    form = BusinessForm(request.POST or None, instance=business, languages=languages)
    status = None
    if form.is_valid():
        place = form.place(business.address.country)
        try:
            services.change_business(
                business_id=business.pk, seen=form.seen, details=form.details(), place=place
            )
        except ChangedMeanwhileError as refusal:
            newer = get_own_business_for(request.user, business_id)
            form.show_newer(str(refusal), BusinessForm.values_of(newer))
            status = refusal.status
        else:
            messages.success(request, _("Saved. Stops already planned keep the old address."))
            return redirect("accounts:business-detail", business.pk)
    # Checking the form has written what was typed into `business`; the page's head wants what is.
    unchanged = get_own_business_for(request.user, business_id)
    return _form_page(request, form, unchanged, status=status)


def _form_page(
    request: PersonRequest,
    form: BusinessForm,
    business: Business | None,
    *,
    status: int | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "business": business,
        "centre": request.cooperative,
        "map_tiles": settings.MAP_TILES_URL,
    }
    status = status or (422 if form.errors else 200)
    return render(request, "accounts/business_form.html", context, status=status)


@require_safe
def business_detail(request: PersonRequest, business_id: int) -> HttpResponse:
    """One business: its place, days and people."""
    business = get_business_for(request.user, business_id)
    invites = may_invite(request.user, business)
    context = {
        "business": business,
        "seats": business.memberships.select_related("user").order_by("level", filed("user__name")),
        "invitations": selectors.open_invitations(business) if invites else [],
        "may_change": may_change(request.user, business),
        "may_invite": invites,
    }
    return render(request, "accounts/business_detail.html", context)


@require_POST
def business_archive(request: PersonRequest, business_id: int) -> HttpResponse:
    """Put a business away, or take it out again (`restore`)."""
    business = get_business_for(request.user, business_id)
    if "restore" in request.POST:
        services.restore_business(business_id=business.pk)
        messages.success(request, _("%(name)s is back.") % {"name": business.name})
    else:
        services.archive_business(business_id=business.pk, at=timezone.now())
        messages.success(request, _("%(name)s is in the archive.") % {"name": business.name})
    return redirect("accounts:business-detail", business.pk)


@form_view
def member_invite(request: PersonRequest, business_id: int) -> HttpResponse:
    """Invite somebody to a business."""
    business = _get_business_to_invite_to(request, business_id)
    form = MemberInvitationForm(
        request.POST or None,
        initial={"language": business.language},
        languages=selectors.language_choices(request.cooperative.languages),
    )
    if form.is_valid():
        invitations.invite(
            **form.cleaned_data,
            business=business,
            actor=request.user,
            at=timezone.now(),
            link_to=partial(invitation_link, request),
            site_name=request.cooperative.name,
        )
        messages.success(request, _("The invitation is on its way."))
        return redirect("accounts:business-detail", business.pk)
    context = {"form": form, "business": business}
    status = 422 if form.errors else 200
    return render(request, "accounts/member_invite.html", context, status=status)


@require_POST
def member_remove(request: PersonRequest, business_id: int, membership_id: int) -> HttpResponse:
    """End a person's place in a business."""
    business = _get_business_to_invite_to(request, business_id)
    seat = get_seat_for(request.user, business, membership_id)
    own = request.session.session_key if seat.user_id == request.user.pk else None
    services.remove_member(membership_id=seat.pk, keep_session=own)
    messages.success(request, _("Removed. Their next click is refused."))
    return redirect("accounts:business-detail", business.pk)


def _get_business_to_invite_to(request: PersonRequest, business_id: int) -> Business:
    business = get_business_for(request.user, business_id)
    if not may_invite(request.user, business):
        raise Http404
    return business
