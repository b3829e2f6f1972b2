"""The outbox: what must happen outside of the transaction that wrote it."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """One thing to do in the world (a mail, later a push or a webhook), written with its reason.

    `key` makes it happen once: the same key is put once, and is passed on to the receiver, who
    can drop the repetition of a call whose answer was lost.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # WAITING: not before; SENDING: the lease, after which the sender counts as dead.
    next_attempt_at = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # Whose request wrote it (coopcycle/current.py). The database's own default: the version before
    # this column still writes rows while the new one starts.
    request_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    actor_id = models.BigIntegerField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="outbox_sent_has_time",
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
            )
        ]
        indexes = [
            models.Index(
                name="outbox_due",
                fields=["next_attempt_at", "id"],
                condition=Q(state__in=["waiting", "sending"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
