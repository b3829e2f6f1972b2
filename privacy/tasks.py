"""Background work of privacy: every night, in each co-op."""

from django.utils import timezone

from coopcycle.celery import cooperative_task, public_task
from privacy import erasing, retention
from tenants.context import in_federation, run_in_each_cooperative
from tenants.models import Cooperative


@public_task
def erase_everywhere() -> None:
    """Started by beat: one task for each active co-op, and the federation's own mails."""
    run_in_each_cooperative(_start)
    with in_federation():
        retention.erase_old_mails(at=timezone.now())


def _start(_cooperative: Cooperative) -> None:
    erase_due_in_cooperative.delay()


@cooperative_task
def erase_due_in_cooperative() -> None:
    """What is due, and whom a restore that was cut off may have brought back."""
    erasing.erase_again()
    retention.erase_due(at=timezone.now())
