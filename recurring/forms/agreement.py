"""What only the office settles: agreed prices, and who usually rides."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dispatch.models import UsualTour
from dispatch.selectors import couriers_by_name, usual_tours
from recurring.forms.inputs import DayInput
from recurring.models import RuleVersion, StandingOrder


class AgreementForm(forms.Form):
    """The price of each day, or today's prices agreed for a time."""

    prices = forms.ChoiceField(
        label=_("Prices"),
        choices=[("live", _("those of each day")), ("agreed", _("today’s, as agreed"))],
        help_text=_("Those of each day are taken anew until a date closes for changes."),
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
    """Who usually rides it: a courier, or whoever has the tour that it belongs to."""

    usual_courier = forms.ChoiceField(label=_("Usual courier or tour"), required=False)

    def __init__(self, data: Any = None, *, order: StandingOrder | None = None) -> None:
        former = order and (order.usual_courier_id or _key(order.usual_tour))
        super().__init__(data, initial={"usual_courier": former or ""})
        field = self.fields["usual_courier"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        tours = list(usual_tours())
        if order and order.usual_tour and order.usual_tour not in tours:
            tours.append(order.usual_tour)  # put away since: it stays until somebody chooses anew
        couriers = [(str(courier.pk), courier.user.name) for courier in couriers_by_name()]
        field.choices = [
            ("", _("nobody in particular")),
            (_("Couriers"), couriers),
            *([(_("Usual tours"), [(_key(tour), tour.name) for tour in tours])] if tours else []),
        ]

    @property
    def usual_way(self) -> dict[str, Any]:
        """As the fields of a draft: one of them at most."""
        kind, _dash, pk = self.cleaned_data["usual_courier"].rpartition("-")
        chosen = int(pk) if pk else None
        return {
            "usual_courier_id": None if kind else chosen,
            "usual_tour_id": chosen if kind else None,
        }


def _key(tour: UsualTour | None) -> str:
    return f"tour-{tour.pk}" if tour else ""


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
