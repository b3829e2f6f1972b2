"""The times of the day at which a standing order comes: one line of the sentence for each."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recurring.forms import wording
from recurring.forms.inputs import ClockInput
from recurring.models import RuleVersion, RuleWindow
from recurring.services.drafts import WindowDraft

SHORTEST_WINDOW = 15
MOST_WINDOWS = 6
PREFIX = "windows"
_JUST_BEFORE = WindowDraft(time(12)).pickup_minutes  # the pick-up that nobody asked for


class WindowForm(forms.Form):
    """One window, and when its pick-up is: in the hour before, or at a time of its own."""

    opens = forms.TimeField(widget=ClockInput(**{"aria-label": _("Not before")}))
    closes = forms.TimeField(widget=ClockInput(**{"aria-label": _("Not later than")}))
    pickup = forms.ChoiceField(
        required=False, widget=forms.Select(attrs={"aria-label": _("When it is picked up")})
    )
    pickup_opens = forms.TimeField(
        required=False, widget=ClockInput(**{"aria-label": _("Picked up not before")})
    )
    pickup_closes = forms.TimeField(
        required=False, widget=ClockInput(**{"aria-label": _("Picked up not later than")})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["pickup"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [
            ("before", gettext("in the hour before")),
            ("0", gettext("the same day")),
            ("1", gettext("the day before")),
            *((str(days), gettext("%(days)s days before") % {"days": days}) for days in (2, 3, 4)),
        ]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        opens, closes = said.get("opens"), said.get("closes")
        if opens and closes and minutes_between(opens, closes) < SHORTEST_WINDOW:
            self.add_error("closes", _("Leave at least a quarter of an hour for the delivery."))
        if said.get("pickup") in ("", "before", None):
            return said
        start, end = said.get("pickup_opens"), said.get("pickup_closes")
        if not start or not end:
            self.add_error("pickup_opens", _("Say between which times it is picked up."))
        elif minutes_between(start, end) < SHORTEST_WINDOW:
            self.add_error(
                "pickup_closes", _("Leave at least a quarter of an hour for the pick-up.")
            )
        elif said["pickup"] == "0" and opens and start > opens:
            self.add_error("pickup_opens", _("It must be picked up before it is delivered."))
        return said

    def sentence(self) -> SafeString:
        """Its part of the editor's sentence."""

        def slot(name: str) -> SafeString:
            return format_html('<span class="slot">{}</span>', self[name])

        times = wording.pickup_times(slot("pickup_opens"), slot("pickup_closes"))
        return wording.window_words(
            {
                **{name: slot(name) for name in ("opens", "closes", "pickup")},
                "pickup_times": format_html('<span class="pickup-times"> {}</span>', times),
            }
        )

    @property
    def draft(self) -> WindowDraft:
        said = self.cleaned_data
        minutes = minutes_between(said["opens"], said["closes"])
        if said["pickup"] in ("", "before"):
            return WindowDraft(said["opens"], minutes)
        return WindowDraft(
            said["opens"],
            minutes,
            pickup_opens=said["pickup_opens"],
            pickup_minutes=minutes_between(said["pickup_opens"], said["pickup_closes"]),
            pickup_days_before=int(said["pickup"]),
        )


class Windows(BaseFormSet):  # type: ignore[type-arg]  # no subscript at run time
    """All windows of a day; no two open at the same time."""

    def clean(self) -> None:
        opened = [form.cleaned_data.get("opens") for form in self.forms if form.is_valid()]
        if len(set(opened)) < len(opened):
            raise forms.ValidationError(_("Two deliveries of a day cannot begin at the same time."))

    @property
    def can_grow(self) -> bool:
        return len(self.forms) < MOST_WINDOWS

    @property
    def drafts(self) -> tuple[WindowDraft, ...]:
        return tuple(sorted((form.draft for form in self.forms), key=lambda draft: draft.opens))

    @property
    def sentences(self) -> list[str]:
        """What is wrong, each sentence once."""
        found = [str(error) for error in self.non_form_errors()]
        for form in self.forms:
            found += [str(error) for errors in form.errors.values() for error in errors]
        return list(dict.fromkeys(found))


WindowFormSet = formset_factory(
    WindowForm,
    formset=Windows,
    extra=0,
    min_num=1,
    max_num=MOST_WINDOWS,
    absolute_max=MOST_WINDOWS,
    validate_min=True,
    validate_max=True,
)


def windows_form(data: Mapping[str, Any] | None, initial: list[dict[str, Any]]) -> Windows:
    return cast("Windows", WindowFormSet(data, initial=initial, prefix=PREFIX))


def initial_window(window: RuleWindow) -> dict[str, Any]:
    """The blanks of a window that exists."""
    plain = WindowDraft(window.opens, window.minutes)
    is_plain = (
        plain.pickup == (window.pickup_opens, window.pickup_days_before)
        and window.pickup_minutes == _JUST_BEFORE
    )
    return {
        "opens": window.opens,
        "closes": later(window.opens, window.minutes),
        "pickup": "before" if is_plain else str(window.pickup_days_before),
        "pickup_opens": window.pickup_opens,
        "pickup_closes": later(window.pickup_opens, window.pickup_minutes),
    }


def initial_windows(version: RuleVersion) -> list[dict[str, Any]]:
    return [initial_window(window) for window in version.windows.all()]


def usual_window() -> dict[str, Any]:
    """What the first line says before anybody has said anything."""
    return {
        "opens": time(6, 30),
        "closes": time(8),
        "pickup": "before",
        "pickup_opens": time(18),
        "pickup_closes": time(19),
    }


def minutes_between(start: time, end: time) -> int:
    """From start to end; an end before the start is on the next day."""
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
    return minutes if minutes >= 0 else minutes + 24 * 60


def later(clock: time, minutes: int) -> time:
    """So many minutes later on the clock's face."""
    return (datetime.combine(date(2000, 1, 1), clock) + timedelta(minutes=minutes)).time()
