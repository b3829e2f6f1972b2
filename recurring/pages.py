"""The editor's page: a form in whatever state, and the calendar that would follow from it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from coopcycle.errors import DomainError
from orders.ordering.drafts import LineDraft, OrderDraft
from orders.ordering.models import Order
from orders.ordering.preview import Preview, preview
from recurring import services
from recurring.calendars import terms_of
from recurring.expansion import resolve
from recurring.forms.editor import Editor, current_version
from recurring.forms.pauses import EndForm, PauseForm
from recurring.models import StandingOrder
from recurring.planning import with_contents
from recurring.schedule import Policy, Term, Terms
from recurring.selectors import days, listing, runs
from recurring.sentences import exceptions_words, how_often, next_words
from tenants.models import Cooperative


def loaded(order: StandingOrder) -> StandingOrder:
    """The standing order with all that its page reads."""
    return with_contents(StandingOrder.objects.filter(pk=order.pk)).get()


def editor_page(
    editor: Editor, order: StandingOrder | None, *, cooperative: Cooperative, at: datetime
) -> dict[str, Any]:
    """What the page shows beside the form: reading, calendar, price of one delivery."""
    terms = _terms(editor, order, cooperative, at)
    calendar = days.calendar_for(cooperative, at)
    today = at.astimezone(cooperative.zone).date()
    made = days.occurrences_shown(order, at=at) if order else []
    weeks = days.weeks_of(terms, calendar, made, at=at) if terms.versions else []
    reading = ""
    if terms.versions:
        reading = how_often(terms.versions[-1].rule)
    return {
        "weeks": weeks,
        "reading": reading,
        "exceptions": exceptions_words(days.holidays_met(weeks, calendar)),
        "next_words": next_words(days.next_day(weeks, at, terms), today) if reading else "",
        "price": _price(editor, order, cooperative, at),
        "run": runs.last_run(),
        "status": listing.status_of(order, today) if order else "",
    }


def questions(order: StandingOrder, *, cooperative: Cooperative, at: datetime) -> dict[str, Any]:
    """The pause and end dialogs, and what is made already."""
    today = at.astimezone(cooperative.zone).date()
    tomorrow = today + timedelta(days=1)
    return {
        "made_ahead": services.upcoming(order, at=at).count(),
        "free_day": services.first_open_day(order, at=at),
        "pause_form": PauseForm(initial={"from_day": tomorrow, "version": order.version}),
        "end_form": EndForm(initial={"last_day": today, "version": order.version}),
        "is_paused": any(
            pause.to_day is None or pause.to_day >= today for pause in order.pauses.all()
        ),
    }


def _terms(
    editor: Editor, order: StandingOrder | None, cooperative: Cooperative, at: datetime
) -> Terms:
    """As saved; with what the form says now from the first date on that has no order."""
    terms = terms_of(order) if order else Terms(cooperative.zone, ())
    if not editor.sentence.is_bound or not editor.sentence.is_valid():
        return terms
    draft = editor.sentence.draft(editor.kind)
    begins = datetime.min  # noqa: DTZ901 - the wall clock is naive
    if order is not None:
        begins = datetime.combine(services.first_open_day(order, at=at), time.min)
    term = Term(
        number=len(terms.versions) + 1,
        rule=draft.rule,
        dtstart=draft.dtstart,
        policy=Policy(draft.holiday_policy),
        valid_from=begins,
    )
    kept = tuple(term for term in terms.versions if term.valid_from < begins)
    return replace(terms, versions=(*kept, term))


def _price(
    editor: Editor, order: StandingOrder | None, cooperative: Cooperative, at: datetime
) -> Preview | None:
    """One delivery's price, for goods that are chosen."""
    if editor.goods is None:
        return None
    lines = tuple(editor.goods.lines) if editor.goods.is_bound and editor.goods.is_valid() else ()
    if not editor.goods.is_bound and order is not None:
        lines = tuple(_lines_of(order))
    buyer_id = order.buyer_id if order else _buyer_id(editor)
    if not lines or not buyer_id:
        return None
    day = at.astimezone(cooperative.zone).date() + timedelta(days=8)
    after = resolve(datetime.combine(day, time(8)), cooperative.zone).at
    draft = OrderDraft(
        buyer_id=buyer_id,
        kind=Order.Kind.SUPPLY,
        after=after,
        before=after + timedelta(hours=1),
        lines=lines,
    )
    try:
        return preview(draft, cooperative=cooperative, at=at)
    except (DomainError, KeyError):
        return None  # a product that is gone: the form says so


def _lines_of(order: StandingOrder) -> Iterator[LineDraft]:
    for line in current_version(order).lines.all():
        if not line.product.archived_at:
            yield LineDraft(line.product_id, line.quantity)


def _buyer_id(editor: Editor) -> int | None:
    if editor.buyer is None or not editor.buyer.is_bound or not editor.buyer.is_valid():
        return None
    return int(editor.buyer.cleaned_data["buyer"].pk)
