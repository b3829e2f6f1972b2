"""Files of standing orders that somebody brought, until they are made."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Business, User
from coopcycle.db.encrypted import EncryptedTextField
from coopcycle.tracking import tracked
from orders.models import Order


@tracked(ignored=("action_id",), personal=("file_name",))
class RuleImport(models.Model):
    """A file that was read once: looked at as often as wished, made once.

    The text is kept until then, so that what is made is what was shown.
    """

    class Source(models.TextChoices):
        CSV = "csv", _("Table")
        CALENDAR = "ics", _("Calendar")

    source = models.CharField(max_length=3, choices=Source)
    file_name = models.CharField(max_length=120, blank=True)
    text = EncryptedTextField(place="recurring_ruleimport.text")  # with "how to get in"
    # A calendar says when, not what: the business and the kind are chosen for all of its events.
    buyer = models.ForeignKey(Business, models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Order.Kind, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    made = models.PositiveIntegerField(default=0)  # so many standing orders
    action_id = models.UUIDField(unique=True, default=uuid.uuid4)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name or self.source
