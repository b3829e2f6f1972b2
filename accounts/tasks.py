"""Background work of people and their doors."""

from django.utils import timezone

from accounts import limits
from coopcycle.celery import public_task
from tenants.context import in_federation, run_in_each_cooperative
from tenants.models import Cooperative


@public_task
def sweep_everywhere() -> None:
    """Started by beat every night: delete what counts for nothing any more."""
    with in_federation():
        _sweep(None)
    run_in_each_cooperative(_sweep)


def _sweep(_cooperative: Cooperative | None) -> None:
    limits.erase_empty(at=timezone.now())
