"""What the list of standing orders reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import cast

from django.db.models import CharField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import Business
from coopcycle.money import Money
from coopcycle.words import filed
from orders.ordering.models import Order
from recurring.calendars import governing_versions, terms_of
from recurring.expansion import last_day_of, parse_local, zone_named
from recurring.models import Occurrence, RuleLine, RuleVersion, StandingOrder
from recurring.planning import with_contents
from recurring.rules import RuleError, parse_rule
from recurring.schedule import Term, Terms, WorkCalendar, first_after, schedule
from recurring.sentences import how_often, is_far
from recurring.words import reason_words, rule_error_words

LOOK_AHEAD = timedelta(days=60)
_NEVER = "99991231"


@dataclass(frozen=True, slots=True)
class ListRow:
    """A standing order in the list."""

    order: StandingOrder
    sentence: str
    status: str
    next_day: date | None
    is_far: bool  # so that its year has to be said
    last_state: str
    last_words: str
    made_until: date | None
    price: Money | None  # of the last date that was made; None while none has its price
    is_late: bool  # a date that should be made by now is not
    waits_on: date | None  # its next date that waits for a decision about too little

    @property
    def needs_a_look(self) -> bool:
        return self.is_late or self.last_state == Occurrence.State.FAILED


def with_last_result(orders: QuerySet[StandingOrder]) -> QuerySet[StandingOrder]:
    """With all that `list_row` reads."""
    last = Occurrence.objects.filter(standing_order=OuterRef("pk")).order_by(
        "-generated_at", "-starts_at"
    )
    made = Occurrence.objects.filter(
        standing_order=OuterRef("pk"), state=Occurrence.State.GENERATED, order__needs_price=False
    ).order_by("-starts_at")
    return with_settled_until(with_contents(orders)).annotate(
        last_currency=Subquery(made.values("order__currency")[:1]),
        last_total=Subquery(
            made.annotate(total=F("order__goods_minor") + F("order__delivery_minor")).values(
                "total"
            )[:1]
        ),
        waits_at=Subquery(_waiting().values("starts_at")[:1]),
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


def _waiting() -> QuerySet[Occurrence]:
    """Dates of the standing order around it that wait for a decision."""
    rows = Occurrence.objects.filter(standing_order=OuterRef("pk"), state=Occurrence.State.HELD)
    return rows.order_by("starts_at")


def with_settled_until(orders: QuerySet[StandingOrder]) -> QuerySet[StandingOrder]:
    """`settled_until`: the last date that generation has dealt with, however, but for failing."""
    settled = Occurrence.objects.filter(standing_order=OuterRef("pk"))
    settled = settled.exclude(state=Occurrence.State.FAILED).order_by("-starts_at")
    return orders.annotate(settled_until=Subquery(settled.values("starts_at")[:1]))


def late_ids(
    orders: QuerySet[StandingOrder], calendar: WorkCalendar, *, at: datetime, horizon: int
) -> list[int]:
    """Those with a date that should be made by now and is not. Goes through all of them."""
    active = with_settled_until(
        orders.filter(pk__in=StandingOrder.objects.going_on())
    ).prefetch_related("versions__windows", "pauses", "overrides", "additions")
    return [order.pk for order in active if _is_found_late(order, calendar, at, horizon)]


def _is_found_late(
    order: StandingOrder, calendar: WorkCalendar, at: datetime, horizon: int
) -> bool:
    """Late, too, is what nobody can make: its rule is broken."""
    try:
        return _is_late(order, calendar, at=at, horizon=horizon)
    except RuleError:
        return True


def _is_late(order: StandingOrder, calendar: WorkCalendar, *, at: datetime, horizon: int) -> bool:
    terms = terms_of(order)
    today = at.astimezone(terms.zone).date()
    due = _coming(terms, calendar, at, today + timedelta(days=horizon - 1))
    if order.state != StandingOrder.State.ACTIVE or not due:
        return False
    until = getattr(order, "settled_until", None)
    return until is None or until.astimezone(terms.zone).date() < due[-1]


def _coming(terms: Terms, calendar: WorkCalendar, at: datetime, last: date) -> list[date]:
    today = at.astimezone(terms.zone).date()
    planned = schedule(terms, calendar, today, last)
    return [each.start.date() for each in planned if not each.is_skipped and each.at > at]


def list_row(
    order: StandingOrder, calendar: WorkCalendar, *, at: datetime, horizon: int
) -> ListRow:
    """Reads what `with_last_result` fetched. `horizon`: days that are made ahead."""
    try:
        return _row(order, calendar, at=at, horizon=horizon)
    except RuleError as error:
        return _broken_row(order, rule_error_words(error), at=at)


def _broken_row(order: StandingOrder, why: str, *, at: datetime) -> ListRow:
    today = at.astimezone(zone_named(order.timezone)).date()
    return ListRow(
        order=order,
        sentence=_("Its rule cannot be read."),
        status=status_of(order, today),
        next_day=None,
        is_far=False,
        last_state=Occurrence.State.FAILED,
        last_words=why,
        made_until=None,
        price=None,
        is_late=True,
        waits_on=None,
    )


def _row(order: StandingOrder, calendar: WorkCalendar, *, at: datetime, horizon: int) -> ListRow:
    terms = terms_of(order)
    today = at.astimezone(terms.zone).date()
    coming = _coming(terms, calendar, at, today + LOOK_AHEAD)
    until = getattr(order, "made_until", None)
    made_until = until.astimezone(terms.zone).date() if until else None
    waits_at = getattr(order, "waits_at", None)
    status = status_of(order, today)
    goes_on = status != StandingOrder.State.ENDED and order.state == StandingOrder.State.ACTIVE
    next_day = _next_day(terms, calendar, coming, today) if goes_on else None
    last_state = getattr(order, "last_state", None) or ""
    is_told = last_state not in ("", Occurrence.State.GENERATED)
    return ListRow(
        order=order,
        sentence=reading_of(terms.versions[-1]),
        status=status,
        next_day=next_day,
        is_far=next_day is not None and is_far(next_day, today),
        last_state=last_state,
        last_words=reason_words(cast("str", getattr(order, "last_reason", ""))) if is_told else "",
        made_until=made_until,
        price=_price_of(order),
        is_late=goes_on and _is_late(order, calendar, at=at, horizon=horizon),
        waits_on=waits_at.astimezone(terms.zone).date() if waits_at else None,
    )


def _next_day(
    terms: Terms, calendar: WorkCalendar, coming: Sequence[date], today: date
) -> date | None:
    """The first of the dates that were looked at; else the first one after them."""
    return coming[0] if coming else first_after(terms, calendar, today + LOOK_AHEAD)


def _price_of(order: StandingOrder) -> Money | None:
    total: int | None = getattr(order, "last_total", None)
    return None if total is None else Money(total, getattr(order, "last_currency", ""))


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
    if order.buyer.archived_at:
        return StandingOrder.State.ENDED
    last = governing_versions(order.versions.all())[-1]
    until = _end_of(last.rrule, last.dtstart, order.timezone)
    if until is not None and until < today:
        return "ended"
    if any(
        p.from_day <= today and (p.to_day is None or today <= p.to_day) for p in order.pauses.all()
    ):
        return "paused"
    return "ending" if until is not None else "active"


def _end_of(rrule: str, dtstart: str, timezone: str) -> date | None:
    """The last day of a rule as it is written down; None without an end, or when it is broken."""
    zone, start = zone_named(timezone), parse_local(dtstart)
    try:
        return last_day_of(parse_rule(rrule), zone=zone, dtstart=start)
    except RuleError:
        return None


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
    """Those that are active, paused today, ending, ended, wait, or could not be made; all for anything
    else. As `status_of` says it: who has passed the end has ended, marked so or not."""
    paused = Q(pauses__from_day__lte=today) & (
        Q(pauses__to_day=None) | Q(pauses__to_day__gte=today)
    )
    last = RuleVersion.objects.filter(standing_order=OuterRef("pk")).order_by("-number")
    orders = orders.annotate(
        last_day=Coalesce(
            Func(
                Subquery(last.values("rrule")[:1]),
                Value(r"UNTIL=(\d{8})"),
                function="substring",
                output_field=CharField(),
            ),
            Value(_NEVER),
        )
    )
    counted = _counted_ends(orders)
    ends_by_count = Q(pk__in=counted)
    over = Q(last_day__lt=f"{today:%Y%m%d}") | Q(
        pk__in=[pk for pk, last_day in counted.items() if last_day < today]
    )
    over |= Q(buyer__archived_at__isnull=False)
    ended = ~Q(state=StandingOrder.State.ACTIVE) | over
    active = orders.filter(state=StandingOrder.State.ACTIVE).exclude(over)
    if state == "paused":
        return active.filter(paused).distinct()
    if state in ("active", "ending"):
        running = active.exclude(pk__in=active.filter(paused).values("pk"))
        return (
            running.filter(Q(last_day__lt=_NEVER) | ends_by_count)
            if state == "ending"
            else running.filter(last_day=_NEVER).exclude(ends_by_count)
        )
    if state == "ended":
        return orders.filter(ended)
    if state == "held":
        return orders.filter(Exists(_waiting()))
    if state == "failed":
        coming = Occurrence.objects.filter(state=Occurrence.State.FAILED)
        return orders.filter(pk__in=coming.values("standing_order"))
    return orders


def _counted_ends(orders: QuerySet[StandingOrder]) -> dict[int, date]:
    """The last days of those that end after so many dates, which SQL cannot count; few do."""
    last = RuleVersion.objects.filter(standing_order=OuterRef("pk")).order_by("-number")
    rules = (
        orders.filter(state=StandingOrder.State.ACTIVE)
        .annotate(
            last_rule=Subquery(last.values("rrule")[:1]),
            last_start=Subquery(last.values("dtstart")[:1]),
        )
        .filter(last_rule__contains="COUNT=")
        .order_by()
        .values_list("pk", "last_rule", "last_start", "timezone")
    )
    ends = {pk: _end_of(rrule, dtstart, timezone) for pk, rrule, dtstart, timezone in rules}
    return {pk: end for pk, end in ends.items() if end is not None}
