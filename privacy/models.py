"""What was erased, whose data must stay erased, and files made to be taken away."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ErasureRun(models.Model):
    """One night's erasing: how many rows of each kind of the register."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    counts = models.JSONField(default=dict)  # holding's name → rows

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.started_at:%F %R}"

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Erasure(models.Model):
    """Somebody's data was erased because they wished it. Append-only, and itself tells no name.

    After a restore it is done again: an old backup brings nobody back.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("Account")
        DELIVERY = "delivery", _("Recipient of a delivery")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=10, choices=Kind)
    object_id = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    by_id = models.BigIntegerField()  # who did it; no foreign key: it outlives them

    class Meta:
        ordering: ClassVar[list[str]] = ["at"]
        constraints = [
            models.UniqueConstraint(name="erased_once", fields=["kind", "object_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class Export(models.Model):
    """A file that somebody asked for: their own data, or their whole co-op's. Made by a worker."""

    class Kind(models.TextChoices):
        PERSON = "person", _("Your data")
        COOPERATIVE = "cooperative", _("All data of the co-op")

    kind = models.CharField(max_length=12, choices=Kind)
    user = models.ForeignKey(User, models.CASCADE, related_name="exports")
    requested_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    file = models.FileField(upload_to="exports/", blank=True)
    action_id = models.UUIDField(unique=True, default=uuid.uuid4)

    class Meta:
        ordering: ClassVar[list[str]] = ["-requested_at"]
        constraints = [
            models.CheckConstraint(
                name="export_ready_has_file", condition=Q(ready_at=None) | ~Q(file="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id}"
