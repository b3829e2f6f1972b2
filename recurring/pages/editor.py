"""The editor's page: a form in whatever state, and the calendar that would follow from it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Address
from coopcycle.errors import DomainError
from orders.ordering.drafts import LineDraft, OrderDraft, ParcelDraft
from orders.ordering.models import Order
from orders.ordering.preview import Preview, preview
from recurring import services
from recurring.calendars import terms_of, why_unreadable
from recurring.expansion import first_start, resolve
from recurring.forms.editor import Editor, current_version, place_of
from recurring.models import StandingOrder
from recurring.planning import with_contents
from recurring.schedule import A_YEAR, Policy, Term, Terms, first_after
from recurring.selectors import days, listing, runs
from recurring.selectors.grid import grid_of, span
from recurring.selectors.listing import times_of
from recurring.sentences import exceptions_words, next_words
from recurring.wishes import agreed_carriage, agreed_price
from recurring.words import rule_error_words
from tenants.models import Cooperative


def loaded(order: StandingOrder) -> StandingOrder:
    """The standing order with all that its page reads. Raises DomainError when its rule is broken."""
    found = with_contents(StandingOrder.objects.filter(pk=order.pk)).get()
    if error := why_unreadable(found):
        raise DomainError(
            _("The rule of “%(name)s” cannot be read: %(why)s Make it anew.")
            % {"name": found.name, "why": rule_error_words(error)}
        )
    return found


def editor_page(
    editor: Editor,
    order: StandingOrder | None,
    *,
    cooperative: Cooperative,
    at: datetime,
    number: int = 0,
) -> dict[str, Any]:
    """What stands beside the form: the reading, a page of the calendar, one delivery's price."""
    terms = _terms(editor, order, cooperative, at)
    today = at.astimezone(cooperative.zone).date()
    rule = terms.versions[-1].rule if terms.versions else None
    first, last = span(number, today, rule)
    calendar = days.calendar_for(cooperative, min(first, today), max(last, today + A_YEAR))
    shown = days.days_of(terms, calendar, order, first=first, last=last, at=at)
    near, near_end = shown, last
    if number:
        near_end = today + days.LOOK_AHEAD
        near = days.days_of(terms, calendar, order, first=today, last=near_end, at=at)
    next_day = days.next_day(near, at, terms) or first_after(terms, calendar, near_end)
    return {
        "grid": grid_of(number, shown, rule=rule, holidays=calendar.holidays, today=today),
        "has_times": bool(terms.versions) and len(times_of(terms.versions[-1])) > 1,
        "reading": listing.reading_of(terms.versions[-1]) if terms.versions else "",
        "exceptions": exceptions_words(days.holidays_met(near, calendar)),
        "next_one": next((day for day in near if day.comes and day.is_open), None),
        "begins_on": _first_match(editor, cooperative),
        "next_words": next_words(next_day, today) if rule else "",
        "price": price_of(editor, order, cooperative=cooperative, at=at, as_agreed=True),
        "run": runs.last_run(),
        "status": listing.status_of(order, today) if order else "",
    }


def _first_match(editor: Editor, cooperative: Cooperative) -> date | None:
    """The first date of a new rule that its first day does not match: proposed in its stead."""
    sentence = editor.sentence
    if not (sentence.is_new and sentence.is_bound and sentence.says_when):
        return None
    draft = editor.rule_draft()
    start = first_start(draft.rule, zone=cooperative.zone, dtstart=draft.dtstart)
    return start.date() if start and start.date() != draft.first_day else None


