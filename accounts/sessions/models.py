"""One row for each browser that has been here."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Session(models.Model):
    """A browser's session. Of its key only a hash is kept: a stolen table opens nothing."""

    key_hash = models.CharField(max_length=64, primary_key=True)
    handle = models.UUIDField(unique=True, default=uuid.uuid4)  # names it on pages
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions"
    )
    values = models.TextField()  # signed, as Django writes them
    device = models.CharField(max_length=80, blank=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # to within a few minutes
    idle = models.DurationField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="session_ends_after_it_opens", condition=Q(ends_at__gt=F("opened_at"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.device}"

    def is_over(self, at: datetime) -> bool:
        """Not used for too long, or open for too long."""
        return at >= self.ends_at or at >= self.seen_at + self.idle
