"""Background work of the platform itself."""

from coopcycle import outbox
from coopcycle.celery import cooperative_task, public_task
from coopcycle.mail import MAIL

# Importing mail registers its handler.
__all__ = ["MAIL", "send_federation_outbox", "send_outbox", "send_outbox_everywhere"]

BATCH = 50  # then others get their turn


@cooperative_task
def send_outbox() -> None:
    """Send what is due in this co-op; when there is more, come again."""
    if outbox.send_due(limit=BATCH) == BATCH:
        send_outbox.delay()


@public_task
def send_federation_outbox() -> None:
    """The same for what the federation itself has to say: its staff's mails."""
    if outbox.send_due(limit=BATCH) == BATCH:
        send_federation_outbox.delay()


@public_task
def send_outbox_everywhere() -> None:
    """Wake all outboxes: catches what a lost message or a crash left behind."""
    from tenants.context import active_cooperatives, in_cooperative

    send_federation_outbox.delay()
    for cooperative in active_cooperatives():
        with in_cooperative(cooperative):
            send_outbox.delay()
