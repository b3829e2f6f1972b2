"""What producers enter about their goods."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Business
from coopcycle import dates
from coopcycle.forms import DecimalField, PriceField
from orders.catalog.models import ProducerTerms, Product
from orders.catalog.units import DIVISIBLE, format_plain
from tenants.context import current_cooperative

if TYPE_CHECKING:
    _ProductModelForm = forms.ModelForm[Product]
    _TermsModelForm = forms.ModelForm[ProducerTerms]
else:  # generic for the checker alone
    _ProductModelForm = _TermsModelForm = forms.ModelForm


class ProductForm(_ProductModelForm):
    """One product; the price is entered in whole currency."""

    price = PriceField(label=_("Price with tax"), min_value=Decimal("0.01"), max_value=99_999)
    unit_weight_kg = DecimalField(
        label=_("Weight of one, in kg"),
        min_value=Decimal("0.001"),
        max_value=500,
        decimal_places=3,
        help_text=_("So that the right bike comes."),
    )

    daily_quantity = DecimalField(
        label=_("At most a day, for all customers"),
        min_value=Decimal("0.001"),
        max_value=99_999,
        decimal_places=3,
        required=False,
        help_text=_("Left empty, as much as they want. First come, first served."),
    )

    class Meta:
        model = Product
        fields = [
            "name",
            "note",
            "unit",
            "price",
            "tax_category",
            "unit_weight_kg",
            "daily_quantity",
            "is_available",
        ]

    def __init__(self, *args: Any, producer: Business, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.producer = producer
        if self.instance.pk:
            self.initial["price"] = Decimal(self.instance.price_minor) / 100
            self.initial["unit_weight_kg"] = Decimal(self.instance.unit_weight_grams) / 1000
            if self.instance.daily_quantity is not None:
                self.initial["daily_quantity"] = format_plain(self.instance.daily_quantity)

    def _get_validation_exclusions(self) -> set[str]:
        """The producer is part of what must be unique, so it is checked too; a price, if there is one."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        also = {"producer", "archived_at"} | (
            {"price_minor"} if "price" in self.cleaned_data else set()
        )
        return exclusions - also

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "price" in cleaned:
            self.instance.price_minor = int(cleaned["price"] * 100)
        if "unit_weight_kg" in cleaned:
            self.instance.unit_weight_grams = int(cleaned["unit_weight_kg"] * 1000)
        most, unit = cleaned.get("daily_quantity"), cleaned.get("unit")
        if most is not None and most != int(most) and unit and unit not in DIVISIBLE:
            self.add_error(
                "daily_quantity", _("It is sold whole: enter a number without decimals.")
            )
        return cleaned


class TermsForm(_TermsModelForm):
    """When a producer works and until when a day can be ordered."""

    days_off = forms.TypedMultipleChoiceField(
        label=_("No pick-up on"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = ProducerTerms
        fields = ["cutoff_time", "cutoff_days_before", "ready_from", "when_short", "days_off"]
        widgets = {
            "cutoff_time": forms.TimeInput({"type": "time"}, format="%H:%M"),
            "ready_from": forms.TimeInput({"type": "time"}, format="%H:%M"),
        }
        labels = {
            "cutoff_time": _("Orders close at"),
            "cutoff_days_before": _("Days before the delivery"),
            "ready_from": _("Goods are ready from"),
            "when_short": _("When too little is left for a standing order"),
        }
        help_texts = {
            "when_short": _("For products that you give only so much of a day. Customers are told.")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["days_off"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = [(day, dates.weekday_name(day - 1, "wide")) for day in range(1, 8)]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        cooperative = current_cooperative()
        ahead = cooperative.generation_horizon_days if cooperative else 0
        closes = said.get("cutoff_days_before") or 0
        if said.get("when_short") == ProducerTerms.WhenShort.HOLD and closes > ahead:
            words = ngettext(
                "Standing orders are made %(days)s day ahead, when your list has closed already, so"
                " nobody could ask you. Choose another answer, or let it close later.",
                "Standing orders are made %(days)s days ahead, when your list has closed already, so"
                " nobody could ask you. Choose another answer, or let it close later.",
                ahead,
            )
            self.add_error("when_short", words % {"days": ahead})
        return said