def price_of(
    editor: Editor,
    order: StandingOrder | None,
    *,
    cooperative: Cooperative,
    at: datetime,
    as_agreed: bool = False,
) -> Preview | None:
    """What one delivery costs today, with its carriage; None while that cannot be said.

    `as_agreed`: at the agreed prices that hold today, instead of the lists'.
    """
    buyer_id = order.buyer_id if order else _buyer_id(editor)
    lines, parcel, address = _contents(editor, order, cooperative)
    if buyer_id is None or not (lines or parcel):
        return None
    today = at.astimezone(cooperative.zone).date()
    version = editor.version if as_agreed and editor.keeps_agreement else None
    prices = (
        {line.product_id: agreed_price(line, today) for line in version.lines.all()}
        if version
        else {}
    )
    day = today + timedelta(days=8)
    after = resolve(datetime.combine(day, time(8)), cooperative.zone).at
    draft = OrderDraft(
        buyer_id=buyer_id,
        kind=Order.Kind(editor.kind),
        after=after,
        before=after + timedelta(hours=1),
        lines=tuple(li._replace(fixed_price_minor=prices.get(li.product_id)) for li in lines),
        parcel=parcel,
        agreed_carriage_minor=agreed_carriage(version, today) if version else None,
    )
    try:
        return preview(draft, cooperative=cooperative, at=at, address=address)
    except (DomainError, KeyError):
        return None  # a product that is gone: the form says so


def _terms(
    editor: Editor, order: StandingOrder | None, cooperative: Cooperative, at: datetime
) -> Terms:
    """As saved; with what the form says now from the first date on that is not closed yet."""
    terms = terms_of(order) if order else Terms(cooperative.zone, ())
    draft = editor.like
    if editor.sentence.is_bound:
        draft = editor.rule_draft() if editor.sentence.says_when else None
    if draft is None:
        return terms
    begins = datetime.min  # noqa: DTZ901 - the wall clock is naive
    if order is not None:
        begins = datetime.combine(services.first_open_day(order, at=at), time.min)
    term = Term(
        number=len(terms.versions) + 1,
        rule=draft.rule,
        dtstart=draft.dtstart,
        policy=Policy(draft.holiday_policy),
        valid_from=begins,
        times=tuple(window.opens for window in draft.windows),
    )
    kept = tuple(term for term in terms.versions if term.valid_from < begins)
    return replace(terms, versions=(*kept, term))


def _contents(
    editor: Editor, order: StandingOrder | None, cooperative: Cooperative
) -> tuple[tuple[LineDraft, ...], ParcelDraft | None, Address | None]:
    """What one delivery would bring, as the form says it or as it is saved."""
    if editor.goods is not None:
        if editor.goods.is_bound:
            return (tuple(editor.goods.lines) if editor.goods.is_valid() else ()), None, None
        return tuple(_lines_of(editor, order)), None, None
    assert editor.parcel is not None  # noqa: S101 - the other kind
    if editor.parcel.is_bound:
        if not editor.parcel.is_valid():
            return (), None, None
        said = editor.parcel.cleaned_data
        parcel = ParcelDraft(
            recipient=said["recipient"],
            phone=said["phone"],
            address_id=0,
            load=said["load"],
            weight_grams=editor.parcel.weight_grams,
        )
        return (), parcel, place_of(editor.parcel, cooperative)
    return (), _parcel_of(order), None


def _parcel_of(order: StandingOrder | None) -> ParcelDraft | None:
    if order is None:
        return None
    version = current_version(order)
    if version.recipient_address_id is None:
        return None
    return ParcelDraft(
        recipient=version.recipient,
        phone=version.recipient_phone,
        address_id=version.recipient_address_id,
        load=version.load,
        weight_grams=version.weight_grams,
    )


def _lines_of(editor: Editor, order: StandingOrder | None) -> Iterator[LineDraft]:
    for wish in editor.like.lines if editor.like else ():
        yield LineDraft(wish.product_id, wish.quantity)
    if order is None:
        return
    for line in current_version(order).lines.all():
        if not line.product.archived_at:
            yield LineDraft(line.product_id, line.quantity)


def _buyer_id(editor: Editor) -> int | None:
    if editor.buyer is None:
        return None
    if editor.buyer.is_bound:
        return int(editor.buyer.cleaned_data["buyer"].pk) if editor.buyer.is_valid() else None
    return None
