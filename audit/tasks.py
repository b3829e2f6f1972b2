"""The chain's background work."""

import logging

from django.utils import timezone

from audit.alarms import verify_everything
from audit.pruning import prune_all
from audit.sealing import seal_all
from coopcycle.celery import public_task

logger = logging.getLogger(__name__)


@public_task
def seal_everywhere() -> None:
    """Link what was written since the last time; a lost tick costs only time."""
    seal_all(at=timezone.now())


@public_task
def verify_nightly() -> None:
    """Look whether every trail is whole, and tell people where one is not.

    Sealed first: after a day without power nothing is wrong. What cannot be sealed is told.
    """
    try:
        seal_all(at=timezone.now())
    except ExceptionGroup:
        logger.exception("Some trails could not be sealed before the look at them.")
    verify_everything(at=timezone.now())


@public_task
def prune_nightly() -> None:
    """Remove what is past its time; a lost tick costs only time."""
    prune_all(at=timezone.now())
