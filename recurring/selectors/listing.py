"""What the list of standing orders reads."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from django.db.models import OuterRef, Q, QuerySet, Subquery

from recurring.calendars import governing_versions, terms_of
from recurring.models import Occurrence, StandingOrder
from recurring.planning import with_contents
from recurring.rules import parse_rule
from recurring.schedule import WorkCalendar, schedule
from recurring.sentences import how_often
from recurring.words import reason_words

LOOK_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class ListRow:
    """A standing order in the list."""

    order: StandingOrder
    sentence: str
    status: str
    next_day: date | None
    last_state: str
    last_words: str


def with_last_result(orders: QuerySet[StandingOrder]) -> QuerySet[StandingOrder]:
    last = Occurrence.objects.filter(standing_order=OuterRef("pk")).order_by(
        "-generated_at", "-starts_at"
    )
    return with_contents(orders).annotate(
        last_state=Subquery(last.values("state")[:1]),
        last_reason=Subquery(last.values("reason")[:1]),
    )


def list_row(order: StandingOrder, calendar: WorkCalendar, *, at: datetime) -> ListRow:
    """Reads what `with_last_result` fetched."""
    terms = terms_of(order)
    today = at.astimezone(terms.zone).date()
    coming = (
        planned.start.date()
        for planned in schedule(terms, calendar, today, today + LOOK_AHEAD)
        if not planned.is_skipped and planned.at > at
    )
    last_state = getattr(order, "last_state", None) or ""
    is_told = last_state not in ("", Occurrence.State.GENERATED)
    return ListRow(
        order=order,
        sentence=how_often(terms.versions[-1].rule),
        status=status_of(order, today),
        next_day=next(coming, None) if order.state == StandingOrder.State.ACTIVE else None,
        last_state=last_state,
        last_words=reason_words(cast("str", getattr(order, "last_reason", ""))) if is_told else "",
    )


def status_of(order: StandingOrder, today: date) -> str:
    """How it stands, for the badge: active, paused, ending or ended."""
    if order.state != StandingOrder.State.ACTIVE:
        return order.state
    rule = parse_rule(governing_versions(order)[-1].rrule)
    until = rule.until.date() if isinstance(rule.until, datetime) else rule.until
    if until is not None and until < today:
        return "ended"
    if any(
        p.from_day <= today and (p.to_day is None or today <= p.to_day) for p in order.pauses.all()
    ):
        return "paused"
    return "ending" if until is not None else "active"


def in_state(orders: QuerySet[StandingOrder], state: str, today: date) -> QuerySet[StandingOrder]:
    """Those that are active, paused today, or ended; all for anything else."""
    paused = Q(pauses__from_day__lte=today) & (
        Q(pauses__to_day=None) | Q(pauses__to_day__gte=today)
    )
    active = orders.filter(state=StandingOrder.State.ACTIVE)
    if state == "paused":
        return active.filter(paused).distinct()
    if state == "active":
        return active.exclude(pk__in=active.filter(paused).values("pk"))
    if state == "ended":
        return orders.filter(state=StandingOrder.State.ENDED)
    return orders
