"""Standing orders: the editor with its calendar, and its preview while somebody changes it."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PersonRequest
from coopcycle.idempotency import read_action_id
from recurring import pages, services
from recurring.forms.editor import editor_for
from recurring.permissions import get_standing_order_for
from recurring.views.drawing import draw_editor, form_view, new_editor_of, today


@form_view
def rule_create(request: PersonRequest) -> HttpResponse:
    """A new standing order, of goods or of a parcel."""
    data = request.POST if request.method == "POST" else None
    editor = new_editor_of(request, data)
    if data is not None and editor.is_valid():
        assert editor.buyer is not None  # noqa: S101 - a new one always asks
        order = services.create_standing_order(
            editor.draft(request.cooperative),
            buyer=editor.buyer.cleaned_data["buyer"],
            actor=request.user,
            at=timezone.now(),
            action_id=read_action_id(request),
        )
        messages.success(request, _("Saved. The orders of the next days are made."))
        return redirect("recurring:rule-detail", order.pk)
    return draw_editor(request, editor, None, status=422 if data is not None else 200)


@require_POST
def rule_preview(request: PersonRequest) -> HttpResponse:
    """The sentence in words, the calendar and the price, while somebody changes the form."""
    order = None
    if request.POST.get("order", "").isdigit():
        order = get_standing_order_for(request.user, int(request.POST["order"]))
        order = pages.loaded(order)
        editor = editor_for(order, data=request.POST, today=today(request))
    else:
        editor = new_editor_of(request, request.POST)
    page = pages.editor_page(editor, order, cooperative=request.cooperative, at=timezone.now())
    return render(request, "recurring/_preview.html", {"order": order, "editor": editor, **page})


@require_safe
def rule_detail(request: PersonRequest, rule_id: int) -> HttpResponse:
    order = pages.loaded(get_standing_order_for(request.user, rule_id))
    editor = editor_for(order, data=None, today=today(request))
    return draw_editor(request, editor, order)


@require_POST
def rule_edit(request: PersonRequest, rule_id: int) -> HttpResponse:
    """Change all dates to come that are not closed yet."""
    order = pages.loaded(get_standing_order_for(request.user, rule_id))
    editor = editor_for(order, data=request.POST, today=today(request))
    if not editor.is_valid():
        return draw_editor(request, editor, order, status=422)
    draft, now = editor.draft(request.cooperative), timezone.now()
    seen = editor.sentence.cleaned_data["version"] or 0
    edit = partial(
        services.edit_standing_order,
        draft,
        standing_order_id=order.pk,
        version=seen,
        actor=request.user,
        at=now,
    )
    # Nothing that hands decided is lost unasked: it stays as dates of its own.
    edit(keeps=[note.original for note in edit(is_rehearsal=True).orphans])
    messages.success(
        request, _("Saved for all dates to come that are not closed yet, orders made included.")
    )
    return redirect("recurring:rule-detail", order.pk)
