"""Standing orders: single dates."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PersonRequest
from recurring import pages, services
from recurring.forms.editor import editor_for
from recurring.permissions import get_standing_order_for
from recurring.selectors import days
from recurring.views.drawing import known_date, seen_version, to_date, today


@require_safe
def date_detail(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    """The panel of one date, below the calendar."""
    order = pages.loaded(get_standing_order_for(request.user, rule_id))
    editor = editor_for(order, data=None, today=today(request))
    page = pages.editor_page(editor, order, cooperative=request.cooperative, at=timezone.now())
    day = days.find_day(page["weeks"], original)
    if day is None:
        raise Http404
    return render(request, "recurring/_date.html", {"order": order, "day": day})


@require_POST
def date_skip(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    services.skip_date(
        standing_order_id=order.pk,
        original_start=known_date(original),
        version=seen_version(request),
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("This date is skipped."))
    return to_date(order, original)


@require_POST
def date_restore(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    services.restore_date(
        standing_order_id=order.pk,
        original_start=known_date(original),
        version=seen_version(request),
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("This date is back."))
    return to_date(order, original)
