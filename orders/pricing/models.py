"""What the co-op asks for carriage."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coopcycle.tracking import tracked


@tracked()
class PriceList(models.Model):
    """The simple price list of a co-op: a base, each further stop, each kilometre. With tax.

    Kilometres are straight line × detour between the stops, in the order they are ridden.
    """

    currency = models.CharField(max_length=3)
    base_minor = models.PositiveIntegerField(_("one pick-up and one drop-off"))
    extra_pickup_minor = models.PositiveIntegerField(_("each further pick-up"))
    per_km_minor = models.PositiveIntegerField(_("each kilometre"))
    per_10_kg_minor = models.PositiveIntegerField(_("each 10 kg begun, above 20 kg"), default=0)
    valid_from = models.DateField(_("valid from"), unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-valid_from"]
        constraints = [
            models.CheckConstraint(name="price_list_not_free", condition=Q(base_minor__gt=0))
        ]

    def __str__(self) -> str:
        return f"{self.valid_from}"


class PriceChangesQuerySet(models.QuerySet["PriceChanges"]):
    def unfollowed(self) -> Self:
        """The row, while orders to come still stand by older prices."""
        return self.filter(followed__lt=F("number"))


class PriceChanges(models.Model):
    """How often prices were changed, and the change by which orders to come stand; one row.

    Counted, not dated: whoever follows knows what was seen, whatever is committed meanwhile.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)
    followed = models.PositiveBigIntegerField(default=0)

    objects = PriceChangesQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="price_changes_is_one", condition=Q(id=1)),
            models.CheckConstraint(
                name="price_changes_followed_known", condition=Q(followed__lte=F("number"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.followed}/{self.number}"
