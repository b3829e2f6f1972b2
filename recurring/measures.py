"""What `/metrics` tells of standing orders: how far they are made, and what is late or broken."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from coopcycle import metrics
from recurring.models import Occurrence
from recurring.selectors import runs
from tenants.models import Cooperative


def register() -> None:
    """Called once, when the app is ready."""
    metrics.gauge(
        "generation_until_seconds", "Until when orders are made (Unix time)", _generated_until
    )
    metrics.gauge(
        "generation_age_seconds", "Since the last whole run came to its end", _since_last_run
    )
    metrics.gauge("generation_late", "1 when no run came to its end for an hour", _is_late)
    metrics.gauge("generation_failures", "Coming dates without an order after a fault", _failures)
    metrics.gauge("generation_held", "Coming dates that wait for a producer's decision", _held)
    metrics.gauge("generation_untold", "Dates of which nobody was told yet", _untold)


def _generated_until(cooperative: Cooperative) -> float | None:
    run = runs.last_run()
    if run is None:
        return None
    after = datetime.combine(run.through + timedelta(days=1), time.min, cooperative.zone)
    return after.timestamp()


def _since_last_run(cooperative: Cooperative) -> float:
    run = runs.last_run()
    since = run.started_at if run else cooperative.created_at
    return (timezone.now() - since).total_seconds()


def _is_late(cooperative: Cooperative) -> int:
    return int(runs.late_since(cooperative, timezone.now()) is not None)


def _failures(_cooperative: Cooperative) -> int:
    coming = Occurrence.objects.filter(starts_at__gt=timezone.now())
    return coming.filter(state=Occurrence.State.FAILED).count()


def _held(_cooperative: Cooperative) -> int:
    return Occurrence.objects.filter(state=Occurrence.State.HELD).count()


def _untold(_cooperative: Cooperative) -> int:
    return Occurrence.objects.exclude(news="").count()
