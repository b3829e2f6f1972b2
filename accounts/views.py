"""A person's home and own page; the people of the co-op."""

from functools import partial

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import invitations, selectors, services
from accounts.forms import MeForm, PasswordForm, PersonForm, TeamInvitationForm
from accounts.models import User
from accounts.navigation import first_page
from accounts.permissions import get_invitation_for, get_person_for
from accounts.requests import PersonRequest
from accounts.services import ChangedMeanwhileError
from accounts.sessions.selectors import count_open
from coopcycle.addresses import host_of, whole_address
from coopcycle.errors import DomainError

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """Everyone begins where their day does."""
    return redirect(first_page(request.user))


@form_view
def me(request: PersonRequest) -> HttpResponse:
    """Name, phone, language and theme of the person who asks."""
    languages = selectors.language_choices(request.cooperative.languages)
    user = request.user
    form = MeForm.of(user, data=request.POST or None, languages=languages)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            services.change_own_details(user_id=user.pk, seen=form.seen, **form.details())
        except ChangedMeanwhileError as refusal:
            form.show_newer(str(refusal), MeForm.values_of(selectors.person_now(user)))
            status = refusal.status
        else:
            messages.success(request, _("Your details are saved."))
            return redirect("accounts:me")
    return render(request, "accounts/me.html", {"form": form}, status=status)


@require_safe
def person_list(request: PersonRequest) -> HttpResponse:
    """Everyone of the co-op, and who is still to come."""
    now = timezone.now()
    context = {
        "people": selectors.people_by_name(),
        "invitations": [(one, one.is_open(now)) for one in selectors.open_invitations()],
    }
    return render(request, "accounts/person_list.html", context)


@form_view
def person_edit(request: PersonRequest, person_id: int) -> HttpResponse:
    """Roles and details of one person."""
    person = get_person_for(request.user, person_id)
    languages = selectors.language_choices(request.cooperative.languages)
    form = PersonForm.of(person, data=request.POST or None, languages=languages)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            services.change_person(
                user_id=person.pk,
                seen=form.seen,
                keep_session=request.session.session_key if person == request.user else None,
                **form.details(),
            )
        except ChangedMeanwhileError as refusal:
            newer = get_person_for(request.user, person.pk)
            form.show_newer(str(refusal), PersonForm.values_of(newer))
            status = refusal.status
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = 422
        else:
            messages.success(request, _("Saved. It counts from their next click."))
            return redirect("accounts:person-list")
    context = {
        "form": form,
        "person": person,
        "sessions": count_open(person, at=timezone.now()),
    }
    return render(request, "accounts/person_edit.html", context, status=status)


@form_view
def invitation_create(request: PersonRequest) -> HttpResponse:
    """Invite somebody to the co-op's team."""
    languages = selectors.language_choices(request.cooperative.languages)
    initial = {"language": request.cooperative.default_language}
    form = TeamInvitationForm(request.POST or None, initial=initial, languages=languages)
    if form.is_valid():
        invitations.invite(
            **form.cleaned_data,
            actor=request.user,
            at=timezone.now(),
            link_to=partial(invitation_link, request),
            site_name=request.cooperative.name,
        )
        messages.success(request, _("The invitation is on its way."))
        return redirect("accounts:person-list")
    status = 422 if form.errors else 200
    return render(request, "accounts/invitation_create.html", {"form": form}, status=status)


@require_POST
def invitation_revoke(request: PersonRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation to the team back."""
    invitation = get_invitation_for(request.user, invitation_id)
    invitations.revoke_invitation(invitation_id=invitation.pk, at=timezone.now())
    messages.success(request, _("The invitation is taken back; its link opens nothing any more."))
    return redirect("accounts:person-list")


def invitation_link(request: HttpRequest, secret: str) -> str:
    """The whole address that a mail carries."""
    return whole_address(host_of(request), reverse("accounts:invitation-accept", args=[secret]))


@form_view
@never_cache
def invitation_accept(request: HttpRequest, secret: str) -> HttpResponse:
    """The page behind an invitation's link: choose a password, and come in."""
    now = timezone.now()
    invitation = invitations.find_invitation(secret)
    if invitation is None:
        raise Http404
    if not invitations.still_opens(invitation, now):
        raise DomainError(
            _("This invitation was used, taken back or has run out. Ask for a new one."), status=410
        )
    known = User.objects.filter(email__iexact=invitation.email).first()
    newcomer = User(email=invitation.email, name=invitation.name)
    form = None if known else PasswordForm(request.POST or None, person=newcomer)
    if request.method == "POST" and (form is None or form.is_valid()):
        user = invitations.accept_invitation(
            secret=secret,
            at=now,
            password=form.cleaned_data["password"] if form else None,
            person=request.user if isinstance(request.user, User) else None,
        )
        if form:
            return perform_login(request, user)  # type: ignore[no-any-return]  # by the stages
        return redirect("accounts:home")
    context = {
        "invitation": invitation,
        "form": form,
        "must_sign_in": bool(known and known != request.user),
    }
    status = 422 if form and form.errors else 200
    # The site's Referrer-Policy, same-origin, keeps the secret in the house. With no-referrer the
    # browser would send this form with "Origin: null", and it would be refused as a forgery.
    return render(request, "accounts/invitation_accept.html", context, status=status)
