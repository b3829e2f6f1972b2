"""What was done to a standing order, for its history."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coopcycle.db.encrypted import EncryptedJSONField
from recurring.models.standing import StandingOrder


class StandingOrderEvent(models.Model):
    """One act of a person on a standing order. Append-only.

    `changes` holds what differs, as plain values: [{"what": "lines", "before": …, "after": …}, …],
    put in words by recurring/history.py, and encrypted: a note among them may hold a door code.
    `counts` says what the act did to dates.
    """

    class Kind(models.TextChoices):
        CREATED = "created", _("Made")
        EDITED = "edited", _("Changed")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Resumed")
        PAUSE_TAKEN_BACK = "pause_undone", _("Pause taken back")
        ENDED = "ended", _("End set")
        DATE_SKIPPED = "date_skipped", _("Date skipped")
        DATE_MOVED = "date_moved", _("Date moved")
        DATE_CHANGED = "date_changed", _("Date changed")
        DATE_RESTORED = "date_restored", _("Date back to the rule")
        DATE_ADDED = "date_added", _("Date added")
        PART_PAUSED = "part_paused", _("A producer's part paused")
        PART_RESUMED = "part_resumed", _("A producer's part resumed")
        REZONED = "rezoned", _("Time zone changed")
        LAW = "law", _("Clock changes altered by law")
        STOCK_DECIDED = "stock_decided", _("Decided what comes of too little")

    standing_order = models.ForeignKey(StandingOrder, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=14, choices=Kind)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    original_start = models.CharField(max_length=19, blank=True)  # when it was about one date
    changes = EncryptedJSONField(default=list, place="recurring_standingorderevent.changes")
    counts = models.JSONField(default=dict)  # {"updated": 2, "cancelled": 1, …}

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.kind}"
