"""What the style guide shows."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coopcycle.dates import weekday_name
from coopcycle.states import LOOKS

PALETTE = [
    "brand",
    "brand-tint",
    "paper",
    "sheet",
    "sunken",
    "hairline",
    "outline",
    "ink",
    "ink-soft",
    "ink-faint",
    "clay",
    "clay-tint",
    "unassigned-mark",
    "assigned-mark",
    "progress-mark",
    "done-mark",
    "failed-mark",
    "late-mark",
    "courier-1",
    "courier-2",
    "courier-3",
    "courier-4",
    "courier-5",
]


class ExampleForm(forms.Form):
    """Each kind of field; the time is wrong on purpose."""

    street = forms.CharField(
        label=gettext_lazy("Street and number"),
        help_text=gettext_lazy("The pin on the map can be moved afterwards."),
    )
    before = forms.CharField(label=gettext_lazy("Drop off before"))
    holidays = forms.ChoiceField(
        label=gettext_lazy("On holidays"),
        choices=[
            ("skip", gettext_lazy("Do not deliver")),
            ("before", gettext_lazy("Deliver the day before")),
        ],
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, widget=forms.Textarea({"rows": 2})
    )
    fragile = forms.BooleanField(label=gettext_lazy("Fragile"), required=False)

    def clean_before(self) -> str:
        raise forms.ValidationError(_("That is earlier than the pick-up, 06:30."))


def example() -> dict[str, Any]:
    form = ExampleForm({"street": "12, rue des Halles", "before": "06:15", "holidays": "skip"})
    return {
        "form": form,
        "looks": [(kind, list(looks)) for kind, looks in LOOKS.items()],
        "palette": PALETTE,
        "page_obj": Paginator(range(90), 30).page(2),
        "window_start": datetime(2026, 11, 24, 5, 30, tzinfo=UTC),
        "window_end": datetime(2026, 11, 24, 7, 0, tzinfo=UTC),
        "days": [
            {"value": number, "name": name, "wide": wide, "is_checked": number in (2, 5)}
            for number, name, wide in week()
        ],
    }


def week() -> list[tuple[int, str, str]]:
    """ISO number, short and full name of each day of the week, in the active language."""
    return [(number + 1, weekday_name(number), weekday_name(number, "wide")) for number in range(7)]
