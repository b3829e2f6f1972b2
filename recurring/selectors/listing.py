"""What the list of standing orders reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import cast

from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts.models import Business
from coopcycle.words import filed
from orders.ordering.models import Order
from recurring.calendars import governing_versions, terms_of
from recurring.models import Occurrence, RuleLine, StandingOrder
from recurring.planning import with_contents
from recurring.rules import parse_rule
from recurring.schedule import Term, WorkCalendar, schedule
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
    made_until: date | None
    is_late: bool  # a date that should be made by now is not

    @property
    def needs_a_look(self) -> bool:
        return self.is_late or self.last_state == Occurrence.State.FAILED


def with_last_result(orders: QuerySet[StandingOrder]) -> QuerySet[StandingOrder]:
    last = Occurrence.objects.filter(standing_order=OuterRef("pk")).order_by(
        "-generated_at", "-starts_at"
    )
    return with_contents(orders).annotate(
        last_state=Subquery(last.values("state")[:1]),
        last_reason=Subquery(last.values("reason")[:1]),
        made_until=Subquery(
            Occurrence.objects.filter(
                standing_order=OuterRef("pk"), state=Occurrence.State.GENERATED
            )
            .order_by("-starts_at")
            .values("starts_at")[:1]
        ),
    )


def list_row(
    order: StandingOrder, calendar: WorkCalendar, *, at: datetime, horizon: int
) -> ListRow:
    """Reads what `with_last_result` fetched. `horizon`: days that are made ahead."""
    terms = terms_of(order)
    today = at.astimezone(terms.zone).date()
    coming = [
        planned.start.date()
        for planned in schedule(terms, calendar, today, today + LOOK_AHEAD)
        if not planned.is_skipped and planned.at > at
    ]
    until = getattr(order, "made_until", None)
    made_until = until.astimezone(terms.zone).date() if until else None
    due = [day for day in coming if day < today + timedelta(days=horizon)]
    is_active = order.state == StandingOrder.State.ACTIVE
    last_state = getattr(order, "last_state", None) or ""
    is_told = last_state not in ("", Occurrence.State.GENERATED)
    return ListRow(
        order=order,
        sentence=reading_of(terms.versions[-1]),
        status=status_of(order, today),
        next_day=coming[0] if coming and is_active else None,
        last_state=last_state,
        last_words=reason_words(cast("str", getattr(order, "last_reason", ""))) if is_told else "",
        made_until=made_until,
        is_late=is_active and bool(due) and (made_until is None or made_until < due[-1]),
    )


def times_of(term: Term) -> list[time]:
    """When the day's windows open."""
    return sorted({term.dtstart.time(), *term.times})


def reading_of(term: Term) -> str:
    """The rule in words; the times of the day only where there are several."""
    times = times_of(term)
    return how_often(term.rule, times if len(times) > 1 else (), term.dtstart.date())


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


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; whatever is empty or unknown shows all."""

    words: str = ""
    state: str = ""
    kind: str = ""
    producer: str = ""
    buyer: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Filters":
        names = ("state", "kind", "producer", "buyer")
        return cls(words=asked.get("q", "").strip(), **{n: asked.get(n, "") for n in names})

    @property
    def is_narrow(self) -> bool:
        return any((self.words, self.state, self.kind, self.producer, self.buyer))

    def apply(self, orders: QuerySet[StandingOrder], today: date) -> QuerySet[StandingOrder]:
        if self.words:
            orders = orders.filter(
                Q(name__icontains=self.words) | Q(buyer__name__icontains=self.words)
            )
        if self.kind in Order.Kind:
            orders = orders.filter(kind=self.kind)
        if self.buyer.isdecimal():
            orders = orders.filter(buyer=int(self.buyer))
        if self.producer.isdecimal():
            orders = orders.filter(versions__lines__product__producer=int(self.producer)).distinct()
        return in_state(orders, self.state, today)


def businesses_of(orders: QuerySet[StandingOrder]) -> tuple[list[Business], list[Business]]:
    """Buyers and producers of these standing orders, for the filters."""
    buyers = Business.objects.filter(standing_orders__in=orders).distinct().order_by(filed("name"))
    lines = RuleLine.objects.filter(version__standing_order__in=orders)
    producers = Business.objects.filter(pk__in=lines.values("product__producer"))
    return list(buyers), list(producers.order_by(filed("name")))


def in_state(orders: QuerySet[StandingOrder], state: str, today: date) -> QuerySet[StandingOrder]:
    """Those that are active, paused today, ended, or could not be made; all for anything else."""
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
    if state == "failed":
        coming = Occurrence.objects.filter(state=Occurrence.State.FAILED)
        return orders.filter(pk__in=coming.values("standing_order"))
    return orders
