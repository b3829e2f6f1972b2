"""What producers offer, and until when it can be ordered."""

from datetime import date, time
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Business, User
from coopcycle.tracking import tracked
from tenants.models import TaxRate


@tracked(parent="producer")
class ProducerTerms(models.Model):
    """When a producer works and until when a day's order can still be changed.

    The cut-off is a wall-clock time in the co-op's zone, some days before the delivery.
    """

    class WhenShort(models.TextChoices):
        """What becomes of a standing order's line when less is left of a day than it asks for."""

        PART = "part", _("give what is left")
        NOTHING = "nothing", _("leave the product out")
        SHARE = "share", _("share it out in proportion, when the list closes")
        HOLD = "hold", _("wait for your decision, until the list closes")

    producer = models.OneToOneField(Business, models.CASCADE, related_name="terms")
    cutoff_days_before = models.PositiveSmallIntegerField(_("days before"), default=1)
    cutoff_time = models.TimeField(_("until"), default=time(18, 0))
    days_off = models.JSONField(_("closed on"), default=list)  # ISO weekdays without pick-up
    ready_from = models.TimeField(_("pick-up from"), default=time(5, 30))
    when_short = models.CharField(
        _("when too little is left"),
        max_length=10,
        choices=WhenShort,
        default=WhenShort.PART,
        db_default=WhenShort.PART,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="terms_cutoff_within_two_weeks", condition=Q(cutoff_days_before__lte=14)
            ),
            models.CheckConstraint(
                name="terms_when_short_known",
                condition=Q(when_short__in=["part", "nothing", "share", "hold"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.producer}"


@tracked(parent="producer", personal=("reason",))
class Closure(models.Model):
    """Days on which a producer gives nothing to anybody, both ends included: no pick-up is made."""

    producer = models.ForeignKey(Business, models.CASCADE, related_name="closures")
    from_day = models.DateField(_("from"))
    to_day = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["from_day", "pk"]
        constraints = [
            models.CheckConstraint(
                name="closure_ordered",
                condition=Q(to_day__gte=F("from_day")),
                violation_error_message=_("The last day must not be before the first."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.producer_id} {self.from_day}–{self.to_day}"

    def covers(self, day: date) -> bool:
        return self.from_day <= day <= self.to_day


class ProductQuerySet(models.QuerySet["Product"]):
    def offered(self) -> Self:
        """What can be ordered now."""
        return self.filter(is_available=True, archived_at=None, producer__archived_at=None)


@tracked(parent="producer")
class Product(models.Model):
    """One thing a producer sells, by the unit. The price includes tax, in the co-op's currency.

    `daily_quantity` is what can be had of it on one day of pick-up, by all customers together, first
    come first served: every order takes its share when it is made (orders/ordering/stock.py).
    """

    class Unit(models.TextChoices):
        KG = "kg", _("kg")
        PIECE = "piece", _("piece")
        BUNCH = "bunch", _("bunch")
        CRATE = "crate", _("crate")
        BOTTLE = "bottle", _("bottle")
        SACK = "sack", _("sack")
        LITRE = "litre", _("litre")

    producer = models.ForeignKey(Business, models.PROTECT, related_name="products")
    name = models.CharField(_("name"), max_length=80)
    note = models.CharField(_("size or variety"), max_length=120, blank=True)  # "crate of 8 kg"
    unit = models.CharField(_("sold by"), max_length=10, choices=Unit)
    price_minor = models.PositiveIntegerField(_("price with tax"))
    tax_category = models.CharField(
        _("tax"), max_length=20, choices=TaxRate.Category, default=TaxRate.Category.FOOD
    )
    unit_weight_grams = models.PositiveIntegerField(_("weight of a unit (g)"), default=1000)
    daily_quantity = models.DecimalField(
        _("at most a day"), max_digits=9, decimal_places=3, null=True, blank=True
    )  # empty: as much as anybody wants
    is_available = models.BooleanField(_("available"), default=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="product_named_once",
                fields=["producer", "name", "note"],
                condition=Q(archived_at=None),
                violation_error_message=_("You have a product of this name and size already."),
            ),
            models.CheckConstraint(name="product_has_price", condition=Q(price_minor__gt=0)),
            models.CheckConstraint(
                name="product_daily_quantity_something",
                condition=Q(daily_quantity=None) | Q(daily_quantity__gt=0),
                violation_error_message=_(
                    "Enter more than nothing, or take the product off the list."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name
