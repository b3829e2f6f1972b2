"""What the platform could not send and has given up, for a person to decide."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import OwnRequest, layout
from coopcycle import outbox


@require_safe
def undelivered_list(request: OwnRequest) -> HttpResponse:
    """Messages given up, the latest first, with the reason of the last try."""
    context = {"given_up": outbox.given_up(), "layout": layout(request)}
    return render(request, "accounts/undelivered_list.html", context)


@require_POST
def undelivered_again(request: OwnRequest, message_id: int) -> HttpResponse:
    """The cause is mended: try once more, from the beginning."""
    if not outbox.revive(message_id, at=timezone.now()):
        raise Http404
    messages.success(request, _("It is on its way again."))
    return redirect("accounts:undelivered-list")


@require_POST
def undelivered_drop(request: OwnRequest, message_id: int) -> HttpResponse:
    """It is not wanted any more."""
    if not outbox.drop(message_id):
        raise Http404
    messages.success(request, _("It will not be sent."))
    return redirect("accounts:undelivered-list")
