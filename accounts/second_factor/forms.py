"""What people type for their second step."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class CodeForm(forms.Form):
    """Six figures from an app."""

    code = forms.CharField(
        label=_("Code from your app"),
        max_length=12,
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autofocus": True,
                "autocomplete": "one-time-code",
                "spellcheck": "false",
                "class": "input code",
            }
        ),
    )

    def clean_code(self) -> str:
        """Without the gap that apps show in the middle."""
        return "".join(str(self.cleaned_data["code"]).split())


class BackupCodeForm(forms.Form):
    """One of the codes on paper."""

    code = forms.CharField(
        label=_("Backup code"),
        max_length=40,
        help_text=_("Twelve characters. Each code opens once."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "class": "input code",
            }
        ),
    )


class PasswordAgainForm(forms.Form):
    """The password of the person who is signed in."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ResetForm(forms.Form):
    """Why somebody's second step is reset; they read it in their mail."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Such as: phone lost, spoke to them on the phone. They read it in their mail."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class CoopResetForm(ResetForm):
    """The federation's staff also choose whose it is: an administrator who is alone in a co-op."""

    person = forms.ModelChoiceField(label=_("Administrator"), queryset=User.objects.none())
    field_order = ["person", "reason"]

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
