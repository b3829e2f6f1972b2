"""The editor's sentence: when it comes."""

from datetime import date, time
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from coopcycle.dates import weekday_name
from recurring.forms.inputs import ClockInput, DayInput
from recurring.models import RuleVersion
from recurring.rules import weekly_rule
from recurring.sentences import editor_sentence
from recurring.services import RuleDraft, WindowDraft

SHORTEST_WINDOW = 15


class SentenceForm(forms.Form):
    """When it comes: the blanks of the editor's sentence, with the name and the courier's note."""

    name = forms.CharField(label=_("Name"), max_length=120)
    interval = forms.TypedChoiceField(
        coerce=int,
        choices=[
            (weeks, ngettext_lazy("%(weeks)s week", "%(weeks)s weeks", weeks) % {"weeks": weeks})
            for weeks in range(1, 5)
        ],
        widget=forms.Select(attrs={"aria-label": _("How often")}),
    )
    weekdays = forms.TypedMultipleChoiceField(
        coerce=int,
        choices=[(day, str(day)) for day in range(1, 8)],
        error_messages={"required": _("Choose at least one day of the week.")},
    )
    start = forms.TimeField(widget=ClockInput(**{"aria-label": _("Not before")}))
    end = forms.TimeField(widget=ClockInput(**{"aria-label": _("Not later than")}))
    first_day = forms.DateField(widget=DayInput(**{"aria-label": _("First date")}))
    ending = forms.ChoiceField(
        choices=[("never", _("without an end")), ("day", _("until and including"))],
        widget=forms.Select(attrs={"aria-label": _("End")}),
    )
    last_day = forms.DateField(required=False, widget=DayInput(**{"aria-label": _("Last date")}))
    holidays = forms.ChoiceField(
        choices=RuleVersion.HolidayPolicy.choices,
        widget=forms.Select(attrs={"aria-label": _("On public holidays")}),
    )
    note = forms.CharField(label=_("For the courier"), max_length=300, required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.is_new = today, is_new

    @property
    def days(self) -> list[dict[str, Any]]:
        """For components/days.html."""
        chosen = {str(value) for value in self["weekdays"].value() or []}
        return [
            {
                "value": day,
                "name": weekday_name(day - 1),
                "wide": weekday_name(day - 1, "wide"),
                "is_checked": str(day) in chosen,
            }
            for day in range(1, 8)
        ]

    @property
    def sentence(self) -> SafeString:
        """The sentence with its blanks."""
        days = render_to_string(
            "components/days.html", {"name": "weekdays", "legend": _("Days"), "days": self.days}
        )
        slots: dict[str, Any] = {
            name: format_html('<span class="slot">{}</span>', self[name])
            for name in ("interval", "start", "end", "first_day", "holidays")
        }
        slots["ending"] = format_html(
            '<span class="slot ending">{}{}</span>', self["ending"], self["last_day"]
        )
        return editor_sentence({**slots, "days": days})

    @property
    def sentence_errors(self) -> list[str]:
        """What is wrong with the blanks, which have no room for it themselves."""
        names = [name for name in self.errors if name not in ("name", "note")]
        return [str(error) for name in names for error in self.errors[name]]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and window_minutes(start, end) < SHORTEST_WINDOW:
            self.add_error("end", _("Leave at least a quarter of an hour for the delivery."))
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if cleaned.get("ending") == "day" and last is None:
            self.add_error("last_day", _("Say on which day it ends, or choose no end."))
        elif cleaned.get("ending") == "day" and first and last and last < first:
            self.add_error("last_day", _("The last date must not be before the first."))
        if first and self.is_new and first < self.today:
            self.add_error("first_day", _("The first date must not be in the past."))
        if first and first.year > self.today.year + 5:
            self.add_error("first_day", _("Choose a first date within the next five years."))
        return cleaned

    def draft(self, kind: str) -> RuleDraft:
        """When it comes, still without what."""
        said = self.cleaned_data
        return RuleDraft(
            name=said.get("name", ""),
            kind=kind,
            rule=weekly_rule(
                said["weekdays"],
                said["interval"],
                said["last_day"] if said["ending"] == "day" else None,
            ),
            first_day=said["first_day"],
            windows=(WindowDraft(said["start"], window_minutes(said["start"], said["end"])),),
            holiday_policy=said["holidays"],
            note=said.get("note", ""),
        )


def window_minutes(start: time, end: time) -> int:
    """From start to end; an end before the start is on the next day."""
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
    return minutes if minutes >= 0 else minutes + 24 * 60
