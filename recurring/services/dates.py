"""What a hand decides for one date: skip it, move it, change it, add it, or back to the rule.

Its own people may until the first producer closes its list (or the parcel is due to be picked up),
the office until somebody rides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.dates import format_clock, format_day
from coopcycle.errors import DomainError
from orders.catalog.models import Product
from orders.catalog.terms import earliest_cutoff
from orders.ordering import changing
from orders.ordering.checks import MAX_QUANTITY
from orders.ordering.models import Order
from orders.ordering.services import OPEN_STATES, closed_words
from orders.ordering.stock import limited
from recurring.calendars import terms_of, work_calendar
from recurring.expansion import parse_local, zone_named
from recurring.models import Added, Occurrence, Override, StandingOrder
from recurring.planning import Candidate
from recurring.schedule import SEARCH_DAYS, originals_on
from recurring.services.acting import Act, Kind, Written, carry_out, loaded, require_cooperative
from recurring.services.consequences import Consequences, DateNote
from recurring.services.outlook import Outlook, outlook_of
from recurring.services.settling import note_of
from recurring.stock import Stock
from recurring.times import times_of
from recurring.words import reason_words

State = Occurrence.State
_OWN_PICKUP = ("pickup_lead_minutes", "pickup_minutes")


@dataclass(frozen=True, slots=True)
class DateChange:
    """What one date brings instead; empty is as the rule says. `lines`: product id, quantity."""

    start: datetime | None = None  # on the wall clock
    minutes: int | None = None
    pickup: tuple[int, int] | None = None  # minutes ahead of the window, and how long
    lines: Sequence[tuple[int, Decimal]] = ()
    load: str = ""
    weight_grams: int | None = None
    note: str = ""


def skip_date(
    *,
    standing_order_id: int,
    original_start: str,
    version: int,
    actor: User,
    at: datetime,
    is_rehearsal: bool = False,
) -> Consequences:
    """No delivery on this one date. Its order, when made, is called off."""
    act = Act(
        Kind.DATE_SKIPPED, standing_order_id, version, actor, at, is_rehearsal, original_start
    )

    def write(order: StandingOrder) -> Written:
        _decide(order, act, action=Override.Action.CANCEL)
        return Written()

    return carry_out(act, write, require=partial(_require_open, act), opened=_opened(act))


def move_date(
    *,
    standing_order_id: int,
    original_start: str,
    new_start: datetime,
    version: int,
    actor: User,
    at: datetime,
    is_rehearsal: bool = False,
) -> Consequences:
    """Deliver this one date at another time of the wall clock. What else was changed on it stays.

    `crowded` names other deliveries of that day. Refused when nothing can come then.
    """
    act = Act(Kind.DATE_MOVED, standing_order_id, version, actor, at, is_rehearsal, original_start)
    return _change(act, DateChange(start=new_start))


def change_date(
    change: DateChange,
    *,
    standing_order_id: int,
    original_start: str,
    version: int,
    actor: User,
    at: datetime,
    is_rehearsal: bool = False,
) -> Consequences:
    """Deliver something else, or at another time, on this one date."""
    act = Act(
        Kind.DATE_CHANGED, standing_order_id, version, actor, at, is_rehearsal, original_start
    )
    _require_goods(change.lines)
    return _change(act, change)


class Answer(StrEnum):
    """What a buyer says of a date on a holiday, when its standing order asks."""

    KEEP = "keep"
    BEFORE = "before"
    AFTER = "after"
    SKIP = "skip"


def answer_holiday(
    answer: Answer,
    *,
    standing_order_id: int,
    original_start: str,
    version: int,
    actor: User,
    at: datetime,
) -> Consequences:
    """Deliver this one date all the same, on the working day before or after, or not at all.

    Raises DomainError when it is too late, or nothing can come on that day.
    """
    act: dict[str, Any] = {
        "standing_order_id": standing_order_id,
        "original_start": original_start,
        "version": version,
        "actor": actor,
        "at": at,
    }
    if answer == Answer.SKIP:
        return skip_date(**act)
    start = parse_local(original_start)
    day = answered_days(start.date()).get(answer)
    if day is None:
        raise DomainError(_("There is no working day within two weeks. Choose another answer."))
    return move_date(new_start=datetime.combine(day, start.time()), **act)


def answered_days(holiday: date) -> dict[Answer, date]:
    """The days that the answers mean; an answer without a day is not offered."""
    calendar = work_calendar(
        require_cooperative(),
        holiday - timedelta(days=SEARCH_DAYS),
        holiday + timedelta(days=SEARCH_DAYS),
    )
    found = {
        Answer.KEEP: holiday,
        Answer.BEFORE: calendar.nearest(holiday, -1),
        Answer.AFTER: calendar.nearest(holiday, 1),
    }
    return {answer: day for answer, day in found.items() if day is not None}


def restore_date(
    *,
    standing_order_id: int,
    original_start: str,
    version: int,
    actor: User,
    at: datetime,
    is_rehearsal: bool = False,
) -> Consequences:
    """Back to the rule for this one date: a skipped one comes again, an added one goes."""
    act = Act(
        Kind.DATE_RESTORED, standing_order_id, version, actor, at, is_rehearsal, original_start
    )

    def write(order: StandingOrder) -> Written:
        order.overrides.filter(original_start=original_start).delete()
        order.additions.filter(start=original_start).delete()
        # A person who called the order itself off wants it again.
        order.occurrences.filter(
            original_start=original_start, state=State.GENERATED, order__state=Order.State.CANCELLED
        ).update(state=State.CANCELLED)
        return Written()

    return carry_out(act, write, require=partial(_require_open, act), opened=_opened(act))


def add_date(
    *,
    standing_order_id: int,
    start: datetime,
    version: int,
    actor: User,
    at: datetime,
    is_rehearsal: bool = False,
) -> Consequences:
    """One more delivery, at a time of the wall clock that the rule does not give."""
    original = start.isoformat()
    act = Act(Kind.DATE_ADDED, standing_order_id, version, actor, at, is_rehearsal, original)

    def write(order: StandingOrder) -> Written:
        if start in originals_on(terms_of(loaded(order)), start.date()):
            raise DomainError(_("The standing order has a delivery at this time already."))
        Added.objects.create(
            standing_order=order,
            start=original,
            by_office=actor.works_at_office,
            created_at=at,
            created_by=actor,
        )
        return Written(crowded=_require_comes(order, original, at))

    return carry_out(act, write, opened=_opened(act))


def _change(act: Act, change: DateChange) -> Consequences:
    def write(order: StandingOrder) -> Written:
        known = order.overrides.filter(original_start=act.original_start).first()
        before = _said(known)
        override = _decide(order, act, **_merged(known, change))
        crowded = _require_comes(
            order, act.original_start, act.at, wanted=[pk for pk, _quantity in change.lines]
        )
        return Written([{"what": "date", "before": before, "after": _said(override)}], [], crowded)

    return carry_out(act, write, require=partial(_require_open, act), opened=_opened(act))


def _merged(known: Override | None, change: DateChange) -> dict[str, Any]:
    """The decision with what was decided before, where nothing new is said."""
    is_known = known is not None and known.action != Override.Action.CANCEL
    former = known if known is not None and is_known else Override()
    lines = [[pk, f"{quantity.normalize():f}"] for pk, quantity in change.lines] or former.lines
    values: dict[str, Any] = {
        "minutes": change.minutes or former.minutes,
        **_pickup_of(change, former),
        "lines": lines,
        "load": change.load or former.load,
        "weight_grams": (
            former.weight_grams if change.weight_grams is None else change.weight_grams
        ),
        "note": change.note or former.note,
    }
    new_start = change.start.isoformat() if change.start else former.new_start
    is_change = any(value not in (None, "", []) for value in values.values())
    action = Override.Action.CHANGE if is_change else Override.Action.MOVE
    return {**values, "new_start": new_start, "action": action}


def _pickup_of(change: DateChange, former: Override) -> dict[str, int | None]:
    """A moved date keeps its distance from the pick-up, its own one too."""
    if change.pickup is None:
        return {name: getattr(former, name) for name in _OWN_PICKUP}
    return dict(zip(_OWN_PICKUP, change.pickup, strict=True))


def _decide(order: StandingOrder, act: Act, **decision: Any) -> Override:
    nothing: dict[str, Any] = {
        "new_start": "",
        "minutes": None,
        "lines": [],
        "load": "",
        "note": "",
    }
    override, _is_new = Override.objects.update_or_create(
        standing_order=order,
        original_start=act.original_start,
        defaults={
            **nothing,
            **dict.fromkeys((*_OWN_PICKUP, "weight_grams")),
            "by_office": act.actor.works_at_office,
            "decided_at": act.at,
            "decided_by": act.actor,
            **decision,
        },
    )
    return override


def _said(override: Override | None) -> dict[str, Any] | None:
    if override is None:
        return None
    names = (
        "action",
        "new_start",
        "minutes",
        *_OWN_PICKUP,
        "lines",
        "load",
        "weight_grams",
        "note",
    )
    said = {name: getattr(override, name) for name in names}
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def _opened(act: Act) -> tuple[str, ...]:
    """A cut-off does not lock a date for the office."""
    return (act.original_start,) if act.actor.works_at_office else ()


def _require_open(act: Act, order: StandingOrder, before: Outlook) -> None:
    """Refuse when this person can't decide about the date any more, and say until when."""
    original = act.original_start
    row = order.occurrences.filter(original_start=original, order__isnull=False).first()
    if row is not None and row.order_id is not None:
        made = changing.with_contents(Order.objects.filter(pk=row.order_id)).get()
        if changing.is_begun(made):
            raise DomainError(_("The ride has begun, so this date can't be changed any more."))
        if made.state not in (*OPEN_STATES, Order.State.CANCELLED):
            raise DomainError(closed_words(made))
    candidate = before.dates.get((order.pk, original))
    if candidate is None and row is None:
        raise DomainError(_("This date is over, or no longer one of the standing order."))
    closes = row.order.closes_at if row and row.order else _closes_at(candidate)
    if not act.actor.works_at_office and closes is not None and act.at >= closes:
        raise DomainError(_until_words(closes))


