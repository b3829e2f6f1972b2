"""Every form of the platform is drawn with the field component; its numbers are read as people write them."""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

from coopcycle.money import format_amount


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


class PriceInput(forms.TextInput):
    """An amount as people of the page's language write it: 2,50.

    No number input: there the browser's language decides, and cuts 2,50 to 2,5.
    """

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, Decimal):
            return format_amount(value)
        typed: str | None = super().format_value(value)  # comes back as it was typed
        return typed


class PriceField(DecimalField):
    """An amount of whole currency with two decimals."""

    widget = PriceInput

    def __init__(self, **options: Any) -> None:
        super().__init__(decimal_places=2, **options)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # as Django's own
        if isinstance(value, str):  # 1 234,50 with whatever space stands between the thousands
            value = "".join(value.split())
        return super().to_python(value)
