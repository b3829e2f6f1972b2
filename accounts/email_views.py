"""A person's own e-mail address: asking for another one, and the page behind the mailed link."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import email_changes
from accounts.forms import NewAddressForm
from accounts.limits import TooManyTriesError
from accounts.requests import OwnRequest, layout
from accounts.second_factor.passkeys import site_of
from accounts.second_factor.sessions import keep_only_this
from coopcycle.addresses import host_of

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
@never_cache
def email_change(request: OwnRequest) -> HttpResponse:
    """Ask for another address. The answer says nothing about whose it is."""
    form = NewAddressForm(request.POST or None, person=request.user)
    status = 422 if form.errors else 200
    if form.is_valid():
        email = form.cleaned_data["email"]
        try:
            email_changes.ask_for_change(
                user=request.user,
                email=email,
                host=host_of(request),
                site_name=site_of(request),
                at=timezone.now(),
            )
        except TooManyTriesError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            sentence = _(
                "We have written to %(email)s. Open the link in that mail within an hour, signed in here."
            )
            messages.success(request, sentence % {"email": email})
            return redirect("security:overview")
    context = {"form": form, "layout": layout(request)}
    return render(request, "accounts/email_change.html", context, status=status)


@form_view
@never_cache
def email_confirm(request: OwnRequest, token: str) -> HttpResponse:
    """The page behind the link. Opening it does nothing: programs open links, too."""
    now = timezone.now()
    email = email_changes.find_change(token, user=request.user, at=now)
    if request.method == "POST":
        user = email_changes.change_email(
            user_id=request.user.pk,
            token=token,
            at=now,
            site_name=site_of(request),
            keep_session=request.session.session_key,
        )
        keep_only_this(request, user)
        messages.success(
            request, _("You sign in with this address now. Your other devices are signed out.")
        )
        return redirect("security:overview")
    context = {"email": email, "layout": layout(request)}
    return render(request, "accounts/email_confirm.html", context)
