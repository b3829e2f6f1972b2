"""The outbox, and the keys that encrypt what must not be read in the database."""

from typing import ClassVar

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
        DROPPED = "dropped", _("Not wanted any more")

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


class DataKey(models.Model):
    """A key of this schema, wrapped by the installation's master key (coopcycle/db/keys.py).

    New values take the one with the highest number. A retired one is there for those who read,
    until nothing needs it any more.
    """

    number = models.PositiveIntegerField(unique=True)
    scope = models.CharField(max_length=63)  # bound into its values: the schema at its birth
    wrapped = models.CharField(max_length=100)
    master = models.CharField(max_length=16)  # the name of the master key that wrapped it
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]

    def __str__(self) -> str:
        return str(self.number)

    def binding(self, schema: str) -> bytes:
        """What ties the row to its schema: copied into another one it opens nothing."""
        return f"{schema}\0{self.number}\0{self.scope}".encode()
