"""What people say on the pages of privacy."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from privacy.selectors import MOST_FOUND

MOST_PHOTOS = 10 * MOST_FOUND


class ErasePersonForm(forms.Form):
    """Nobody is erased by a slip of the hand: the name is typed."""

    name = forms.CharField(
        label=gettext_lazy("To be sure, type the person’s name"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, person: User) -> None:
        super().__init__(data)
        self.person = person

    def clean_name(self) -> str:
        typed = str(self.cleaned_data["name"])
        if typed.casefold() != self.person.name.casefold():
            raise forms.ValidationError(
                _("Type it as it stands here: %(name)s") % {"name": self.person.name}
            )
        return typed


class FindRecipientForm(forms.Form):
    """Whose parcels."""

    words = forms.CharField(
        label=gettext_lazy("Name or phone number of the recipient"), min_length=3, max_length=80
    )


class TickedParcelsForm(forms.Form):
    """Which of the parcels that were found, and which of their photos."""

    deliveries = forms.TypedMultipleChoiceField(coerce=int)
    photos = forms.MultipleChoiceField(required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self._allow("deliveries", data.getlist("deliveries")[:MOST_FOUND], r"[0-9]{1,18}")
        self._allow("photos", data.getlist("photos")[:MOST_PHOTOS], r"(proof|report)-[0-9]{1,18}")

    def _allow(self, name: str, said: list[str], form: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [(key, key) for key in said if re.fullmatch(form, key)]
