"""The dates to come of some standing orders, as their rules say at one moment: compared before and
after an act."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from recurring.calendars import work_calendar
from recurring.models import Occurrence, StandingOrder
from recurring.planning import Candidate, candidates_of, with_contents
from recurring.rules import RuleError
from recurring.schedule import SEARCH_DAYS, WorkCalendar
from recurring.storage import Key
from tenants.models import Cooperative

State = Occurrence.State
LOOK_AHEAD = timedelta(weeks=12)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The dates to come of some standing orders, as their rules say at one moment."""

    dates: Mapping[Key, Candidate]

    @property
    def days(self) -> Counter[tuple[int, date]]:
        """How many deliveries each standing order has on each day."""
        coming = (c for c in self.dates.values() if c.state == State.GENERATED)
        return Counter(day_of(candidate) for candidate in coming)


def day_of(candidate: Candidate) -> tuple[int, date]:
    """Its standing order, and the day on which it comes."""
    return candidate.order.pk, candidate.planned.start.date()


def outlook_of(
    ids: Sequence[int], cooperative: Cooperative, *, at: datetime
) -> tuple[list[StandingOrder], Outlook]:
    """Standing orders with their contents, and all dates that an act can touch.

    One whose rule is broken has no dates that anybody knows: it is left out, so that it does not
    stop what is done to the others.
    """
    orders = with_contents(StandingOrder.objects.filter(pk__in=ids).order_by("pk"))
    today = at.astimezone(cooperative.zone).date()
    last = max([today + LOOK_AHEAD, *_days_made(ids, cooperative, at)])
    calendar = work_calendar(
        cooperative,
        today - timedelta(days=2 * SEARCH_DAYS),
        last + timedelta(days=2 * SEARCH_DAYS),
    )
    readable: list[StandingOrder] = []
    dates: dict[Key, Candidate] = {}
    for order in orders:
        try:
            dates |= _dates_of(order, calendar, at=at, last=last)
        except RuleError:
            continue  # generation tells of it
        readable.append(order)
    return readable, Outlook(dates)


def _dates_of(
    order: StandingOrder, calendar: WorkCalendar, *, at: datetime, last: date
) -> dict[Key, Candidate]:
    if order.state != StandingOrder.State.ACTIVE:
        return {}
    found = candidates_of(order, calendar, since=at, at=at, through=last)
    return {candidate.key: candidate for candidate in found if candidate.planned.at > at}


def _days_made(ids: Sequence[int], cooperative: Cooperative, at: datetime) -> list[date]:
    last = (
        Occurrence.objects.filter(standing_order__in=ids, order__isnull=False, starts_at__gt=at)
        .order_by("-starts_at")
        .values_list("starts_at", flat=True)
        .first()
    )
    return [last.astimezone(cooperative.zone).date()] if last else []
