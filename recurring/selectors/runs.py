"""How far orders are made, for the status page."""

from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet

from recurring.alerts import LATE_AFTER
from recurring.models import GenerationRun, Occurrence, StandingOrder
from recurring.words import reason_words
from tenants.models import Cooperative


def last_run() -> GenerationRun | None:
    """The last whole run that came to its end."""
    return (
        GenerationRun.objects.filter(standing_order=None, finished_at__isnull=False)
        .order_by("-started_at")
        .first()
    )


def late_since(cooperative: Cooperative, at: datetime) -> datetime | None:
    """Since when no run has come to its end, if that is longer than it should be; else None."""
    run = last_run()
    since = run.started_at if run else cooperative.created_at
    return since if since < at - LATE_AFTER else None


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
