"""Every form of the platform is drawn with the field component; its numbers are read as people write them."""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    form_template_name = "components/form.html"
    field_template_name = "components/field.html"


class DecimalField(forms.DecimalField):
    """A number with a comma or a point for its fraction: 2,5 and 2.5.

    Browsers with a number input send a point whatever was typed; programs, pasted tables and
    browsers without such an input send what stands there.
    """

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # as Django's own
        if isinstance(value, str) and value.count(",") == 1 and "." not in value:
            value = value.replace(",", ".")
        number: Decimal | None = super().to_python(value)
        return number
