"""Pages of privacy: the register, one's own data, files to take away, erasure."""

from datetime import datetime
from typing import IO

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.permissions import get_person_for
from accounts.requests import PersonRequest
from audit.recording import Kind, record
from coopcycle.idempotency import read_action_id
from privacy import erasing, selectors
from privacy.exports import services as exports
from privacy.exports.recipient import pack_recipient
from privacy.forms import ErasePersonForm, FindRecipientForm, TickedParcelsForm
from privacy.models import Export

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def register(request: PersonRequest) -> HttpResponse:
    """Every kind of personal data, what for, how long, and what last night erased."""
    now, run = timezone.now(), selectors.last_run()
    context = {
        "rows": selectors.register_rows(run),
        "run": run,
        "is_late": selectors.is_late(run, request.cooperative, now),
        "keeping": selectors.keeping_of(request.cooperative),
        "exports": selectors.exports_of(request.user, Export.Kind.COOPERATIVE, at=now),
    }
    return render(request, "privacy/register.html", context)


@require_POST
def export_whole(request: PersonRequest) -> HttpResponse:
    """Ask for all data of the co-op."""
    return _ask(request, Export.Kind.COOPERATIVE, "privacy:register")


@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    """What a person can take away of theirs, and how they are erased."""
    context = {
        "exports": selectors.exports_of(request.user, Export.Kind.PERSON, at=timezone.now()),
        "administrators": User.objects.filter(is_administrator=True, is_active=True),
    }
    return render(request, "privacy/mine.html", context)


@require_POST
def export_mine(request: PersonRequest) -> HttpResponse:
    """Ask for one's own data."""
    return _ask(request, Export.Kind.PERSON, "privacy:mine")


def _ask(request: PersonRequest, kind: Export.Kind, page: str) -> HttpResponse:
    action_id = read_action_id(request)
    exports.request_export(kind=kind, user=request.user, at=timezone.now(), action_id=action_id)
    messages.success(
        request,
        _("The file is being made. A mail with its link comes to %(email)s.")
        % {"email": request.user.email},
    )
    return redirect(page)


@require_safe
@never_cache
def export_download(request: PersonRequest, token: str) -> FileResponse:
    """The file behind a mailed link, for the one person who asked for it."""
    export = exports.find_export(token, user=request.user, at=timezone.now())
    if export is None:
        raise Http404
    if export.kind == Export.Kind.COOPERATIVE and not request.user.is_administrator:
        raise Http404  # not any more
    record(Kind.EXPORTED, rule="privacy:export-download", what=export.kind)
    return _zip(request, export.file.open("rb"), export.kind, export.requested_at)


def _zip(request: PersonRequest, file: IO[bytes], what: str, at: datetime) -> FileResponse:
    response = FileResponse(
        file,
        as_attachment=True,
        filename=f"{request.cooperative.slug}-{what}-{timezone.localdate(at):%Y-%m-%d}.zip",
        content_type="application/zip",
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@form_view
def person_erase(request: PersonRequest, person_id: int) -> HttpResponse:
    """What erasing somebody does is said first; then the name is typed, and it is done."""
    person = get_person_for(request.user, person_id)
    form = ErasePersonForm(request.POST or None, person=person)
    if form.is_valid():
        erasing.erase_person(person_id=person.pk, actor=request.user, at=timezone.now())
        messages.success(request, _("The account is erased."))
        return redirect("accounts:person-list")
    context = {"person": person, "form": form, "found": erasing.consequences_for(person)}
    status = 422 if form.errors else 200
    return render(request, "privacy/person_erase.html", context, status=status)


@require_safe
def recipients(request: PersonRequest) -> HttpResponse:
    """Find what is kept of somebody who got parcels and has no account."""
    form = FindRecipientForm(request.GET or None)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    context = {"form": form, "words": words, "found": selectors.find_recipients(words)}
    return render(request, "privacy/recipients.html", context)


@require_POST
@never_cache
def recipients_export(request: PersonRequest) -> HttpResponse | FileResponse:
    """What is kept of the recipient of the parcels that were ticked, with the photos that were."""
    form = TickedParcelsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Tick at least one parcel."))
        return redirect("privacy:recipients")
    now, ticked = timezone.now(), form.cleaned_data
    made = pack_recipient(ticked["deliveries"], ticked["photos"], at=now)
    record(
        Kind.EXPORTED,
        rule="privacy:recipients-export",
        what="recipient",
        deliveries=made.parcels,
        photos=made.photos,
    )
    return _zip(request, made.file, "recipient", now)


@require_POST
def recipients_erase(request: PersonRequest) -> HttpResponse:
    """Erase the recipient of the parcels that were ticked."""
    form = TickedParcelsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Tick at least one parcel."))
        return redirect("privacy:recipients")
    erased = erasing.erase_deliveries(
        delivery_ids=form.cleaned_data["deliveries"], actor=request.user, at=timezone.now()
    )
    words = ngettext(
        "The recipient of %(number)s parcel is erased.",
        "The recipients of %(number)s parcels are erased.",
        erased,
    )
    messages.success(request, words % {"number": erased})
    return redirect("privacy:recipients")
