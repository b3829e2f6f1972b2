"""The questions of pausing and ending."""

from django import forms
from django.utils.translation import gettext_lazy as _

from recurring.forms.inputs import DayInput


class PauseForm(forms.Form):
    """From when, until when, and what becomes of what is made already."""

    from_day = forms.DateField(label=_("From"), widget=DayInput())
    to_day = forms.DateField(
        label=_("Until and including"),
        required=False,
        widget=DayInput(),
        help_text=_("Leave it empty to pause until you resume."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=120, required=False)
    made = forms.ChoiceField(choices=[("keep", ""), ("cancel", "")], initial="keep")
    version = forms.IntegerField(widget=forms.HiddenInput)


class EndForm(forms.Form):
    """The last day, and what becomes of orders made for later."""

    last_day = forms.DateField(label=_("Last delivery on or before"), widget=DayInput())
    made = forms.ChoiceField(choices=[("keep", ""), ("cancel", "")], initial="cancel")
    version = forms.IntegerField(widget=forms.HiddenInput)


class VersionForm(forms.Form):
    """Only which state of the page the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)
