"""Standing orders: what a hand decides for single dates."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PersonRequest
from coopcycle.dates import format_day
from coopcycle.errors import DomainError
from recurring import services
from recurring.models import StandingOrder
from recurring.pages.dates import DatePanel, add_form, date_panel
from recurring.pages.editor import loaded
from recurring.permissions import get_standing_order_for
from recurring.services import Consequences, DateChange
from recurring.views.drawing import draw_editor, editor_of, known_date, seen_version, to_date


@require_safe
def date_detail(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    """The panel of one date, below the calendar."""
    order = loaded(get_standing_order_for(request.user, rule_id))
    panel = _panel(request, order, original)
    return render(request, "recurring/_date.html", {"order": order, "panel": panel})


@require_POST
def date_skip(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    services.skip_date(**_act(request, order, original))
    messages.success(request, _("This date is skipped."))
    return to_date(order, original)


@require_POST
def date_answer(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    """Whether a date on a holiday comes, where its standing order asks."""
    order = get_standing_order_for(request.user, rule_id)
    try:
        answer = services.Answer(request.POST.get("answer", ""))
    except ValueError:
        raise DomainError(_("Choose one of the answers."), status=422) from None
    services.answer_holiday(answer, **_act(request, order, original))
    is_skipped = answer == services.Answer.SKIP
    messages.success(
        request, _("This date is skipped.") if is_skipped else _("Thank you. It will come.")
    )
    return to_date(order, original)


@require_POST
def date_restore(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    services.restore_date(**_act(request, order, original))
    messages.success(request, _("This date is as the rule says again."))
    return to_date(order, original)


@require_POST
def date_move(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    """Another day or time for this one date."""
    order = loaded(get_standing_order_for(request.user, rule_id))
    panel = _panel(request, order, original, data=request.POST, form="move")
    if not panel.move.is_valid():
        return _draw(request, order, panel, status=422)
    try:
        found = _move(request, order, original, panel)
    except DomainError as refusal:
        panel.move.add_error(None if refusal.status == 409 else "day", str(refusal))
        return _draw(request, order, panel, status=refusal.status)
    messages.success(request, _("This date is moved.") + crowded_words(found))
    return to_date(order, original)


@require_POST
def date_change(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    """Other quantities, or another note, for this one date."""
    order = loaded(get_standing_order_for(request.user, rule_id))
    panel = _panel(request, order, original, data=request.POST, form="change")
    if not panel.change.is_valid():
        return _draw(request, order, panel, status=422)
    try:
        services.change_date(panel.change.change, **_act(request, order, original))
    except DomainError as refusal:
        panel.change.add_error(None, str(refusal))
        return _draw(request, order, panel, status=refusal.status)
    messages.success(request, _("Only this date is changed."))
    return to_date(order, original)


@require_POST
def date_add(request: PersonRequest, rule_id: int) -> HttpResponse:
    """One delivery more than the rule gives."""
    order = loaded(get_standing_order_for(request.user, rule_id))
    now = timezone.now()
    form = add_form(order, cooperative=request.cooperative, at=now, data=request.POST)
    if not form.is_valid():
        return draw_editor(request, editor_of(request, order), order, status=422, add_form=form)
    try:
        found = services.add_date(
            standing_order_id=order.pk,
            start=form.start,
            version=seen_version(request),
            actor=request.user,
            at=now,
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        editor = editor_of(request, order)
        return draw_editor(request, editor, order, status=refusal.status, add_form=form)
    messages.success(request, _("One more date is planned.") + crowded_words(found))
    return to_date(order, form.start.isoformat())


def crowded_words(found: Consequences) -> str:
    """A warning, not a refusal: the day has other deliveries of this standing order."""
    if not found.crowded:
        return ""
    day = format_day(found.crowded[0].start, "day_long")
    return " " + _("There is another delivery on %(day)s.") % {"day": day}


def _move(
    request: PersonRequest, order: StandingOrder, original: str, panel: DatePanel
) -> Consequences:
    start, minutes = panel.move.start, panel.move.minutes
    act = _act(request, order, original)
    pickup = panel.move.pickup
    if minutes == panel.minutes and pickup is None:
        return services.move_date(new_start=start, **act)
    return services.change_date(DateChange(start=start, minutes=minutes, pickup=pickup), **act)


def _panel(
    request: PersonRequest, order: StandingOrder, original: str, *, data: Any = None, form: str = ""
) -> DatePanel:
    panel = date_panel(
        order,
        known_date(original),
        user=request.user,
        cooperative=request.cooperative,
        at=timezone.now(),
        data=data,
        form=form,
    )
    if panel is None:
        raise Http404
    return panel


def _act(request: PersonRequest, order: StandingOrder, original: str) -> dict[str, Any]:
    return {
        "standing_order_id": order.pk,
        "original_start": known_date(original),
        "version": seen_version(request),
        "actor": request.user,
        "at": timezone.now(),
    }


def _draw(
    request: PersonRequest, order: StandingOrder, panel: DatePanel, *, status: int
) -> HttpResponse:
    """The page again, with the date still open and what is wrong with it."""
    return draw_editor(request, editor_of(request, order), order, status=status, panel=panel)
