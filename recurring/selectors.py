"""What the screens of standing orders read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import cast

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from coopcycle.dates import format_clock
from coopcycle.money import format_money
from recurring.calendars import governing_versions, terms_of, work_calendar
from recurring.models import GenerationRun, Occurrence, StandingOrder
from recurring.planning import with_contents
from recurring.rules import parse_rule
from recurring.schedule import Planned, Reason, Terms, WorkCalendar, schedule
from recurring.sentences import how_often
from recurring.words import reason_words
from tenants.models import Cooperative

WEEKS = 8
LOOK_AHEAD = timedelta(days=60)
_LOOKS = {
    Reason.RULE: "planned",
    Reason.ADDED: "added",
    Reason.MOVED: "moved",
    Reason.CHANGED: "changed",
    Reason.HOLIDAY_BEFORE: "moved",
    Reason.HOLIDAY_AFTER: "moved",
    Reason.SKIPPED: "skipped",
    Reason.PAUSED: "paused",
    Reason.HOLIDAY: "holiday",
    Reason.COLLISION: "skipped",
    Reason.NO_WORKING_DAY: "skipped",
}
_OFF = {"skipped", "holiday", "paused", "cancelled", "missed"}


@dataclass(frozen=True, slots=True)
class Day:
    """One date of the calendar: how it stands and why."""

    original: str
    start: datetime  # wall clock
    look: str
    words: str = ""
    order_id: int | None = None
    is_open: bool = False

    @property
    def kind(self) -> str:
        """For the calendar's drawing."""
        if self.look in _OFF:
            return "off"
        if self.look in ("changed", "moved", "added"):
            return "changed"
        return "made" if self.look == "generated" else "planned"

    @property
    def is_skipped_by_hand(self) -> bool:
        return self.look in ("skipped", "cancelled")

    @property
    def day(self) -> date:
        return self.start.date()


@dataclass(slots=True)
class Week:
    """One row of the calendar."""

    monday: date
    days: list[Day] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)


def weeks_of(
    terms: Terms, calendar: WorkCalendar, occurrences: Sequence[Occurrence], *, at: datetime
) -> list[Week]:
    """The next eight weeks: what is planned, and over it what generation has done."""
    today = at.astimezone(terms.zone).date()
    monday = today - timedelta(days=today.weekday())
    last = monday + timedelta(days=7 * WEEKS - 1)
    known = {occurrence.original_start: occurrence for occurrence in occurrences}
    days = [
        _day(planned, known.pop(planned.original.isoformat(), None), at)
        for planned in schedule(terms, calendar, monday, last)
    ]
    days += [_made_by_an_older_rule(o, terms, at) for o in known.values() if o.order_id]
    weeks = [Week(monday + timedelta(days=7 * n)) for n in range(WEEKS)]
    for day in sorted(days, key=lambda day: day.start):
        number = (day.day - monday).days // 7
        if 0 <= number < WEEKS and (day.day >= today or day.order_id):
            weeks[number].days.append(day)
    return weeks


def occurrences_shown(order: StandingOrder, *, at: datetime) -> list[Occurrence]:
    """Rows of the weeks that the calendar shows."""
    rows = order.occurrences.filter(
        starts_at__gte=at - timedelta(days=7), starts_at__lte=at + timedelta(days=7 * WEEKS + 1)
    )
    return list(rows.select_related("order"))


def calendar_for(cooperative: Cooperative, at: datetime) -> WorkCalendar:
    today = at.astimezone(cooperative.zone).date()
    return work_calendar(
        cooperative, today - timedelta(days=30), today + timedelta(days=7 * WEEKS + 30)
    )


def holidays_met(weeks: Sequence[Week], calendar: WorkCalendar) -> list[str]:
    """Names of the holidays on which nothing comes, in these weeks."""
    return [
        calendar.holidays[day.day]
        for week in weeks
        for day in week.days
        if day.look == "holiday" and day.day in calendar.holidays
    ]


