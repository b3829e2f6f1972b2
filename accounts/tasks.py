"""Background work of people, their doors and their mails."""

from django.utils import timezone

from accounts import limits
from accounts.outbox_alerts import watch_everywhere
from accounts.sessions.services import erase_over
from coopcycle.celery import public_task
from tenants.context import in_federation, run_in_each_cooperative
from tenants.models import Cooperative


@public_task
def watch_outboxes() -> None:
    """Started by beat: does what we have to say leave the house?"""
    watch_everywhere(at=timezone.now())


@public_task
def sweep_everywhere() -> None:
    """Started by beat every night: delete what counts for nothing any more."""
    with in_federation():
        _sweep(None)
    run_in_each_cooperative(_sweep)


def _sweep(_cooperative: Cooperative | None) -> None:
    now = timezone.now()
    limits.erase_empty(at=now)
    erase_over(at=now)
