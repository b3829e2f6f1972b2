"""How far orders are made, for the status page."""

from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet

from recurring.models import GenerationRun, Occurrence, StandingOrder
from recurring.words import reason_words

LATE_AFTER = timedelta(hours=1)


def last_run() -> GenerationRun | None:
    """The last whole run that came to its end."""
    return (
        GenerationRun.objects.filter(standing_order=None, finished_at__isnull=False)
        .order_by("-started_at")
        .first()
    )


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
