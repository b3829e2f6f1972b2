"""The calendar of a standing order: what is planned, and over it what generation has done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from coopcycle.dates import format_clock
from coopcycle.money import format_money
from recurring.calendars import work_calendar
from recurring.models import Occurrence, StandingOrder
from recurring.schedule import Planned, Reason, Terms, WorkCalendar, schedule
from recurring.words import reason_words
from tenants.models import Cooperative

WEEKS = 8
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
