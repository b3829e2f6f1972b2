"""The federation's own background work."""

from django.utils import timezone

from coopcycle.celery import public_task
from tenants.context import active_cooperatives
from tenants.proving.services import prove_isolation


@public_task
def prove_isolation_nightly() -> None:
    """Started by beat: the wall is tried where it stands, not only in tests."""
    cooperatives = active_cooperatives()
    if len(cooperatives) > 1:
        prove_isolation(cooperatives, at=timezone.now())
