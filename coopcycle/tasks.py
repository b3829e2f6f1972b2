"""Background work of the platform itself."""

from coopcycle import outbox
from coopcycle.celery import cooperative_task, public_task
from coopcycle.mail import MAIL

# Importing mail registers its handler.
__all__ = ["MAIL", "send_federation_outbox", "send_outbox", "send_outbox_everywhere"]

# Then others get their turn: also when the other side lets each message wait until it times out.
BATCH, PATIENCE = 50, 5.0  # messages, seconds


@cooperative_task
def send_outbox() -> None:
    """Send what is due in this co-op; when there is more, come again after the others."""
    _send()


@public_task
def send_federation_outbox() -> None:
    """The same for what the federation itself has to say: its staff's mails."""
    _send()


def _send() -> None:
    outbox.awake()
    if outbox.send_due(limit=BATCH, seconds=PATIENCE) and outbox.count_due():
        outbox.wake_worker()


@public_task
def send_outbox_everywhere() -> None:
    """Wake all outboxes: catches what a lost message or a crash left behind."""
    from tenants.context import active_cooperatives, in_cooperative, in_federation

    with in_federation():
        outbox.wake_worker()
    for cooperative in active_cooperatives():
        with in_cooperative(cooperative):
            outbox.wake_worker()
