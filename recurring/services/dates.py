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
from coopcycle.errors import DomainError
from orders.ordering.models import Order
from recurring.calendars import terms_of, work_calendar
from recurring.expansion import parse_local
from recurring.models import Added, Occurrence, Override, StandingOrder
from recurring.schedule import SEARCH_DAYS, originals_on
from recurring.services.acting import Act, Kind, Written, carry_out, loaded, require_cooperative
from recurring.services.consequences import Consequences
from recurring.services.deciding import require_comes, require_goods, require_open

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

    return carry_out(act, write, require=partial(require_open, act), opened=_opened(act))


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
    require_goods(change.lines)
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

    return carry_out(act, write, require=partial(require_open, act), opened=_opened(act))


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
        return Written(crowded=require_comes(order, original, at))

    return carry_out(act, write, opened=_opened(act))


def _change(act: Act, change: DateChange) -> Consequences:
    def write(order: StandingOrder) -> Written:
        known = order.overrides.filter(original_start=act.original_start).first()
        before = _said(known)
        override = _decide(order, act, **_merged(known, change))
        crowded = require_comes(
            order, act.original_start, act.at, wanted=[pk for pk, _quantity in change.lines]
        )
        return Written([{"what": "date", "before": before, "after": _said(override)}], [], crowded)

    return carry_out(act, write, require=partial(require_open, act), opened=_opened(act))


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
