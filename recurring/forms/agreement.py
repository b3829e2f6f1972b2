"""What only the office settles: agreed prices, and who usually rides."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dispatch.models import Courier
from dispatch.selectors import couriers_by_name
from recurring.forms.inputs import DayInput
from recurring.models import RuleVersion


class AgreementForm(forms.Form):
    """The price of each day, or today's prices agreed for a time."""

    prices = forms.ChoiceField(
        label=_("Prices"),
        choices=[("live", _("those of each day")), ("agreed", _("today’s, as agreed"))],
    )
    agreed_until = forms.DateField(
        label=_("Agreed until"),
        required=False,
        widget=DayInput(),
        help_text=_("Afterwards the price of each day counts. Leave it empty for no end."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_agreed_until(self) -> date | None:
        until: date | None = self.cleaned_data["agreed_until"]
        if self.cleaned_data.get("prices") == "agreed" and until and until < self.today:
            raise forms.ValidationError(_("The agreement must not end in the past."))
        return until

    @property
    def is_agreed(self) -> bool:
        return bool(self.cleaned_data["prices"] == "agreed")

    @property
    def until(self) -> date | None:
        until: date | None = self.cleaned_data["agreed_until"]
        return until if self.is_agreed else None


class RiderForm(forms.Form):
    """Who usually rides it."""

    usual_courier = forms.ModelChoiceField(
        label=_("Usual courier"),
        queryset=Courier.objects.none(),
        required=False,
        empty_label=_("nobody in particular"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["usual_courier"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = couriers_by_name()

    @property
    def courier_id(self) -> int | None:
        courier: Courier | None = self.cleaned_data["usual_courier"]
        return courier.pk if courier else None


def initial_agreement(version: RuleVersion | None) -> dict[str, Any]:
    """Agreed when the carriage or any line is."""
    if version is None:
        return {"prices": "live"}
    untils = [
        line.fixed_until for line in version.lines.all() if line.fixed_price_minor is not None
    ]
    if version.carriage_minor is not None:
        untils.append(version.carriage_until)
    if not untils:
        return {"prices": "live"}
    ends = [until for until in untils if until]
    return {"prices": "agreed", "agreed_until": max(ends) if ends else None}
