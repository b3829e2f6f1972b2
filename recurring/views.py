"""Standing orders: the list, the editor with its calendar, and single dates."""

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PersonRequest
from coopcycle.idempotency import read_action_id
from orders.ordering.models import Order
from orders.permissions import buyers_for
from recurring import pages, selectors, services
from recurring.expansion import parse_local
from recurring.forms import Editor, EndForm, PauseForm, VersionForm, editor_for, new_editor
from recurring.models import StandingOrder
from recurring.permissions import get_standing_order_for, standing_orders_for
from recurring.rules import RuleError

form_view = require_http_methods(["GET", "HEAD", "POST"])
STATES = ("active", "paused", "ended")


@require_safe
def rule_list(request: PersonRequest) -> HttpResponse:
    """All that comes again: when next, and how the last went."""
    now, words = timezone.now(), request.GET.get("q", "").strip()
    state = request.GET.get("state", "")
    orders = standing_orders_for(request.user)
    if words:
        orders = orders.filter(Q(name__icontains=words) | Q(buyer__name__icontains=words))
    orders = selectors.in_state(orders, state, now.astimezone(request.cooperative.zone).date())
    page = Paginator(selectors.with_last_result(orders), 30).get_page(request.GET.get("page"))
    calendar = selectors.calendar_for(request.cooperative, now)
    context = {
        "page_obj": page,
        "rows": [selectors.list_row(order, calendar, at=now) for order in page],
        "words": words,
        "state": state,
        "states": STATES,
        "run": selectors.last_run(),
    }
    return render(request, "recurring/rule_list.html", context)


@form_view
def rule_create(request: PersonRequest) -> HttpResponse:
    """A new standing order, of goods or of a parcel."""
    data = request.POST if request.method == "POST" else None
    editor = _new_editor(request, data)
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
    return _draw_editor(request, editor, None, status=422 if data is not None else 200)


@require_POST
def rule_preview(request: PersonRequest) -> HttpResponse:
    """The sentence in words, the calendar and the price, while somebody changes the form."""
    order = None
    if request.POST.get("order", "").isdigit():
        order = get_standing_order_for(request.user, int(request.POST["order"]))
        order = pages.loaded(order)
        editor = editor_for(order, data=request.POST, today=_today(request))
    else:
        editor = _new_editor(request, request.POST)
    page = pages.editor_page(editor, order, cooperative=request.cooperative, at=timezone.now())
    return render(request, "recurring/_preview.html", {"order": order, "editor": editor, **page})


@require_safe
def rule_detail(request: PersonRequest, rule_id: int) -> HttpResponse:
    order = pages.loaded(get_standing_order_for(request.user, rule_id))
    editor = editor_for(order, data=None, today=_today(request))
    return _draw_editor(request, editor, order)