def closes_at(order: StandingOrder, original: str, *, at: datetime) -> datetime | None:
    """Until when its own people may decide about a date; None when nothing closes it."""
    row = order.occurrences.filter(original_start=original, order__isnull=False).first()
    if row is not None and row.order is not None:
        return row.order.closes_at
    _orders, outlook = outlook_of([order.pk], require_cooperative(), at=at)
    return _closes_at(outlook.dates.get((order.pk, original)))


def _closes_at(candidate: Candidate | None) -> datetime | None:
    """Until when the buyer may decide about a date that has no order yet."""
    if candidate is None:
        return None
    if candidate.order.kind == Order.Kind.DELIVERY:
        return times_of(candidate.planned, candidate.version, candidate.override).pickup_after
    lines = candidate.wishes or candidate.version.lines.all()
    producers = [line.product.producer for line in lines]
    zone = zone_named(candidate.order.timezone)
    return earliest_cutoff(producers, candidate.planned.start.date(), zone)


def _until_words(closes: datetime) -> str:
    local = closes.astimezone(require_cooperative().zone)
    return _(
        "This date could be changed until %(day)s, %(time)s. Call the office of your cooperative."
    ) % {"day": format_day(local.date(), "day_long"), "time": format_clock(local.time())}


def _require_comes(
    order: StandingOrder, original: str, at: datetime, wanted: Sequence[int] = ()
) -> list[DateNote]:
    """Refuse a date on which nothing would come; else the other deliveries of that day.

    `wanted` are products that a hand asks for: what is not the rule's must be able to come, too.
    """
    _orders, outlook = outlook_of([order.pk], require_cooperative(), at=at)
    candidate = outlook.dates.get((order.pk, original))
    if candidate is None:
        raise DomainError(_("Choose a day and a time to come."), status=422)
    candidate = _served(order, candidate, at)
    _require_extras(candidate, wanted)
    if candidate.state not in (State.GENERATED, State.HELD):
        reasons = {
            f"{line['name']} ({reason_words(line['reason'], line.get('detail', ''))})"
            for line in candidate.left_out
        }
        raise DomainError(
            _("Nothing can come on %(day)s: %(reasons)s. Choose another day.")
            % {
                "day": format_day(candidate.planned.start.date(), "day_long"),
                "reasons": ", ".join(sorted(reasons)) or reason_words(candidate.reason),
            }
        )
    day = candidate.planned.start.date()
    return [
        note_of(other)
        for other in outlook.dates.values()
        if other.key != candidate.key
        and other.state == State.GENERATED
        and other.planned.start.date() == day
    ]


