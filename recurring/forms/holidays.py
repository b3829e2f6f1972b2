"""A day on which the co-op does not ride."""

from django import forms
from django.utils.translation import gettext_lazy as _

from recurring.forms.inputs import DayInput


class ClosedDayForm(forms.Form):
    """Which day, and what it is called."""

    day = forms.DateField(label=_("Day"), widget=DayInput())
    name = forms.CharField(
        label=_("Name of the day"), max_length=120, help_text=_("“Town fair”, “Stocktaking”.")
    )


class DayForm(forms.Form):
    """Only the day."""

    day = forms.DateField()
