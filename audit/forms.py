"""What an administrator searches the trail for."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from audit.models import SecurityEvent
from audit.words import KINDS


class _Search(forms.Form):
    """Fields that narrow a list; an address may carry any of them."""

    person: Any = forms.ModelChoiceField(None, label=_("Person"), required=False)
    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    request = forms.CharField(
        label=_("Request"),
        required=False,
        max_length=32,
        help_text=_("All that one click set off. The number stands beside each entry."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields["person"]
        person.queryset = get_user_model().objects.order_by("name")
        person.empty_label = _("Everybody")


class TrailSearch(_Search):
    """Of changes."""

    kind = forms.ChoiceField(label=_("What"), required=False)
    field_order = ("person", "kind", "day", "request")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(
            ((table, str(word)) for table, word in KINDS.items()), key=lambda each: each[1]
        )
        self.fields["kind"].choices = [("", _("Everything")), *kinds]  # type: ignore[attr-defined]


class DoorsSearch(_Search):
    """Of sign-ins and refusals."""

    kind = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[("", _("Everything")), *SecurityEvent.Kind.choices],
    )
    field_order = ("person", "kind", "day", "request")
