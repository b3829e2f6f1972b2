"""What a business does not want to be proposed for a while."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Business, User


class SuggestionRest(models.Model):
    """“Not now” to one proposal of a standing order: the same goods, or a parcel to the same place, on
    the same weekday.

    Until the day `until` (included) nobody of the business is asked again.
    """

    buyer = models.ForeignKey(Business, models.CASCADE, related_name="suggestion_rests")
    weekday = models.PositiveSmallIntegerField()  # ISO: 1 is Monday
    # Product ids, ascending; for a parcel the digest of where it goes (suggestions.Contents).
    products = models.JSONField()
    until = models.DateField(_("until"))
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["buyer", "weekday", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="suggestion_rests_once", fields=["buyer", "weekday", "products"]
            ),
            models.CheckConstraint(
                name="suggestion_rest_on_a_weekday", condition=Q(weekday__range=(1, 7))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.buyer_id} {self.weekday} {self.until}"
