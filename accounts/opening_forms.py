"""The form by which federation staff open a co-op."""

from typing import Any

from babel import Locale
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tenants.countries import COUNTRIES


def country_choices() -> list[tuple[str, str]]:
    """Countries whose defaults we know, named in the language of the page."""
    names = Locale.parse(get_language() or "en", sep="-").territories
    return sorted(((code, names[code]) for code in COUNTRIES), key=lambda pair: pair[1])


class OpeningForm(forms.Form):
    """Six fields; the rest comes from the country and can be changed later."""

    name = forms.CharField(label=_("Name of the co-op"), max_length=80)
    slug = forms.SlugField(
        label=_("Short name in the address"),
        max_length=40,
        help_text=_("Small letters, digits and hyphens. People will type it."),
        error_messages={"invalid": _("Use small letters without accents, digits and hyphens.")},
    )
    city = forms.CharField(label=_("Town"), max_length=80)
    country = forms.ChoiceField(label=_("Country"))
    administrator_name = forms.CharField(label=_("Name of the first administrator"), max_length=80)
    administrator_email = forms.EmailField(
        label=_("Their e-mail"), help_text=_("They get an invitation and let the others in.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["country"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = country_choices()

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"]).lower()

    @property
    def language(self) -> str:
        """Of the invitation: the country's first language that we speak, else English."""
        known = {code for code, _name in settings.LANGUAGES}
        spoken = COUNTRIES[self.cleaned_data["country"]].languages
        return next((code for code in spoken if code in known), "en")
