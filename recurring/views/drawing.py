"""What the views of standing orders share: the page drawn in whatever state, and small readings."""

from datetime import date
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.requests import PersonRequest
from orders.ordering.models import Order
from orders.permissions import buyers_for
from recurring import pages
from recurring.expansion import parse_local
from recurring.forms.editor import Editor, editor_for, new_editor
from recurring.forms.pauses import EndForm, PauseForm, VersionForm
from recurring.models import StandingOrder
from recurring.rules import RuleError
from recurring.selectors import days

form_view = require_http_methods(["GET", "HEAD", "POST"])


def new_editor_of(request: PersonRequest, data: Any) -> Editor:
    asked = (data if data is not None else request.GET).get("kind", "")
    kind = Order.Kind.DELIVERY if asked == Order.Kind.DELIVERY else Order.Kind.SUPPLY
    return new_editor(
        kind=kind,
        data=data,
        initial={"name": request.GET.get("name", "")},
        buyers=buyers_for(request.user),
        today=today(request),
    )


def draw_editor(
    request: PersonRequest,
    editor: Editor,
    order: StandingOrder | None,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    now = timezone.now()
    context = pages.editor_page(editor, order, cooperative=request.cooperative, at=now)
    context["day"] = days.find_day(context["weeks"], request.GET.get("date", ""))
    if order is not None:
        context.update(pages.questions(order, cooperative=request.cooperative, at=now))
    context.update(extra)
    return render(
        request,
        "recurring/rule_detail.html",
        {"order": order, "editor": editor, **context},
        status=status,
    )


def draw_dialog(
    request: PersonRequest, order: StandingOrder, name: str, form: PauseForm | EndForm
) -> HttpResponse:
    """The page again, with the question that was answered wrongly still open."""
    order = pages.loaded(order)
    editor = editor_for(order, data=None, today=today(request))
    extra = {f"{name}_form": form, "open_dialog": name}
    return draw_editor(request, editor, order, status=422, **extra)


def known_date(original: str) -> str:
    """An original start as we write them; anything else is no address of ours."""
    try:
        parsed = parse_local(original).isoformat()
    except RuleError as error:
        raise Http404 from error
    if parsed != original:
        raise Http404
    return original


def today(request: PersonRequest) -> date:
    return timezone.now().astimezone(request.cooperative.zone).date()


def seen_version(request: HttpRequest) -> int:
    form = VersionForm(request.POST)
    return cast("int", form.cleaned_data["version"]) if form.is_valid() else 0


def to_date(order: StandingOrder, original: str) -> HttpResponse:
    return redirect(f"{reverse('recurring:rule-detail', args=[order.pk])}?date={original}#date")


def cancelled_words(cancelled: int) -> str:
    if not cancelled:
        return ""
    words = ngettext(
        "%(number)s order made before was cancelled.",
        "%(number)s orders made before were cancelled.",
        cancelled,
    )
    return " " + words % {"number": cancelled}
