"""What a phone sends about a stop: an action, its own id and clock, and what goes with it."""

import uuid
from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from dispatch.models import FailureReason
from dispatch.rider.services import Action, Tap

REQUIRED_REASON = _("Choose what went wrong.")


class ActionForm(forms.Form):
    """One action at one stop. A phone without script has no clock and an id made by the server."""

    action = forms.ChoiceField(choices=Action)
    client_id = forms.UUIDField(required=False)
    device_at = forms.DateTimeField(required=False)
    waited_ms = forms.IntegerField(required=False, min_value=0, max_value=10**10)
    seen = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    recipient_name = forms.CharField(max_length=120, required=False)
    photo = forms.FileField(required=False, allow_empty_file=True)
    reason = forms.ChoiceField(choices=[("", ""), *FailureReason.choices], required=False)
    note = forms.CharField(max_length=300, required=False)

    def clean_client_id(self) -> uuid.UUID:
        return self.cleaned_data["client_id"] or uuid.uuid4()

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if self.cleaned_data.get("action") == Action.FAIL and not reason:
            raise forms.ValidationError(REQUIRED_REASON)
        return reason

    def tap(self) -> Tap:
        """What a valid form says."""
        told = {**self.cleaned_data}
        waited = told.pop("waited_ms")
        return Tap(**told, waited=None if waited is None else timedelta(milliseconds=waited))