def next_day(weeks: Sequence[Week], at: datetime, terms: Terms) -> date | None:
    """The next date that is delivered."""
    now = at.astimezone(terms.zone).replace(tzinfo=None)
    coming = (d.day for w in weeks for d in w.days if d.kind != "off" and d.start > now)
    return next(coming, None)


def find_day(weeks: Sequence[Week], original: str) -> Day | None:
    return next((d for week in weeks for d in week.days if d.original == original), None)


def _day(planned: Planned, made: Occurrence | None, at: datetime) -> Day:
    look, words = _LOOKS[planned.reason], ""
    if planned.is_skipped or planned.reason in (Reason.HOLIDAY_BEFORE, Reason.HOLIDAY_AFTER):
        words = planned.detail or reason_words(planned.reason)
    elif planned.reason == Reason.MOVED:
        words = format_clock(planned.start.time())
    if made is not None:
        look, words = _made_look(made, look, words)
    return Day(
        original=planned.original.isoformat(),
        start=planned.start,
        look=look,
        words=words,
        order_id=made.order_id if made else None,
        is_open=planned.at > at,
    )


def _made_look(made: Occurrence, look: str, words: str) -> tuple[str, str]:
    state = Occurrence.State
    if made.state == state.GENERATED and made.order is not None:
        if made.left_out:
            return "generated", ", ".join(
                f"{line['name']}: {reason_words(line['reason'])}" for line in made.left_out
            )
        if made.order.needs_price:
            return "generated", made.order.number
        return "generated", format_money(made.order.total_minor, made.order.currency)
    if made.state == state.SKIPPED and look != "planned":
        return look, words
    if made.state == state.CLAIMED:
        return look, words
    return str(made.state), reason_words(made.reason, made.detail)


def _made_by_an_older_rule(made: Occurrence, terms: Terms, at: datetime) -> Day:
    look, words = _made_look(made, "planned", "")
    local = made.starts_at.astimezone(terms.zone).replace(tzinfo=None)
    return Day(made.original_start, local, look, words, made.order_id, made.starts_at > at)


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


def last_run() -> GenerationRun | None:
    """The last whole run that came to its end."""
    return (
        GenerationRun.objects.filter(standing_order=None, finished_at__isnull=False)
        .order_by("-started_at")
        .first()
    )


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


LATE_AFTER = timedelta(hours=1)


def is_late(at: datetime) -> bool:
    """Whether the generator, which beat starts every few minutes, has not come for an hour."""
    run = last_run()
    return run is None or run.started_at < at - LATE_AFTER


def totals_ahead(at: datetime) -> QuerySet[StandingOrder]:
    """Active standing orders with the number of dates to come that are made, skipped, not made."""
    ahead = Q(occurrences__starts_at__gt=at)

    def counted(*states: str) -> Count:
        return Count("occurrences", filter=ahead & Q(occurrences__state__in=states))

    return (
        StandingOrder.objects.filter(state=StandingOrder.State.ACTIVE)
        .select_related("buyer")
        .annotate(
            made=counted("generated"),
            skipped=counted("skipped", "cancelled"),
            failed=counted("failed"),
            until=Max("occurrences__starts_at", filter=Q(occurrences__state="generated")),
        )
    )


def unmade(at: datetime) -> list[tuple[Occurrence, str]]:
    """Dates of the last and the coming two weeks without an order, with the reason in words."""
    rows = (
        Occurrence.objects.exclude(state=Occurrence.State.GENERATED)
        .filter(starts_at__range=(at - timedelta(days=14), at + timedelta(days=30)))
        .select_related("standing_order__buyer")
        .order_by("-starts_at")[:60]
    )
    return [(row, reason_words(row.reason, row.detail)) for row in rows]


def recent_runs() -> list[GenerationRun]:
    """The last runs over all standing orders."""
    return list(GenerationRun.objects.filter(standing_order=None).order_by("-started_at")[:12])
