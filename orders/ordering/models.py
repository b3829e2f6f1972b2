"""Orders: goods from producers, or the carriage of a business's own parcel."""

import uuid
from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Business, User
from coopcycle.db.encrypted import EncryptedTextField
from coopcycle.tracking import tracked
from dispatch.models import Delivery, Task
from orders.catalog.models import Product
from tenants.models import TaxRate


def order_number(day: date, order_id: int) -> str:
    """What people read out on the phone: the year of the delivery and a running number."""
    return f"{day.year % 100:02}-{order_id}"


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: User) -> Self:
        """Office sees all; a business its own orders and those it has a part in."""
        if user.sees_finance:
            return self
        mine = Business.objects.of(user)
        return self.filter(Q(buyer__in=mine) | Q(parts__producer__in=mine)).distinct()

    def on(self, day: date) -> Self:
        return self.filter(day=day)


@tracked(ignored=("version", "action_id"), personal=("note",), many=True)
class Order(models.Model):
    """What a business asked for, for one day and window, with its frozen price.

    `kind` supply: goods from one or several producers, brought to the buyer. `kind` delivery: the
    buyer's own parcel, brought to somebody. Totals are minor units of `currency`, tax included;
    refused parts don't count. An unknown price is `needs_price`, never 0.
    """

    class Kind(models.TextChoices):
        SUPPLY = "supply", _("Goods from producers")
        DELIVERY = "delivery", _("Own parcel")

    class State(models.TextChoices):
        NEW = "new", _("New")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", pgettext_lazy("order", "Refused")
        FULFILLED = "fulfilled", _("Fulfilled")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    buyer = models.ForeignKey(Business, models.PROTECT, related_name="orders")
    delivery = models.OneToOneField(Delivery, models.PROTECT, related_name="order")
    day = models.DateField(_("day"))  # local day of the drop-off
    after = models.DateTimeField(_("not before"))
    before = models.DateTimeField(_("not later than"))
    closes_at = models.DateTimeField(null=True, blank=True)  # the earliest cut-off of its producers
    # What the hand that set it read `after` off, naive local ISO, and on which clock: the law may give
    # it another instant one day. Empty where a standing order's date says it, as long as no hand does.
    wall_start = models.CharField(max_length=19, blank=True, default="", db_default="")
    promised_timezone = models.CharField(max_length=40, blank=True, default="", db_default="")
    currency = models.CharField(max_length=3)
    goods_minor = models.PositiveIntegerField(default=0)
    delivery_minor = models.PositiveIntegerField(null=True, blank=True)
    delivery_tax_rate = models.DecimalField(max_digits=6, decimal_places=5, null=True, blank=True)
    tax_minor = models.PositiveIntegerField(default=0)  # contained in goods and delivery
    needs_price = models.BooleanField(default=False)
    note = EncryptedTextField(_("note"), max_length=300, blank=True, place="orders_order.note")
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    action_id = models.UUIDField(unique=True, default=uuid.uuid4)
    version = models.PositiveIntegerField(default=1)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-day", "-pk"]
        indexes = [
            models.Index(name="order_by_day", fields=["day", "state"]),
            models.Index(name="order_by_buyer", fields=["buyer", "-day"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="order_window_ordered",
                condition=Q(before__gt=F("after")),
                violation_error_message=_("The time window must end after it starts."),
            ),
            models.CheckConstraint(
                name="order_priced_or_asking",
                condition=Q(needs_price=True) | Q(delivery_minor__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return order_number(self.day, self.pk)

    @property
    def total_minor(self) -> int:
        """Goods and carriage, tax included; only meaningful when the order has its price."""
        return self.goods_minor + (self.delivery_minor or 0)


@tracked(parent="order", personal=("reason", "note"), many=True)
class OrderPart(models.Model):
    """One producer's share of an order, accepted or refused as a whole."""

    class State(models.TextChoices):
        NEW = "new", _("To answer")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", pgettext_lazy("order", "Refused")

    order = models.ForeignKey(Order, models.CASCADE, related_name="parts")
    producer = models.ForeignKey(Business, models.PROTECT, related_name="order_parts")
    pickup = models.OneToOneField(Task, models.PROTECT, related_name="order_part")
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    note = EncryptedTextField(
        _("note for the producer"), max_length=300, blank=True, place="orders_orderpart.note"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="part_once_a_producer", fields=["order", "producer"]),
            models.CheckConstraint(
                name="part_refused_says_why",
                condition=~Q(state="refused") | ~Q(reason=""),
                violation_error_message=_("Say why, so that the customer can look elsewhere."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.producer_id}"


@tracked(parent="part", many=True)
class OrderLine(models.Model):
    """One product of an order, with name, price and tax as they were when it was ordered.

    `instead_of` names what a standing order asks for where this is its substitute.
    """

    part = models.ForeignKey(OrderPart, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    note = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=10, choices=Product.Unit)
    quantity = models.DecimalField(max_digits=9, decimal_places=3)
    unit_price_minor = models.PositiveIntegerField()
    tax_category = models.CharField(max_length=20, choices=TaxRate.Category)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=5)
    total_minor = models.PositiveIntegerField()
    tax_minor = models.PositiveIntegerField()
    instead_of = models.CharField(max_length=80, blank=True, default="", db_default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.UniqueConstraint(name="line_once_a_product", fields=["part", "product"]),
            models.CheckConstraint(
                name="line_orders_something",
                condition=Q(quantity__gt=0),
                violation_error_message=_("Order at least a little of it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.name}"


class OrderEvent(models.Model):
    """What happened to an order, for its history. Append-only."""

    class Kind(models.TextChoices):
        PLACED = "placed", _("Ordered")
        GENERATED = "generated", _("Made by the standing order")
        CHANGED = "changed", _("Changed")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        PRICED = "priced", _("Priced")
        REPRICED = "repriced", _("Priced anew: prices of the day have changed")
        PICKED_UP = "picked_up", _("Picked up")
        FULFILLED = "fulfilled", _("Delivered")
        FAILED = "failed", _("Could not be delivered")
        CANCELLED = "cancelled", _("Cancelled")
        RESTORED = "restored", _("Asked for again")

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    details = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"
