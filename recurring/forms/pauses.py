"""The questions of pausing, resuming and ending."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from recurring.forms.inputs import DayInput
from recurring.models import StandingOrder


class VersionForm(forms.Form):
    """Only which state of the page the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class PauseForm(VersionForm):
    """From when, and until when."""

    from_day = forms.DateField(label=pgettext_lazy("first day", "From"), widget=DayInput())
    to_day = forms.DateField(
        label=_("Until and including"),
        required=False,
        widget=DayInput(),
        help_text=_("Leave it empty to pause until you resume."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        check_days(self, said)
        return said


class ResumeForm(forms.Form):
    """Which pause ends; empty: all of them."""

    pause = forms.IntegerField(required=False)

    @property
    def pause_id(self) -> int | None:
        """None, too, for what is no number: the services look whose it is."""
        return self.cleaned_data["pause"] if self.is_valid() else None


class EndForm(VersionForm):
    """The last day."""

    last_day = forms.DateField(label=_("Last delivery on or before"), widget=DayInput())


class DaysForm(forms.Form):
    """Some days, both included: of a bulk pause, or of a producer's closure."""

    from_day = forms.DateField(label=pgettext_lazy("first day", "From"), widget=DayInput())
    to_day = forms.DateField(label=_("Until and including"), widget=DayInput())
    reason = forms.CharField(label=_("Reason"), max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        check_days(self, said)
        return said


def check_days(form: forms.Form, said: dict[str, Any]) -> None:
    first: date | None = said.get("from_day")
    last: date | None = said.get("to_day")
    if first and last and last < first:
        form.add_error("to_day", _("The last day must not be before the first."))


def first_questions(order: StandingOrder, today: date) -> tuple[PauseForm, EndForm]:
    """The dialogs of a page just opened."""
    tomorrow = today + timedelta(days=1)
    return (
        PauseForm(initial={"from_day": tomorrow, "version": order.version}),
        EndForm(initial={"last_day": today, "version": order.version}),
    )
