"""The price list as administrators enter it, in whole currency."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coopcycle.forms import PriceField
from orders.pricing.models import PriceList

if TYPE_CHECKING:
    _PriceListModelForm = forms.ModelForm[PriceList]
else:  # generic for the checker alone
    _PriceListModelForm = forms.ModelForm

_PARTS = ("base", "extra_pickup", "per_km", "per_10_kg")


def _price(label: Any, **options: Any) -> PriceField:
    return PriceField(label=label, max_value=9999, **options)


class PriceListForm(_PriceListModelForm):
    """A new price list, from a day on."""

    base = _price(_("One pick-up and one drop-off"), min_value=Decimal("0.01"))
    extra_pickup = _price(_("Each further pick-up"), min_value=0)
    per_km = _price(_("Each kilometre"), min_value=0)
    per_10_kg = _price(_("Each 10 kg begun, above 20 kg"), min_value=0)

    class Meta:
        model = PriceList
        fields = ["valid_from"]
        labels = {"valid_from": _("Valid from")}
        widgets = {"valid_from": forms.DateInput({"type": "date"}, format="%Y-%m-%d")}
        error_messages = {
            "valid_from": {"unique": _("There is a price list from this day on already.")}
        }

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.currency = currency

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for part in _PARTS:
            if part in cleaned:
                setattr(self.instance, f"{part}_minor", int(cleaned[part] * 100))
        return cleaned
