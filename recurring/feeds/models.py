"""Calendar feeds: secret addresses under which calendar programs read a business's dates."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Business, User
from coopcycle.tracking import tracked


@tracked(
    parent="business",
    secret=("secret_hash",),
    ignored=("last_read_at", "action_id"),
    personal=("name",),
)
class CalendarFeed(models.Model):
    """One secret address, made for one device or program. Only the hash of its secret is kept.

    It shows what its maker may see: when they leave the business, it is closed with them.
    """

    class Content(models.TextChoices):
        RECEIVES = "receives", _("What we order and send")
        PREPARES = "prepares", _("What we prepare")

    business = models.ForeignKey(Business, models.CASCADE, related_name="calendar_feeds")
    content = models.CharField(_("content"), max_length=10, choices=Content)
    name = models.CharField(_("name"), max_length=80)
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    renewed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)  # by a program, to the hour
    action_id = models.UUIDField(unique=True, default=uuid.uuid4)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        indexes = [models.Index(name="feed_by_business", fields=["business", "revoked_at"])]

    def __str__(self) -> str:
        return self.name
