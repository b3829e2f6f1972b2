"""Standing orders: “no deliveries from 24 to 26 December”, for all of them, and back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from coopcycle.dates import format_day
from coopcycle.words import filed
from recurring import services
from recurring.forms.pauses import DaysForm
from recurring.models import StandingOrder
from recurring.pages import acts
from recurring.pages.together import BulkQuestion, bulk_question, recent_bulk_pauses, seen_of
from recurring.permissions import get_bulk_pause_for, standing_orders_for
from recurring.selectors import listing
from recurring.views.drawing import form_view, today


@form_view
def pause_many(request: PersonRequest) -> HttpResponse:
    """Asks for the days, shows what happens to each standing order, and does it to those chosen."""
    if request.method != "POST":
        return _draw(request, DaysForm())
    form = DaysForm(request.POST)
    if not form.is_valid():
        return _draw(request, form, status=422)
    now, days = timezone.now(), form.cleaned_data
    if not acts.is_confirmed(request.POST):
        orders = _active(request)
        question = bulk_question(orders, days, actor=request.user, at=now)
        return _draw(request, form, question=question)
    seen = seen_of(request.POST.getlist("seen"))
    if not seen:
        form.add_error(None, _("Choose at least one standing order."))
        return _draw(request, form, status=422)
    cancels = acts.cancels_made(request.POST)
    services.pause_many(seen, **days, cancels_made=cancels, actor=request.user, at=now)
    words = ngettext(
        "%(number)s standing order is paused. You can undo it here.",
        "%(number)s standing orders are paused. You can undo it here.",
        len(seen),
    )
    messages.success(request, words % {"number": len(seen)})
    return redirect("recurring:pause-many")


@require_POST
def pause_many_undo(request: PersonRequest, bulk_id: int) -> HttpResponse:
    """All that one act had paused goes on: what comes again is shown, and done."""
    bulk = get_bulk_pause_for(request.user, bulk_id)
    act: dict[str, Any] = {"actor": request.user, "at": timezone.now()}
    if not acts.is_confirmed(request.POST):
        found = services.undo_bulk_pause(bulk.pk, **act, is_rehearsal=True)
        days = {"first": format_day(bulk.from_day), "last": format_day(bulk.to_day)}
        undoing = acts.resuming_question(
            found,
            title=_("Undo the pause from %(first)s to %(last)s") % days,
            url=reverse("recurring:pause-many-undo", args=[bulk.pk]),
            button=_("Undo the pause"),
        )
        return _draw(request, DaysForm(), act=undoing)
    services.undo_bulk_pause(bulk.pk, **act)
    messages.success(request, _("Undone. Orders that were called off are back where they can be."))
    return redirect("recurring:pause-many")


def _active(request: PersonRequest) -> list[StandingOrder]:
    orders = standing_orders_for(request.user).filter(pk__in=StandingOrder.objects.going_on())
    narrowed = listing.Filters.of(request.GET).apply(orders, today(request))
    return list(narrowed.order_by(filed("buyer__name"), filed("name"), "pk"))


def _draw(
    request: PersonRequest,
    form: DaysForm,
    *,
    status: int = 200,
    question: BulkQuestion | None = None,
    act: acts.ActQuestion | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "question": question,
        "recent": recent_bulk_pauses(today(request)),
        "act": act,
    }
    return render(request, "recurring/pause_many.html", context, status=status)
