"""What a phone sends about a stop: an action, its own id and clock, and what goes with it."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from dispatch.models import FailureReason
from dispatch.rider.services import Action

REQUIRED_REASON = _("Choose what went wrong.")


class ActionForm(forms.Form):
    """One action at one stop. A phone without script has no clock and an id made by the server."""

    action = forms.ChoiceField(choices=Action)
    client_id = forms.UUIDField(required=False)
    device_at = forms.DateTimeField(required=False)
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