def _served(order: StandingOrder, candidate: Candidate, at: datetime) -> Candidate:
    """With what it can have of scarce products, beside what its own order has taken."""
    if not limited(wish.product for wish in candidate.wishes):
        return candidate
    known = order.occurrences.filter(
        original_start=candidate.planned.original.isoformat(), order__isnull=False
    )
    own = [pk for pk in known.values_list("order", flat=True) if pk]
    stock = Stock.for_dates([candidate], apart_from=own, at=None if own else at)
    return stock.serve(candidate)


def _require_extras(candidate: Candidate, wanted: Sequence[int]) -> None:
    """What is asked for besides the rule is not left out in silence."""
    usual = {line.product.pk for line in candidate.version.lines.all()}
    coming = {wish.product.pk for wish in candidate.wishes}
    coming |= {int(line["product"]) for line in candidate.left_out if "product" in line}  # waits
    missing = Product.objects.in_bulk(set(wanted) - usual - coming)
    names = {product.name for product in missing.values()}
    reasons = {
        f"{line['name']} ({reason_words(line['reason'], line.get('detail', ''))})"
        for line in candidate.left_out
        if line["name"] in names
    }
    if reasons:
        raise DomainError(
            _("This cannot come on %(day)s: %(reasons)s. Leave it out, or move the date.")
            % {
                "day": format_day(candidate.planned.start.date(), "day_long"),
                "reasons": ", ".join(sorted(reasons)),
            },
            status=422,
        )


def _require_goods(lines: Sequence[tuple[int, Decimal]]) -> None:
    known = Product.objects.filter(pk__in=[pk for pk, _quantity in lines]).in_bulk()
    if len(known) < len(lines) or any(product.archived_at for product in known.values()):
        raise DomainError(
            _("A product of your order is no longer sold. Take it out of your order."), status=422
        )
    if any(not 0 < quantity <= MAX_QUANTITY for _pk, quantity in lines):
        raise DomainError(_("Order at least a little of it."), status=422)
