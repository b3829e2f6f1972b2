"""What one date brings instead: another time, other quantities, a note; or one date more.

These forms stand inside the editor's page, so their inputs belong to a form of their own
(`form="date-form"`): an edit of the rule never sends them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from accounts.models import Business
from coopcycle.forms import DecimalField
from orders.catalog.models import Product
from orders.catalog.units import DIVISIBLE, format_plain
from orders.ordering.checks import MAX_QUANTITY
from recurring.forms.inputs import ClockInput, DayInput
from recurring.forms.windows import SHORTEST_WINDOW, later, minutes_between
from recurring.services.dates import DateChange

FORM_ID = "date-form"
_LONGEST_LEAD = timedelta(days=7)


class _InDateForm(forms.Form):
    """A form whose inputs name the form they belong to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["form"] = FORM_ID


class MoveForm(_InDateForm):
    """To which day and time one date moves."""

    day = forms.DateField(label=_("To"), widget=DayInput())
    opens = forms.TimeField(label=_("Not before"), widget=ClockInput())
    closes = forms.TimeField(label=_("Not later than"), widget=ClockInput())
    pickup_day = forms.DateField(label=_("Picked up on"), required=False, widget=DayInput())
    pickup_opens = forms.TimeField(label=_("Not before"), required=False, widget=ClockInput())
    pickup_closes = forms.TimeField(label=_("Not later than"), required=False, widget=ClockInput())

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        opens, closes = said.get("opens"), said.get("closes")
        if opens and closes and minutes_between(opens, closes) < SHORTEST_WINDOW:
            self.add_error("closes", _("Leave at least a quarter of an hour for the delivery."))
        if not self.errors and self._has_own_pickup:
            self._check_pickup()
        return said

    def _check_pickup(self) -> None:
        said = self.cleaned_data
        lead = self.start - datetime.combine(said["pickup_day"], said["pickup_opens"])
        if minutes_between(said["pickup_opens"], said["pickup_closes"]) < SHORTEST_WINDOW:
            self.add_error(
                "pickup_closes", _("Leave at least a quarter of an hour for the pick-up.")
            )
        if lead < timedelta():
            self.add_error("pickup_day", _("It must be picked up before it is delivered."))
        elif lead > _LONGEST_LEAD:
            self.add_error("pickup_day", _("Pick it up at most seven days before."))

    @property
    def _has_own_pickup(self) -> bool:
        """Whether the pick-up was given another time; one that was left alone follows the window."""
        names = ("pickup_day", "pickup_opens", "pickup_closes")
        said = [self.cleaned_data.get(name) for name in names]
        return all(said) and said != [self.initial.get(name) for name in names]

    @property
    def pickup(self) -> tuple[int, int] | None:
        """Minutes from its opening to that of the window, and how long it lasts."""
        said = self.cleaned_data
        if not self._has_own_pickup:
            return None
        lead = self.start - datetime.combine(said["pickup_day"], said["pickup_opens"])
        return int(lead.total_seconds()) // 60, minutes_between(
            said["pickup_opens"], said["pickup_closes"]
        )

    @property
    def has_pickup_errors(self) -> bool:
        return any(name.startswith("pickup") for name in self.errors)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["opens"])

    @property
    def minutes(self) -> int:
        return minutes_between(self.cleaned_data["opens"], self.cleaned_data["closes"])


class AddForm(_InDateForm):
    """One date more."""

    added_day = forms.DateField(label=_("Day"), widget=DayInput())
    added_opens = forms.TimeField(label=_("Not before"), widget=ClockInput())

    @property
    def start(self) -> datetime:
        said = self.cleaned_data
        return datetime.combine(said["added_day"], said["added_opens"])


@dataclass(frozen=True, slots=True)
class Row:
    """One product of a date, with what the rule says."""

    product: Product
    field: BoundField
    step: str


@dataclass(frozen=True, slots=True)
class Others:
    """What else a producer offers, for this date only."""

    producer: Business
    rows: list[Row]


class ChangeForm(_InDateForm):
    """What one date brings: quantities of goods, or the parcel's load, and the courier's note.

    `products` are those it brings anyway, `others` can be added to it, in the order of their
    producers.
    """

    note = forms.CharField(label=_("For the courier, on this date"), max_length=300, required=False)

    def __init__(
        self,
        *args: Any,
        products: Sequence[Product],
        others: Sequence[Product] = (),
        quantities: Mapping[int, Decimal],
        parcel: tuple[str, int] | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.usual = list(products)
        self.others = list(others)
        self.products = {product.pk: product for product in (*products, *others)}
        for product in self.products.values():
            quantity = quantities.get(product.pk)
            self.fields[f"amount-{product.pk}"] = DecimalField(
                label=product.name,
                required=False,
                min_value=0,
                max_value=MAX_QUANTITY,
                decimal_places=3 if product.unit in DIVISIBLE else 0,
                initial=format_plain(quantity) if quantity else 0,
            )
        if parcel is not None:
            load, grams = parcel
            belongs = {"form": FORM_ID}
            self.fields["load"] = forms.CharField(
                label=_("What is it"),
                max_length=120,
                initial=load,
                widget=forms.TextInput(attrs=belongs),
            )
            self.fields["weight_kg"] = DecimalField(
                label=_("Weight in kg"),
                min_value=Decimal("0.1"),
                max_value=300,
                decimal_places=1,
                initial=Decimal(grams) / 1000,
                widget=forms.NumberInput(attrs=belongs),
            )

    @property
    def rows(self) -> list[Row]:
        return [self._row(product) for product in self.usual]

    @property
    def more(self) -> Iterator[Others]:
        """The other products, by producer."""
        for _id, products in groupby(self.others, key=lambda product: product.producer_id):
            rows = [self._row(product) for product in products]
            yield Others(rows[0].product.producer, rows)

    @property
    def is_more_said(self) -> bool:
        """Whether one of the others was asked for, or wrongly so: then they stand unfolded."""
        names = [f"amount-{product.pk}" for product in self.others]
        return any(
            self[name].errors or self[name].value() not in (None, "", 0, "0") for name in names
        )

    def _row(self, product: Product) -> Row:
        field = self[f"amount-{product.pk}"]
        return Row(product, field, "0.5" if product.unit in DIVISIBLE else "1")

    @property
    def lines(self) -> tuple[tuple[int, Decimal], ...]:
        said = ((pk, self.cleaned_data.get(f"amount-{pk}")) for pk in self.products)
        return tuple((pk, quantity) for pk, quantity in said if quantity)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if self.products and not self.errors and not self.lines:
            self.add_error(
                None, _("Nothing would be left to deliver. Skip this date if nothing shall come.")
            )
        return said

    @property
    def change(self) -> DateChange:
        said = self.cleaned_data
        weight = said.get("weight_kg")
        return DateChange(
            lines=self.lines,
            load=said.get("load", ""),
            weight_grams=None if weight is None else int(weight * 1000),
            note=said["note"],
        )


def initial_move(
    start: datetime, minutes: int, lead: timedelta, pickup_minutes: int
) -> dict[str, Any]:
    pickup = start - lead
    return {
        "day": start.date(),
        "opens": start.time(),
        "closes": later(start.time(), minutes),
        "pickup_day": pickup.date(),
        "pickup_opens": pickup.time(),
        "pickup_closes": later(pickup.time(), pickup_minutes),
    }


def initial_added(day: date, start: datetime) -> dict[str, Any]:
    return {"added_day": day, "added_opens": start.time()}