@require_POST
def rule_edit(request: PersonRequest, rule_id: int) -> HttpResponse:
    """Change it from the first date that has no order yet."""
    order = pages.loaded(get_standing_order_for(request.user, rule_id))
    editor = editor_for(order, data=request.POST, today=_today(request))
    if not editor.is_valid():
        return _draw_editor(request, editor, order, status=422)
    services.edit_standing_order(
        editor.draft(request.cooperative),
        standing_order_id=order.pk,
        version=editor.sentence.cleaned_data["version"] or 0,
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(
        request,
        _("Saved for the dates that have no order yet. Orders made before stay as they are."),
    )
    return redirect("recurring:rule-detail", order.pk)


@require_POST
def rule_pause(request: PersonRequest, rule_id: int) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _draw_dialog(request, order, "pause", form)
    said = form.cleaned_data
    _order, cancelled = services.pause_standing_order(
        standing_order_id=order.pk,
        version=said["version"],
        from_day=said["from_day"],
        to_day=said["to_day"],
        reason=said["reason"],
        cancels_made=said["made"] == "cancel",
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("Paused.") + _cancelled_words(cancelled))
    return redirect("recurring:rule-detail", order.pk)


@require_POST
def rule_resume(request: PersonRequest, rule_id: int) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    services.resume_standing_order(
        standing_order_id=order.pk,
        version=_version(request),
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("It goes on. What falls due in the next days is made."))
    return redirect("recurring:rule-detail", order.pk)


@require_POST
def rule_end(request: PersonRequest, rule_id: int) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _draw_dialog(request, order, "end", form)
    said = form.cleaned_data
    _order, cancelled = services.end_standing_order(
        standing_order_id=order.pk,
        version=said["version"],
        last_day=said["last_day"],
        cancels_made=said["made"] == "cancel",
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("The end is set.") + _cancelled_words(cancelled))
    return redirect("recurring:rule-detail", order.pk)


@require_safe
def date_detail(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    """The panel of one date, below the calendar."""
    order = pages.loaded(get_standing_order_for(request.user, rule_id))
    editor = editor_for(order, data=None, today=_today(request))
    page = pages.editor_page(editor, order, cooperative=request.cooperative, at=timezone.now())
    day = selectors.find_day(page["weeks"], original)
    if day is None:
        raise Http404
    return render(request, "recurring/_date.html", {"order": order, "day": day})


@require_POST
def date_skip(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    services.skip_date(
        standing_order_id=order.pk,
        original_start=_known_date(original),
        version=_version(request),
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("This date is skipped."))
    return _to_date(order, original)


@require_POST
def date_restore(request: PersonRequest, rule_id: int, original: str) -> HttpResponse:
    order = get_standing_order_for(request.user, rule_id)
    services.restore_date(
        standing_order_id=order.pk,
        original_start=_known_date(original),
        version=_version(request),
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("This date is back."))
    return _to_date(order, original)


@require_safe
def generation(request: PersonRequest) -> HttpResponse:
    """How far orders are made, what was not made and why."""
    now = timezone.now()
    context = {
        "run": selectors.last_run(),
        "is_late": selectors.is_late(now),
        "totals": selectors.totals_ahead(now),
        "unmade": selectors.unmade(now),
        "runs": selectors.recent_runs(),
    }
    return render(request, "recurring/generation.html", context)


def _new_editor(request: PersonRequest, data: Any) -> Editor:
    asked = (data if data is not None else request.GET).get("kind", "")
    kind = Order.Kind.DELIVERY if asked == Order.Kind.DELIVERY else Order.Kind.SUPPLY
    return new_editor(
        kind=kind,
        data=data,
        initial={"name": request.GET.get("name", "")},
        buyers=buyers_for(request.user),
        today=_today(request),
    )


def _draw_editor(
    request: PersonRequest,
    editor: Editor,
    order: StandingOrder | None,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    now = timezone.now()
    context = pages.editor_page(editor, order, cooperative=request.cooperative, at=now)
    context["day"] = selectors.find_day(context["weeks"], request.GET.get("date", ""))
    if order is not None:
        context.update(pages.questions(order, cooperative=request.cooperative, at=now))
    context.update(extra)
    return render(
        request,
        "recurring/rule_detail.html",
        {"order": order, "editor": editor, **context},
        status=status,
    )


def _draw_dialog(
    request: PersonRequest, order: StandingOrder, name: str, form: PauseForm | EndForm
) -> HttpResponse:
    """The page again, with the question that was answered wrongly still open."""
    order = pages.loaded(order)
    editor = editor_for(order, data=None, today=_today(request))
    extra = {f"{name}_form": form, "open_dialog": name}
    return _draw_editor(request, editor, order, status=422, **extra)


def _known_date(original: str) -> str:
    """An original start as we write them; anything else is no address of ours."""
    try:
        parsed = parse_local(original).isoformat()
    except RuleError as error:
        raise Http404 from error
    if parsed != original:
        raise Http404
    return original


def _today(request: PersonRequest) -> Any:
    return timezone.now().astimezone(request.cooperative.zone).date()


def _version(request: HttpRequest) -> int:
    form = VersionForm(request.POST)
    return cast("int", form.cleaned_data["version"]) if form.is_valid() else 0


def _to_date(order: StandingOrder, original: str) -> HttpResponse:
    return redirect(f"{reverse('recurring:rule-detail', args=[order.pk])}?date={original}#date")


def _cancelled_words(cancelled: int) -> str:
    if not cancelled:
        return ""
    words = ngettext(
        "%(number)s order made before was cancelled.",
        "%(number)s orders made before were cancelled.",
        cancelled,
    )
    return " " + words % {"number": cancelled}
