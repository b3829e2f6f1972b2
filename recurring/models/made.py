"""What generation has dealt with, and the days on which the co-op does not ride."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coopcycle.tracking import tracked
from orders.models import Order
from recurring.models.standing import RuleVersion, StandingOrder


@tracked(parent="standing_order", ignored=("news", "told_prices"), personal=("detail",), many=True)
class Occurrence(models.Model):
    """One date of a standing order that generation has dealt with, and how.

    The unique pair is the exactly-once key: the row is inserted first, its order only if the row
    was new, in the same transaction.
    """

    class State(models.TextChoices):
        GENERATED = "generated", _("Generated")
        SKIPPED = "skipped", _("Skipped")
        CANCELLED = "cancelled", _("Cancelled")
        MISSED = "missed", _("Missed")
        FAILED = "failed", _("Failed")
        HELD = "held", _("Waiting")  # too little is left, and its producer is to say what comes

    class News(models.TextChoices):
        """Whether those concerned are still to be told of it, by the next run's messages."""

        NEW = "new", _("Not told of yet")
        CHANGED = "changed", _("Changed since")
        REPRICED = "repriced", _("Its prices moved")

    standing_order = models.ForeignKey(StandingOrder, models.PROTECT, related_name="occurrences")
    original_start = models.CharField(max_length=19)  # naive local ISO
    starts_at = models.DateTimeField()
    version = models.ForeignKey(RuleVersion, models.PROTECT)
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(
        max_length=200, blank=True
    )  # a code of recurring/words.py, or an error
    detail = models.CharField(max_length=120, blank=True)  # the holiday's name, the pause's reason
    left_out = models.JSONField(default=list)  # [{"name": "Chard", "reason": "gone"}, …]
    order = models.OneToOneField(
        Order, models.PROTECT, null=True, blank=True, related_name="occurrence"
    )
    news = models.CharField(max_length=8, choices=News, blank=True)
    is_kept = models.BooleanField(
        default=False, db_default=False
    )  # its order stays, as wished, though off the rule
    # The clock on which its order was promised, when the co-op has moved to another one since.
    promised_timezone = models.CharField(max_length=40, blank=True, default="", db_default="")
    # What `starts_at` was read off, naive local ISO: the law may give it another instant one day.
    wall_start = models.CharField(max_length=19, blank=True, default="", db_default="")
    # What its buyer was last told, while its order asks for other prices: {"lines": {"7": 320}, …}.
    told_prices = models.JSONField(
        default=dict, blank=True, db_default=Value({}, models.JSONField())
    )
    waits_until = models.DateTimeField(null=True, blank=True)  # held: its first list closes then
    generated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["starts_at"]
        indexes = [
            models.Index(name="occurrence_by_start", fields=["starts_at"]),
            models.Index(name="occurrence_with_news", fields=["id"], condition=~Q(news="")),
            models.Index(name="occurrence_held", fields=["waits_until"], condition=Q(state="held")),
        ]
        constraints = [
            models.UniqueConstraint(
                name="occurrence_once", fields=["standing_order", "original_start"]
            ),
            models.CheckConstraint(
                name="occurrence_generated_has_order",
                condition=~Q(state="generated") | Q(order__isnull=False),
            ),
            models.CheckConstraint(
                name="occurrence_held_waits_without_order",
                condition=Q(state="held", waits_until__isnull=False, order=None)
                | (~Q(state="held") & Q(waits_until=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.original_start}"


@tracked()
class HolidayDay(models.Model):
    """A day the co-op keeps as a holiday. Its own copy: a library's update moves no order."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=120)
    is_local = models.BooleanField(default=False)  # the co-op's own; no library speaks of it
    is_worked = models.BooleanField(default=False)  # a holiday on which the co-op rides

    class Meta:
        ordering: ClassVar[list[str]] = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class SettledWeek(models.Model):
    """The weekdays by which made orders stand where they are; the one row of its table.

    Settings are a row of another login, so changing them is a transaction of its own. What is to be
    settled after it is read off the difference, by whoever comes next.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    weekdays = models.JSONField()  # ISO
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(name="settled_week_is_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.weekdays)


class GenerationRunQuerySet(models.QuerySet["GenerationRun"]):
    def whole(self) -> Self:
        """Over all standing orders. Before there was `is_whole`, a run for some bore the first."""
        return self.filter(is_whole=True, standing_order=None)


class GenerationRun(models.Model):
    """One run of the generator: how far the co-op is generated, and what the run did."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    through = models.DateField()  # generated until this local day, included
    # Only a run over all standing orders says how far the co-op is generated; others follow edits.
    is_whole = models.BooleanField(default=True, db_default=True)
    standing_order = models.ForeignKey(
        StandingOrder, models.CASCADE, null=True, blank=True, related_name="runs"
    )  # the one it was for; empty: several, or all
    generated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0, db_default=0)
    repriced = models.PositiveIntegerField(default=0, db_default=0)
    error = models.CharField(max_length=300, blank=True)

    objects = GenerationRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.started_at:%F %R}"

    @property
    def is_idle(self) -> bool:
        """Whether it found nothing to do."""
        done = (self.generated, self.skipped, self.missed, self.failed, self.held, self.repriced)
        return not any(done)
