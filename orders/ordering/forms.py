"""What people enter when they order. The goods and the parcel are forms of their own, because the
standing order asks for the same."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Address, Business
from coopcycle.forms import DecimalField, PriceField
from coopcycle.words import filing_key
from orders.catalog.models import Product
from orders.catalog.terms import terms_of
from orders.catalog.units import DIVISIBLE, format_plain
from orders.ordering.checks import MAX_QUANTITY
from orders.ordering.drafts import LineDraft
from orders.protocols import TermsLike

_QUANTITY = re.compile(r"^quantity-(\d+)$")


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """One product of the form: what it is, and how much is asked for."""

    product: Product
    field: BoundField
    step: str
    substitute: BoundField | None = None  # what comes instead, where a standing order may say so


@dataclass(frozen=True, slots=True)
class GoodsGroup:
    """One producer of the form with its products and the note for it."""

    producer: Business
    terms: TermsLike
    rows: list[GoodsRow]
    note: BoundField

    @property
    def is_chosen(self) -> bool:
        return any(row.field.value() not in (None, "", 0, "0") for row in self.rows)


class GoodsForm(forms.Form):
    """Quantities of products of several producers, and a note for each producer.

    `products` are those on offer, with producer and terms, in the order of their producers.
    Valid, it gives `lines` and `producer_notes` for a draft.
    """

    def __init__(
        self,
        *args: Any,
        products: Iterable[Product],
        quantities: Mapping[int, Decimal] | None = None,
        notes: Mapping[int, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.products = {product.pk: product for product in products}
        for product in self.products.values():
            wanted = (quantities or {}).get(product.pk)
            self.fields[f"quantity-{product.pk}"] = DecimalField(
                label=product.name,
                required=False,
                min_value=0,
                max_value=MAX_QUANTITY,
                decimal_places=3 if product.unit in DIVISIBLE else 0,
                initial=format_plain(wanted) if wanted else None,
            )
        for producer in {p.producer_id: p.producer for p in self.products.values()}.values():
            self.fields[f"note-{producer.pk}"] = forms.CharField(
                label=_("Note for %(producer)s") % {"producer": producer.name},
                required=False,
                max_length=300,
                initial=(notes or {}).get(producer.pk, ""),
            )

    @property
    def groups(self) -> Iterator[GoodsGroup]:
        """Producers in alphabetical order, with their products."""
        by_producer = sorted(
            self.products.values(),
            key=lambda p: (
                filing_key(p.producer.name),
                p.producer_id,
                filing_key(p.name),
                p.pk,
            ),
        )
        for _id, products in groupby(by_producer, key=lambda product: product.producer_id):
            rows = [self._row(product) for product in products]
            producer = rows[0].product.producer
            yield GoodsGroup(producer, terms_of(producer), rows, self[f"note-{producer.pk}"])

    def _row(self, product: Product) -> GoodsRow:
        step = "0.5" if product.unit in DIVISIBLE else "1"
        return GoodsRow(product, self[f"quantity-{product.pk}"], step)

    @property
    def groups_are_few(self) -> bool:
        """So few producers that all of them can be open at once."""
        return len({product.producer_id for product in self.products.values()}) <= 3

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self._asks_for_what_is_gone():
            self.add_error(
                None, _("A product of your order is no longer sold. Look at the list again.")
            )
        elif not self.errors and not self.lines:
            self.add_error(None, _("Your order is empty. Choose at least one product."))
        return cleaned

    def _asks_for_what_is_gone(self) -> bool:
        for name, value in self.data.items():
            found = _QUANTITY.match(name)
            if found and name not in self.fields and str(value).strip(" 0.,"):
                return True
        return False

    @property
    def lines(self) -> tuple[LineDraft, ...]:
        """What was asked for; valid quantities only, so that a half-filled form can be quoted."""
        wanted = (
            (product_id, self.cleaned_data.get(f"quantity-{product_id}"))
            for product_id in self.products
        )
        return tuple(LineDraft(product_id, quantity) for product_id, quantity in wanted if quantity)

    @property
    def producer_notes(self) -> dict[int, str]:
        """Notes for those producers of whom something is ordered."""
        ordered = {self.products[line.product_id].producer_id for line in self.lines}
        notes = {pk: self.cleaned_data.get(f"note-{pk}", "") for pk in ordered}
        return {pk: note for pk, note in notes.items() if note}


class ParcelForm(forms.Form):
    """A parcel of one's own and whom it is for. The pin is set on a map, or left to the office."""

    recipient = forms.CharField(label=gettext_lazy("Who gets it"), max_length=120)
    phone = forms.CharField(
        label=gettext_lazy("Their phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput({"type": "tel"}),
    )
    street = forms.CharField(label=gettext_lazy("Street and number"), max_length=160)
    postal_code = forms.CharField(label=gettext_lazy("Postal code"), max_length=12)
    city = forms.CharField(label=gettext_lazy("Town"), max_length=80)
    instructions = forms.CharField(
        label=gettext_lazy("How to get in"), max_length=300, required=False
    )
    latitude = forms.DecimalField(
        required=False, min_value=-90, max_value=90, widget=forms.HiddenInput
    )
    longitude = forms.DecimalField(
        required=False, min_value=-180, max_value=180, widget=forms.HiddenInput
    )
    load = forms.CharField(
        label=gettext_lazy("What is it"),
        max_length=120,
        help_text=gettext_lazy("So that the courier brings the right bike: “2 boxes of books”."),
    )
    weight_kg = DecimalField(
        label=gettext_lazy("Weight in kg"),
        min_value=Decimal("0.1"),
        max_value=300,
        decimal_places=1,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        # Hidden fields show no error of their own.
        if {"latitude", "longitude"} & self.errors.keys():
            self.add_error(None, _("The place on the map could not be read. Set the pin again."))
        return cleaned

    @property
    def weight_grams(self) -> int:
        return int(self.cleaned_data["weight_kg"] * 1000)

    @classmethod
    def initial_of(
        cls, address: Address, *, recipient: str, phone: str, load: str, weight_grams: int
    ) -> dict[str, Any]:
        """The values of a parcel that exists, to be changed or sent again."""
        return {
            "recipient": recipient,
            "phone": phone,
            "street": address.street,
            "postal_code": address.postal_code,
            "city": address.city,
            "instructions": address.instructions,
            "latitude": None if address.is_approximate else address.latitude,
            "longitude": None if address.is_approximate else address.longitude,
            "load": load,
            "weight_kg": Decimal(weight_grams) / 1000,
        }


class BuyerForm(forms.Form):
    """For which business: asked only of people who may order for several."""

    buyer = forms.ModelChoiceField(
        label=gettext_lazy("For"), queryset=Business.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, buyers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["buyer"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = buyers
        if not self.is_bound and "buyer" not in self.initial:
            self.initial["buyer"] = buyers.first()


class WhenForm(forms.Form):
    """The day and window of a delivery, in the co-op's time, and a note for the courier."""

    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    opens = forms.TimeField(
        label=gettext_lazy("Not before"),
        initial=time(7),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    closes = forms.TimeField(
        label=gettext_lazy("Not later than"),
        initial=time(9),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    note = forms.CharField(label=gettext_lazy("For the courier"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens"), cleaned.get("closes")
        if opens and closes and closes <= opens:
            self.add_error("closes", _("The time window must end after it starts."))
        return cleaned

    @property
    def day_wanted(self) -> date:
        day: date = self.cleaned_data["day"]
        return day


class RefusalForm(forms.Form):
    """Why a producer cannot deliver."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        error_messages={
            "required": gettext_lazy("Say why, so that the customer can look elsewhere.")
        },
    )


class PriceForm(forms.Form):
    """The price of a delivery, set by the office, in whole currency."""

    price = PriceField(
        label=gettext_lazy("Price of the delivery, tax included"), min_value=0, max_value=9999
    )

    @property
    def minor(self) -> int:
        return int(self.cleaned_data["price"] * 100)
