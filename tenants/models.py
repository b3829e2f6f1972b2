"""What all co-ops share: who they are, where they are reached, and the tax rates of their countries.

These tables live in the `public` schema. A co-op's own database login sees its own rows only
(row-level security, see tenants/provisioning.py)."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from coopcycle.tracking import tracked


def working_week() -> list[int]:
    """ISO weekdays, Monday to Saturday: what most co-ops work."""
    return [1, 2, 3, 4, 5, 6]


@tracked(ignored=("settings_version",), home="schema_name")
class Cooperative(TenantMixin):
    """A co-op owned by the people who ride; all its business data is in its own schema.

    `schema_name` is opaque (`c_` and random hex) and is also the name of its database login.
    """

    class MissedDates(models.TextChoices):
        """What becomes of a standing order's date that nobody made in time."""

        TELL = "tell", _("are told, and no order is made")
        MAKE = "make", _("are made while there is time to ride them")

    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(_("short name in the address"), max_length=40, unique=True)
    city = models.CharField(_("city"), max_length=80)
    country = models.CharField(_("country"), max_length=2)
    subdivision = models.CharField(_("region, for public holidays"), max_length=16, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    timezone = models.CharField(_("time zone"), max_length=40)
    default_language = models.CharField(_("language"), max_length=5)
    languages = models.JSONField(_("languages"), default=list)
    working_weekdays = models.JSONField(_("working days"), default=working_week)
    colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#00787d",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")],
    )
    latitude = models.DecimalField(_("latitude of the centre"), max_digits=9, decimal_places=6)
    longitude = models.DecimalField(_("longitude of the centre"), max_digits=9, decimal_places=6)
    generation_horizon_days = models.PositiveSmallIntegerField(
        _("days of standing orders made ahead"), default=14
    )
    missed_dates = models.CharField(
        _("dates missed during an outage"),
        max_length=6,
        choices=MissedDates,
        default=MissedDates.TELL,
    )
    lead_minutes = models.PositiveSmallIntegerField(
        _("minutes that a late order needs at least"), default=120
    )
    price_notice_percent = models.PositiveSmallIntegerField(
        _("percent by which a price may change without notice"), default=5, db_default=5
    )
    # Counts the changes that its administrators made (tenants/settings.py); a stale one gets 409.
    settings_version = models.PositiveIntegerField(default=1, db_default=1)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    auto_create_schema = (
        False  # tenants/provisioning.py makes the schema, its login and its rows at once
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints = [
            models.CheckConstraint(
                name="cooperative_country_is_iso", condition=Q(country__regex=r"^[A-Z]{2}$")
            ),
            models.CheckConstraint(
                name="cooperative_currency_is_iso", condition=Q(currency__regex=r"^[A-Z]{3}$")
            ),
            models.CheckConstraint(
                name="cooperative_horizon_sane", condition=Q(generation_horizon_days__range=(1, 90))
            ),
            models.CheckConstraint(
                name="cooperative_lead_within_a_day", condition=Q(lead_minutes__lte=1440)
            ),
            models.CheckConstraint(
                name="cooperative_price_notice_within_the_price",
                condition=Q(price_notice_percent__lte=100),
            ),
            models.CheckConstraint(
                name="cooperative_colour_is_hex", condition=Q(colour__regex=r"^#[0-9a-fA-F]{6}$")
            ),
            models.CheckConstraint(
                name="cooperative_works_some_day", condition=~Q(working_weekdays=[])
            ),
            models.CheckConstraint(name="cooperative_speaks_something", condition=~Q(languages=[])),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The co-op's IANA time zone."""
        return ZoneInfo(self.timezone)


@tracked(parent="tenant")
class Domain(DomainMixin):
    """A host name under which a co-op is reached, without port."""


class TaxRateQuerySet(models.QuerySet["TaxRate"]):
    def on(self, day: date) -> Self:
        """Rates in force on `day`, the tax point's local date."""
        return self.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gt=day))


@tracked()
class TaxRate(models.Model):
    """A dated rate of value added tax. The rate of the tax point's date is frozen on each line.

    `valid_to` is exclusive: a new rate begins on the day the old one ends.
    """

    class Category(models.TextChoices):
        FOOD = "food", _("Food")
        PREPARED_MEAL = "prepared_meal", _("Prepared meals")
        SOFT_DRINK = "soft_drink", _("Drinks without alcohol")
        ALCOHOL = "alcohol", _("Drinks with alcohol")
        BOOK = "book", _("Books")
        STANDARD = "standard", _("Other goods")
        DELIVERY = "delivery", _("Carriage by the co-op")

    territory = models.CharField(max_length=6)
    category = models.CharField(max_length=20, choices=Category)
    rate = models.DecimalField(max_digits=6, decimal_places=5)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200)

    objects = TaxRateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="tax_rate_starts_once", fields=["territory", "category", "valid_from"]
            ),
            models.CheckConstraint(
                name="tax_rate_dates_ordered",
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="tax_rate_is_a_share", condition=Q(rate__gte=Decimal(0), rate__lt=Decimal(1))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.territory} {self.category} {self.rate}"


class IsolationProof(models.Model):
    """One trial of the wall between co-ops on the live system: what was tried, what got through."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    asked_by = models.CharField(max_length=80, blank=True)  # empty: the schedule
    cooperatives = models.PositiveIntegerField()
    attempts = models.PositiveIntegerField()
    failures = models.JSONField(default=list)  # attempts that were not refused, as probes tell them

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.started_at:%F %R} {len(self.failures)}/{self.attempts}"

    @property
    def is_clean(self) -> bool:
        """Every attempt was refused, and there were some."""
        return self.attempts > 0 and not self.failures


class TrailEnd(models.Model):
    """How far a co-op's audit trail was sealed, noted where the co-op's own login cannot reach."""

    schema = models.CharField(max_length=63)
    log = models.CharField(max_length=8)
    number = models.PositiveIntegerField()  # of the last seal
    root = models.BinaryField()
    noted_at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)  # when it went back: a restore

    class Meta:
        constraints = [models.UniqueConstraint(name="trail_end_once", fields=["schema", "log"])]

    def __str__(self) -> str:
        return f"{self.schema} {self.log} {self.number}"
