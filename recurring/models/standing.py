"""The standing order, and the versions of its rule."""

import uuid
from datetime import time, timedelta
from functools import lru_cache
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Address, Business, User
from coopcycle.db.encrypted import EncryptedJSONField, EncryptedTextField
from coopcycle.tracking import tracked
from dispatch.models import Courier, UsualTour
from orders.models import Order, Product

LOCAL = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"  # the wall clock: 2026-11-24T06:30:00


class StandingOrderQuerySet(models.QuerySet["StandingOrder"]):
    """Standing orders as they are asked for."""

    def going_on(self) -> Self:
        """Those that bring something: active, and of a business that is not in the archive."""
        return self.filter(state=StandingOrder.State.ACTIVE, buyer__archived_at=None)


@tracked(ignored=("version", "action_id"), personal=("name",))
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
    usual_courier = models.ForeignKey(
        Courier, models.PROTECT, null=True, blank=True, related_name="standing_orders"
    )
    usual_tour = models.ForeignKey(
        UsualTour, models.PROTECT, null=True, blank=True, related_name="standing_orders"
    )
    version = models.PositiveIntegerField(default=1)  # counts every change; a stale edit gets 409
    # When dates were last let in again. A producer's list that had closed by then stays closed.
    reopened_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    action_id = models.UUIDField(unique=True, default=uuid.uuid4)

    objects = StandingOrderQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["buyer__name", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="standing_order_one_usual_way",
                condition=Q(usual_courier=None) | Q(usual_tour=None),
                violation_error_message=_("Choose a usual courier or a usual tour, not both."),
            )
        ]

    def __str__(self) -> str:
        return self.name


@tracked(
    parent="standing_order",
    personal=("note", "producer_notes", "recipient", "recipient_phone", "load"),
)
class RuleVersion(models.Model):
    """The rule and its contents from one original start on, until the next version begins.

    `rrule` is an RFC 5545 rule on the wall clock of the standing order, anchored by `dtstart`, which
    opens at the first of the day's windows. Prices are those of each day, unless one was agreed: on
    a line for the goods, here for the carriage.
    """

    class HolidayPolicy(models.TextChoices):
        SKIP = "skip", _("do not deliver")
        BEFORE = "before", _("deliver the working day before")
        AFTER = "after", _("deliver the working day after")
        KEEP = "keep", _("deliver all the same")
        ASK = "ask", _("ask us each time")

    standing_order = models.ForeignKey(StandingOrder, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    valid_from = models.CharField(
        max_length=19, blank=True
    )  # first original start it governs; empty: from the beginning
    dtstart = models.CharField(max_length=19)  # naive local ISO: 2026-11-24T06:30:00
    rrule = models.CharField(max_length=300)  # canonical, without "RRULE:"
    holiday_policy = models.CharField(
        max_length=10, choices=HolidayPolicy, default=HolidayPolicy.SKIP
    )
    carriage_minor = models.PositiveIntegerField(_("agreed carriage"), null=True, blank=True)
    carriage_until = models.DateField(_("agreed until"), null=True, blank=True)  # included
    note = EncryptedTextField(
        _("for the courier"), max_length=300, blank=True, place="recurring_ruleversion.note"
    )
    producer_notes = EncryptedJSONField(  # producer id → note
        default=dict, place="recurring_ruleversion.producer_notes"
    )
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
                name="version_starts_on_the_wall_clock",
                condition=Q(dtstart__regex=LOCAL) & (Q(valid_from="") | Q(valid_from__regex=LOCAL)),
            ),
            models.CheckConstraint(
                name="version_carriage_agreed_until",
                condition=Q(carriage_until=None) | Q(carriage_minor__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} v{self.number}"


@tracked(parent="version")
class RuleWindow(models.Model):
    """One time of the day at which it comes, as wall-clock times, and when it is picked up.

    The pick-up opens at `pickup_opens`, `pickup_days_before` days earlier: in the evening for the
    next morning.
    """

    version = models.ForeignKey(RuleVersion, models.CASCADE, related_name="windows")
    opens = models.TimeField(_("not before"))
    minutes = models.PositiveSmallIntegerField(default=90)
    pickup_opens = models.TimeField(_("picked up from"))
    pickup_minutes = models.PositiveSmallIntegerField(default=60)
    pickup_days_before = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["opens"]
        constraints = [
            models.UniqueConstraint(name="window_opens_once", fields=["version", "opens"]),
            models.CheckConstraint(
                name="window_within_a_day",
                condition=Q(minutes__range=(15, 1440), pickup_minutes__range=(15, 1440)),
            ),
            models.CheckConstraint(
                name="window_picked_up_before",
                condition=Q(pickup_days_before__range=(1, 6))
                | Q(pickup_days_before=0, pickup_opens__lte=F("opens")),
                violation_error_message=_("It must be picked up before it is delivered."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}"

    @property
    def pickup_lead(self) -> timedelta:
        """From the opening of the pick-up to that of the window, on the wall clock."""
        return lead_between(self.pickup_days_before, self.pickup_opens, self.opens)


@lru_cache(maxsize=1024)  # many windows are picked up as early
def lead_between(days: int, pickup_opens: time, opens: time) -> timedelta:
    """How long before a window opens its pick-up does, so many days earlier; on the wall clock."""
    return timedelta(days=days) + _since_midnight(opens) - _since_midnight(pickup_opens)


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


@tracked(parent="version")
class RuleLine(models.Model):
    """One product that each occurrence orders, at the price of its day or at an agreed one.

    What cannot be had of it comes as its `substitute`, of the same producer and in the same unit, at
    the price of its day.
    """

    version = models.ForeignKey(RuleVersion, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=9, decimal_places=3)
    fixed_price_minor = models.PositiveIntegerField(_("agreed price"), null=True, blank=True)
    fixed_until = models.DateField(_("agreed until"), null=True, blank=True)  # included
    substitute = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.UniqueConstraint(name="rule_line_once_a_product", fields=["version", "product"]),
            models.CheckConstraint(name="rule_line_something", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="rule_line_price_agreed_until",
                condition=Q(fixed_until=None) | Q(fixed_price_minor__isnull=False),
            ),
            models.CheckConstraint(
                name="rule_line_substitute_is_another",
                condition=Q(substitute=None) | ~Q(substitute=F("product")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.product_id}"
