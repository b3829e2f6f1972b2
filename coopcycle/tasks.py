"""Background work of the platform itself."""

from coopcycle import outbox
from coopcycle.celery import cooperative_task, public_task
from coopcycle.mail import MAIL

__all__ = ["MAIL", "send_outbox", "send_outbox_everywhere"]  # importing mail registers its handler

BATCH = 50  # then others get their turn


@cooperative_task
def send_outbox() -> None:
    """Send what is due in this co-op; when there is more, come again."""
    if outbox.send_due(limit=BATCH) == BATCH:
        send_outbox.delay()


@public_task
def send_outbox_everywhere() -> None:
    """Wake the outbox of each co-op: catches what a lost message or a crash left behind."""
    from tenants.context import active_cooperatives, in_cooperative

    for cooperative in active_cooperatives():
        with in_cooperative(cooperative):
            send_outbox.delay()
