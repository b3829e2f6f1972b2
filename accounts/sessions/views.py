"""Where am I signed in? A person's own sessions, and an administrator's hand for a colleague's."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import get_person_for
from accounts.requests import OwnRequest, PersonRequest, layout
from accounts.sessions import selectors, services


@require_safe
def session_list(request: OwnRequest) -> HttpResponse:
    """Every browser in which the person is signed in."""
    key = request.session.session_key
    places = selectors.places_of(request.user, here=key, at=timezone.now())
    context = {"places": places, "layout": layout(request)}
    return render(request, "accounts/session_list.html", context)


@require_POST
def session_end(request: OwnRequest, handle: UUID) -> HttpResponse:
    """Sign out in one of them."""
    services.end_session(request.user, handle=handle)
    messages.success(request, _("Signed out there. Its next click is refused."))
    return redirect("sessions:list")


@require_POST
def session_end_others(request: OwnRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    number = services.end_sessions(request.user, keep=request.session.session_key)
    _tell_number(request, number)
    return redirect("sessions:list")


@require_POST
def session_end_of_person(request: PersonRequest, person_id: int) -> HttpResponse:
    """An administrator signs somebody out everywhere: a lost phone, a quarrel."""
    person = get_person_for(request.user, person_id)
    keep = request.session.session_key if person == request.user else None
    _tell_number(request, services.end_sessions(person, keep=keep))
    return redirect("accounts:person-edit", person.pk)


def _tell_number(request: HttpRequest, number: int) -> None:
    sentence = ngettext(
        "Signed out on %(number)s device.", "Signed out on %(number)s devices.", number
    )
    messages.success(request, sentence % {"number": number})
