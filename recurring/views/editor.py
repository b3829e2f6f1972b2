"""Standing orders: the editor with its calendar, its preview, and saving."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PersonRequest
from coopcycle.errors import DomainError
from coopcycle.idempotency import read_action_id
from orders.ordering.models import Order
from orders.permissions import buyers_for, get_own_order_for
from recurring import services
from recurring.forms.editor import Editor, new_editor
from recurring.forms.redrawing import has_new_shape
from recurring.models import StandingOrder
from recurring.pages.editor import editor_page, loaded
from recurring.pages.saving import Saving
from recurring.permissions import get_standing_order_for
from recurring.views.drawing import (
    draw_editor,
    editor_of,
    form_view,
    is_redraw_of,
    page_number,
    posted,
    today,
)


@form_view
def rule_create(request: PersonRequest) -> HttpResponse:
    """A new standing order, of goods or of a parcel; `?like=` fills it in as an order was."""
    editor = _new_editor(request)
    if request.method != "POST" or is_redraw_of(request):
        return draw_editor(request, editor, None)
    if not editor.is_valid():
        return draw_editor(request, editor, None, status=422)
    action_id = read_action_id(request)
    saving = Saving(editor, None, request.cooperative, request.user, timezone.now())
    try:
        order = saving.create(action_id=action_id)
    except DomainError as refusal:
        editor.refuse(str(refusal))
        return draw_editor(request, editor, None, status=refusal.status)
    messages.success(request, _("Saved. The orders of the next days are made."))
    return redirect("recurring:rule-detail", order.pk)


@require_POST
def rule_preview(request: PersonRequest) -> HttpResponse:
    """The sentence in words, the calendar and the price, while somebody changes the form."""
    order = None
    if request.POST.get("order", "").isdecimal():
        order = loaded(get_standing_order_for(request.user, int(request.POST["order"])))
        editor = editor_of(request, order, data=posted(request))
    else:
        editor = _new_editor(request)
    page = editor_page(
        editor,
        order,
        cooperative=request.cooperative,
        at=timezone.now(),
        number=page_number(request),
    )
    context = {"order": order, "editor": editor, "has_new_shape": has_new_shape(request.POST)}
    return render(request, "recurring/_preview.html", context | page)


@require_safe
def rule_detail(request: PersonRequest, rule_id: int) -> HttpResponse:
    order = loaded(get_standing_order_for(request.user, rule_id))
    return draw_editor(request, editor_of(request, order), order)


@require_POST
def rule_edit(request: PersonRequest, rule_id: int) -> HttpResponse:
    """Save a change: first ask for which dates, saying what happens to them; then do it."""
    order = loaded(get_standing_order_for(request.user, rule_id))
    editor = editor_of(request, order, data=posted(request))
    if is_redraw_of(request):
        return draw_editor(request, editor, order)
    if not editor.is_valid():
        return draw_editor(request, editor, order, status=422)
    saving = Saving(editor, order, request.cooperative, request.user, timezone.now())
    if editor.sentence.cleaned_data["version"] != order.version:
        return _draw_conflict(request, order)
    try:
        question = saving.question(request.POST)
        if question is not None:
            return draw_editor(request, editor, order, question=question)
        saving.apply(request.POST)
    except DomainError as refusal:
        editor.refuse(str(refusal))
        return draw_editor(request, editor, order, status=refusal.status)
    messages.success(request, saving.done)
    return redirect("recurring:rule-detail", order.pk)


def _draw_conflict(request: PersonRequest, order: StandingOrder) -> HttpResponse:
    """Somebody was faster: what they did is shown, and what this person said is kept."""
    said = request.POST.copy()
    said["version"] = str(order.version)
    editor = editor_of(request, order, data=said)
    return draw_editor(request, editor, order, status=409, conflict=True)


def _new_editor(request: PersonRequest) -> Editor:
    data = posted(request)
    asked = request.GET if data is None else data
    like, buyer = None, None
    if data is None and request.GET.get("like", "").isdecimal():
        past = get_own_order_for(request.user, int(request.GET["like"]))
        like, buyer = (
            services.draft_from_order(past, first_day=_next_like(past, request)),
            past.buyer,
        )
    kind = like.kind if like else asked.get("kind", "")
    if buyer is None and request.GET.get("buyer", "").isdecimal():
        buyer = get_object_or_404(buyers_for(request.user), pk=int(request.GET["buyer"]))
    return new_editor(
        kind=Order.Kind.DELIVERY if kind == Order.Kind.DELIVERY else Order.Kind.SUPPLY,
        data=data,
        buyers=buyers_for(request.user),
        today=today(request),
        for_office=request.user.works_at_office,
        like=like,
        buyer=buyer,
    )


def _next_like(past: Order, request: PersonRequest) -> date:
    """The next day to come of the same weekday; after its own day, which has its order."""
    first = max(today(request), past.day) + timedelta(days=1)
    return first + timedelta(days=(past.day.weekday() - first.weekday()) % 7)
