"""Standing orders: a rule that comes back, its exceptions, and what it has made.

The model follows the field's practice: an occurrence is named for ever by its *original start*, the
local wall-clock time the rule gave it, even when it is moved. `UNIQUE(standing_order,
original_start)` is what makes generation happen once."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Address, Business, User
from dispatch.models import Courier
from orders.models import Order, Product
from recurring.feeds.models import CalendarFeed as CalendarFeed  # Django finds models from here


class StandingOrder(models.Model):
    """What a business wants again and again. Everything that may change by date is in its versions."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        ENDED = "ended", _("Ended")

    buyer = models.ForeignKey(Business, models.PROTECT, related_name="standing_orders")
    kind = models.CharField(max_length=10, choices=Order.Kind)
    name = models.CharField(_("name"), max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    timezone = models.CharField(max_length=40)  # the rule lives on this wall clock
    usual_courier = models.ForeignKey(Courier, models.PROTECT, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # counts every change; a stale edit gets 409
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    action_id = models.UUIDField(unique=True, default=uuid.uuid4)

    class Meta:
        ordering: ClassVar[list[str]] = ["buyer__name", "name", "pk"]

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """The rule and its contents from one original start on, until the next version begins.

    `rrule` is an RFC 5545 rule on the wall clock of the standing order; `dtstart` anchors it. The
    window opens at dtstart's time and lasts `window_minutes`. The pickup opens
    `pickup_lead_minutes` before the drop-off's window, which may be the evening before.
    """

    class HolidayPolicy(models.TextChoices):
        SKIP = "skip", _("do not deliver")
        BEFORE = "before", _("deliver the working day before")
        AFTER = "after", _("deliver the working day after")
        KEEP = "keep", _("deliver all the same")

    class PricePolicy(models.TextChoices):
        LIVE = "live", _("price of each day")
        FIXED = "fixed", _("agreed price")

    standing_order = models.ForeignKey(StandingOrder, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    valid_from = models.CharField(
        max_length=19, blank=True
    )  # first original start it governs; empty: from the beginning
    dtstart = models.CharField(max_length=19)  # naive local ISO: 2026-11-24T06:30:00
    rrule = models.CharField(max_length=300)  # canonical, without "RRULE:"
    window_minutes = models.PositiveIntegerField(default=90)
    pickup_lead_minutes = models.PositiveIntegerField(default=60)
    pickup_minutes = models.PositiveIntegerField(default=60)  # length of the pickup's window
    holiday_policy = models.CharField(
        max_length=10, choices=HolidayPolicy, default=HolidayPolicy.SKIP
    )
    price_policy = models.CharField(max_length=10, choices=PricePolicy, default=PricePolicy.LIVE)
    note = models.CharField(_("for the courier"), max_length=300, blank=True)
    producer_notes = models.JSONField(default=dict)  # producer id → note
    # A parcel's own fields (kind delivery); empty for goods.
    recipient = models.CharField(max_length=120, blank=True)
    recipient_phone = models.CharField(max_length=30, blank=True)
    recipient_address = models.ForeignKey(Address, models.PROTECT, null=True, blank=True)
    load = models.CharField(max_length=120, blank=True)
    weight_grams = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["standing_order", "number"]
        constraints = [
            models.UniqueConstraint(
                name="version_number_once", fields=["standing_order", "number"]
            ),
            models.CheckConstraint(
                name="version_window_within_a_day", condition=Q(window_minutes__range=(15, 1440))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} v{self.number}"


class RuleLine(models.Model):
    """One product that each occurrence orders."""

    version = models.ForeignKey(RuleVersion, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=9, decimal_places=3)
    fixed_price_minor = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.UniqueConstraint(name="rule_line_once_a_product", fields=["version", "product"]),
            models.CheckConstraint(name="rule_line_something", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.product_id}"


class Pause(models.Model):
    """Whole local days without deliveries, both ends included; open without `to_day`."""

    standing_order = models.ForeignKey(StandingOrder, models.CASCADE, related_name="pauses")
    from_day = models.DateField(_("from"))
    to_day = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["from_day"]
        constraints = [
            models.CheckConstraint(
                name="pause_ordered",
                condition=Q(to_day=None) | Q(to_day__gte=F("from_day")),
                violation_error_message=_("The pause must end on or after the day it begins."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.from_day}"


class Added(models.Model):
    """A date by hand that the rule would not give (RDATE)."""

    standing_order = models.ForeignKey(StandingOrder, models.CASCADE, related_name="additions")
    start = models.CharField(max_length=19)  # naive local ISO

    class Meta:
        constraints = [
            models.UniqueConstraint(name="added_once", fields=["standing_order", "start"])
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.start}"


class Override(models.Model):
    """What a hand decided for one occurrence: cancel it, move it, or change what it brings."""

    class Action(models.TextChoices):
        CANCEL = "cancel", _("Skipped")
        MOVE = "move", _("Moved")
        CHANGE = "change", _("Changed")

    standing_order = models.ForeignKey(StandingOrder, models.CASCADE, related_name="overrides")
    original_start = models.CharField(max_length=19)  # naive local ISO: the occurrence's name
    action = models.CharField(max_length=10, choices=Action)
    new_start = models.CharField(max_length=19, blank=True)
    lines = models.JSONField(default=list)  # [[product_id, "quantity"], …] for a change
    note = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="override_once", fields=["standing_order", "original_start"]
            ),
            models.CheckConstraint(
                name="override_move_says_where", condition=~Q(action="move") | ~Q(new_start="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.original_start} {self.action}"


class Occurrence(models.Model):
    """One date of a standing order that generation has dealt with, and how.

    The unique pair is the exactly-once key: the row is inserted first, its order only if the row
    was new, in the same transaction.
    """

    class State(models.TextChoices):
        CLAIMED = (
            "claimed",
            _("Being generated"),
        )  # only inside the transaction that makes the order
        GENERATED = "generated", _("Generated")
        SKIPPED = "skipped", _("Skipped")
        CANCELLED = "cancelled", _("Cancelled")
        MISSED = "missed", _("Missed")
        FAILED = "failed", _("Failed")

    class News(models.TextChoices):
        """Whether those concerned are still to be told of it, by the next run's messages."""

        NEW = "new", _("Not told of yet")
        CHANGED = "changed", _("Changed since")

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
    generated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["starts_at"]
        indexes = [
            models.Index(name="occurrence_by_start", fields=["starts_at"]),
            models.Index(name="occurrence_with_news", fields=["id"], condition=~Q(news="")),
        ]
        constraints = [
            models.UniqueConstraint(
                name="occurrence_once", fields=["standing_order", "original_start"]
            ),
            models.CheckConstraint(
                name="occurrence_generated_has_order",
                condition=~Q(state="generated") | Q(order__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.original_start}"


class HolidayDay(models.Model):
    """A day the co-op keeps as a holiday. Its own copy: a library's update moves no order."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=120)
    is_local = models.BooleanField(default=False)  # added by the co-op

    class Meta:
        ordering: ClassVar[list[str]] = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class GenerationRun(models.Model):
    """One run of the generator: how far the co-op is generated, and what the run did."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    through = models.DateField()  # generated until this local day, included
    standing_order = models.ForeignKey(
        StandingOrder, models.CASCADE, null=True, blank=True, related_name="runs"
    )  # a run for one after an edit; empty: for all of them
    generated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.started_at:%F %R}"
