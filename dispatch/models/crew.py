"""Who rides, on what, and when."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coopcycle.tracking import tracked


@tracked()
class Vehicle(models.Model):
    """A bike or trailer of the co-op, with what it carries."""

    class Kind(models.TextChoices):
        BIKE = "bike", _("Bike")
        CARGO = "cargo", _("Cargo bike")
        TRAILER = "trailer", _("Bike with trailer")

    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    capacity_grams = models.PositiveIntegerField(_("carries at most (g)"))
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked(parent="user")
class Courier(models.Model):
    """A person of the co-op who rides, with a usual vehicle and a colour for lines on the map."""

    user = models.OneToOneField(User, models.PROTECT, related_name="courier")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, blank=True)
    line = models.PositiveSmallIntegerField(_("line colour"), default=1)  # 1–5, tokens --courier-N
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["user__name"]
        constraints = [
            models.CheckConstraint(name="courier_line_has_token", condition=Q(line__range=(1, 5)))
        ]

    def __str__(self) -> str:
        return self.user.name

    @property
    def is_riding(self) -> bool:
        """Whether stops can be given to them: still here, with an account that rides."""
        return self.archived_at is None and self.user.is_active and self.user.is_courier


@tracked(parent="courier")
class Shift(models.Model):
    """Hours a courier rides, `[after, before)`."""

    courier = models.ForeignKey(Courier, models.CASCADE, related_name="shifts")
    after = models.DateTimeField()
    before = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="shift_ordered", condition=Q(before__gt=F("after"))),
            models.UniqueConstraint(name="shift_starts_once", fields=["courier", "after"]),
        ]

    def __str__(self) -> str:
        return f"{self.courier_id} {self.after:%F %R}"
