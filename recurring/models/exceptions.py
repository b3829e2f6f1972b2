"""What people decided besides the rule: pauses, single dates, dates added by hand."""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Business, User
from coopcycle.db.encrypted import EncryptedTextField
from coopcycle.tracking import tracked
from orders.models import Product
from recurring.models.standing import LOCAL, StandingOrder

_PAUSE_ORDERED = Q(to_day=None) | Q(to_day__gte=F("from_day"))
_PAUSE_ORDERED_WORDS = _("The pause must end on or after the day it begins.")


@tracked(personal=("reason",))
class BulkPause(models.Model):
    """One act of the office that paused many standing orders, so that it can be undone as one."""

    from_day = models.DateField(_("from"))
    to_day = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="bulk_pause_ordered",
                condition=Q(to_day__gte=F("from_day")),
                violation_error_message=_PAUSE_ORDERED_WORDS,
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_day}–{self.to_day}"


@tracked(parent="standing_order", personal=("reason",))
class Pause(models.Model):
    """Whole local days without deliveries, both ends included; open without `to_day`."""

    standing_order = models.ForeignKey(StandingOrder, models.CASCADE, related_name="pauses")
    from_day = models.DateField(_("from"))
    to_day = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    bulk = models.ForeignKey(
        BulkPause, models.CASCADE, null=True, blank=True, related_name="pauses"
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["from_day"]
        constraints = [
            models.CheckConstraint(
                name="pause_ordered",
                condition=_PAUSE_ORDERED,
                violation_error_message=_PAUSE_ORDERED_WORDS,
            ),
            models.UniqueConstraint(name="bulk_pause_once", fields=["bulk", "standing_order"]),
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.from_day}"


@tracked(parent="standing_order", personal=("reason",))
class PartPause(models.Model):
    """A producer gives nothing to this one standing order for some days; the rest goes on.

    The days are those on which its goods would be picked up, both ends included.
    """

    standing_order = models.ForeignKey(StandingOrder, models.CASCADE, related_name="part_pauses")
    producer = models.ForeignKey(Business, models.PROTECT, related_name="+")
    from_day = models.DateField(_("from"))
    to_day = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["from_day"]
        constraints = [
            models.CheckConstraint(
                name="part_pause_ordered",
                condition=_PAUSE_ORDERED,
                violation_error_message=_PAUSE_ORDERED_WORDS,
            )
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.producer_id} {self.from_day}"


@tracked(parent="standing_order")
class Added(models.Model):
    """A date by hand that the rule would not give (RDATE), with the contents of its version.

    `by_office`: the office decided it, so that a producer's closed list does not stop it.
    """

    standing_order = models.ForeignKey(StandingOrder, models.CASCADE, related_name="additions")
    start = models.CharField(max_length=19)  # naive local ISO
    by_office = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["start"]
        constraints = [
            models.UniqueConstraint(name="added_once", fields=["standing_order", "start"]),
            models.CheckConstraint(name="added_on_the_wall_clock", condition=Q(start__regex=LOCAL)),
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.start}"


@tracked(parent="standing_order", personal=("load", "note"))
class Override(models.Model):
    """What a hand decided for one occurrence: cancel it, move it, or change what it brings.

    What is empty is as the rule says. A change may also move.
    """

    class Action(models.TextChoices):
        CANCEL = "cancel", _("Skipped")
        MOVE = "move", _("Moved")
        CHANGE = "change", _("Changed")

    standing_order = models.ForeignKey(StandingOrder, models.CASCADE, related_name="overrides")
    original_start = models.CharField(max_length=19)  # naive local ISO: the occurrence's name
    action = models.CharField(max_length=10, choices=Action)
    new_start = models.CharField(max_length=19, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)  # length of the window
    # A pick-up of its own: so many minutes of the wall clock ahead of its window, and so long.
    pickup_lead_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    pickup_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    lines = models.JSONField(default=list)  # [[product_id, "quantity"], …]
    load = models.CharField(max_length=120, blank=True)  # of a parcel
    weight_grams = models.PositiveIntegerField(null=True, blank=True)
    note = EncryptedTextField(max_length=300, blank=True, place="recurring_override.note")
    by_office = models.BooleanField(default=False)  # then a closed list does not stop it
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="override_once", fields=["standing_order", "original_start"]
            ),
            models.CheckConstraint(
                name="override_on_the_wall_clock",
                condition=Q(original_start__regex=LOCAL)
                & (Q(new_start="") | Q(new_start__regex=LOCAL)),
            ),
            models.CheckConstraint(
                name="override_move_says_where", condition=~Q(action="move") | ~Q(new_start="")
            ),
            models.CheckConstraint(
                name="override_cancel_says_nothing_else",
                condition=~Q(action="cancel")
                | Q(new_start="", minutes=None, lines=[], load="", weight_grams=None, note=""),
            ),
            models.CheckConstraint(
                name="override_window_within_a_day",
                condition=Q(minutes=None) | Q(minutes__range=(15, 1440)),
            ),
            models.CheckConstraint(
                name="override_pickup_within_a_week",
                condition=Q(pickup_lead_minutes=None, pickup_minutes=None)
                | (
                    ~Q(action="cancel")
                    & Q(pickup_lead_minutes__range=(0, 7 * 1440))
                    & Q(pickup_minutes__range=(15, 1440))
                ),
                violation_error_message=_("It must be picked up before it is delivered."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.original_start} {self.action}"

    @property
    def pickup_lead(self) -> timedelta | None:
        """From the opening of its own pick-up to that of its window; None: as the rule says."""
        return lead_of(self.pickup_lead_minutes)


@tracked(parent="standing_order")
class StockDecision(models.Model):
    """What a producer, or the office, decided for one product of one date that was short of it.

    It is about the day on which the goods are fetched, and counts while that is short.
    """

    class Answer(models.TextChoices):
        PART = "part", _("give what is left")
        NOTHING = "nothing", _("leave it out")
        ALL = "all", _("give all of it")

    standing_order = models.ForeignKey(
        StandingOrder, models.CASCADE, related_name="stock_decisions"
    )
    original_start = models.CharField(max_length=19)  # naive local ISO: the occurrence's name
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    pickup_day = models.DateField()
    answer = models.CharField(max_length=8, choices=Answer)
    quantity = models.DecimalField(max_digits=9, decimal_places=3)  # as it was asked for then
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="stock_decision_once",
                fields=["standing_order", "original_start", "product", "pickup_day"],
            ),
            models.CheckConstraint(
                name="stock_decision_on_the_wall_clock", condition=Q(original_start__regex=LOCAL)
            ),
            models.CheckConstraint(
                name="stock_decision_known", condition=Q(answer__in=["part", "nothing", "all"])
            ),
            models.CheckConstraint(name="stock_decision_something", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.original_start} {self.product_id} {self.answer}"

    def give(self, quantity: Decimal, left: Decimal) -> Decimal:
        """How much of a quantity comes that is more than is `left`."""
        if self.answer == self.Answer.NOTHING:
            return Decimal(0)
        promised = self.quantity if self.answer == self.Answer.ALL else Decimal(0)
        return max(left, min(quantity, promised))


def lead_of(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)
