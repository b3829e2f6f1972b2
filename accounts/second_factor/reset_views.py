"""Somebody lost their device: an administrator, or for one who is alone the federation, helps."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import get_person_for
from accounts.requests import OwnRequest, PersonRequest
from accounts.second_factor import selectors, services
from accounts.second_factor.answers import form_page
from accounts.second_factor.forms import CoopResetForm, ResetForm
from coopcycle.errors import DomainError
from tenants.context import in_cooperative
from tenants.models import Cooperative

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
def person_reset(request: PersonRequest, person_id: int) -> HttpResponse:
    """An administrator resets a colleague's second step, with a reason."""
    person = get_person_for(request.user, person_id)
    form = ResetForm(request.POST or None)
    if form.is_valid():
        try:
            services.reset_factor(
                person_id=person.pk,
                actor=request.user,
                actor_name=request.user.name,
                reason=form.cleaned_data["reason"],
                at=timezone.now(),
                site_name=request.cooperative.name,
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            sentence = _("%(name)s can begin anew; a mail tells them.") % {"name": person.name}
            messages.success(request, sentence)
            return redirect("accounts:person-edit", person.pk)
    return form_page(request, "second_factor/person_reset.html", form, person=person)


@form_view
def coop_reset(request: OwnRequest, slug: str) -> HttpResponse:
    """The federation's staff do it for an administrator who is alone in their co-op."""
    cooperative = Cooperative.objects.filter(slug=slug, is_active=True).first()
    if cooperative is None:
        raise Http404
    with in_cooperative(cooperative):
        form = CoopResetForm(request.POST or None, people=selectors.administrators())
        person = _reset_in_coop(request, cooperative, form) if form.is_valid() else None
        if person is None:
            return form_page(
                request, "second_factor/coop_reset.html", form, cooperative=cooperative
            )
    sentence = _("%(name)s can begin anew; a mail tells them.") % {"name": person.name}
    messages.success(request, sentence)
    return redirect("security:coop-reset", slug)


def _reset_in_coop(
    request: OwnRequest, cooperative: Cooperative, form: CoopResetForm
) -> User | None:
    person: User = form.cleaned_data["person"]
    try:
        services.refuse_unless_alone(person)
        return services.reset_factor(
            person_id=person.pk,
            actor=None,
            actor_name=request.user.name,
            reason=form.cleaned_data["reason"],
            at=timezone.now(),
            site_name=cooperative.name,
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return None
