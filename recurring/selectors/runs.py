"""How far orders are made, for the status page."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet

from coopcycle.words import filed
from recurring.alerts import LATE_AFTER
from recurring.calendars import terms_of
from recurring.models import GenerationRun, Occurrence, StandingOrder
from recurring.planning import with_contents
from recurring.rules import RuleError
from recurring.schedule import WorkCalendar, schedule
from recurring.words import reason_words
from tenants.models import Cooperative

State = Occurrence.State
AHEAD = timedelta(weeks=4)  # of which planned dates are counted
UNMADE_ROWS = 30


def last_run() -> GenerationRun | None:
    """The last whole run that came to its end."""
    return (
        GenerationRun.objects.whole()
        .filter(finished_at__isnull=False)
        .order_by("-started_at")
        .first()
    )


def late_since(cooperative: Cooperative, at: datetime) -> datetime | None:
    """Since when no run has come to its end, if that is longer than it should be; else None."""
    run = last_run()
    since = run.started_at if run else cooperative.created_at
    return since if since < at - LATE_AFTER else None


def counted(at: datetime) -> QuerySet[StandingOrder]:
    """Active standing orders with how many of their dates to come are made, skipped, broken, and
    how many were missed lately."""
    ahead = Q(occurrences__starts_at__gt=at)
    lately = Q(occurrences__starts_at__range=(at - AHEAD, at))

    def dates(when: Q, *states: str) -> Count:
        return Count("occurrences", filter=when & Q(occurrences__state__in=states))

    return with_contents(
        StandingOrder.objects.going_on()
        .order_by(filed("buyer__name"), filed("name"), "pk")
        .annotate(
            made=dates(ahead, State.GENERATED),
            skipped=dates(ahead, State.SKIPPED, State.CANCELLED),
            failed=dates(ahead, State.FAILED),
            missed=dates(lately, State.MISSED),
            held=dates(ahead, State.HELD),
            until=Max("occurrences__starts_at", filter=Q(occurrences__state=State.GENERATED)),
        )
    )


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A standing order with what is planned beyond what is made; None when its rule is broken."""

    order: StandingOrder
    planned: int | None


def rule_rows(
    orders: Iterable[StandingOrder], calendar: WorkCalendar, run: GenerationRun | None, today: date
) -> list[RuleRow]:
    """Adds the dates of the next four weeks that generation comes to later."""
    first = run.through + timedelta(days=1) if run else today
    return [RuleRow(order, _planned(order, calendar, first, today + AHEAD)) for order in orders]


def _planned(order: StandingOrder, calendar: WorkCalendar, first: date, last: date) -> int | None:
    try:
        dates = schedule(terms_of(order), calendar, first, last)
    except RuleError:
        return None
    return sum(not planned.is_skipped for planned in dates)


def unmade(at: datetime, *states: str) -> list[tuple[Occurrence, str]]:
    """Dates of the last two and the coming weeks in these states, with the reason in words."""
    rows = (
        Occurrence.objects.filter(
            state__in=states, starts_at__range=(at - timedelta(days=14), at + timedelta(days=90))
        )
        .select_related("standing_order__buyer")
        .order_by("starts_at", "pk")[:UNMADE_ROWS]
    )
    return [(row, reason_words(row.reason, row.detail)) for row in rows]


def totals(at: datetime) -> Counter[str]:
    """How many dates to come stand in each state."""
    coming = Occurrence.objects.filter(starts_at__gt=at).order_by()
    return Counter(dict(coming.values_list("state").annotate(Count("pk"))))


def recent_runs() -> list[GenerationRun]:
    """The last runs over all standing orders."""
    return list(GenerationRun.objects.whole().order_by("-started_at")[:12])
