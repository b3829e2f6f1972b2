"""The editor's sentence: how often, at which times, from when until when."""

from datetime import date, datetime
from typing import Any

from babel.lists import format_list
from django import forms
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coopcycle.dates import reader_locale, weekday_name
from recurring.expansion import parse_local
from recurring.forms import wording
from recurring.forms.inputs import DayInput
from recurring.forms.windows import Windows, initial_windows, windows_form
from recurring.models import RuleVersion, StandingOrder
from recurring.patterns import (
    Daily,
    MonthlyByDate,
    MonthlyByWeekday,
    Pattern,
    Shape,
    Weekly,
    YearlyByDate,
    pattern_of,
    rule_of,
)
from recurring.rules import Rule, RuleError, parse_rule
from recurring.sentences import how_often
from recurring.words import rule_error_words

_SHAPES: dict[type[Shape], str] = {
    Daily: "day",
    Weekly: "week",
    MonthlyByDate: "month_date",
    MonthlyByWeekday: "month_weekday",
    YearlyByDate: "year",
}
NAME_LENGTH = 120
_NOT_WHEN = {"name", "note"}  # blanks with room for their own errors
_NEEDED = {
    "week": ("weekdays",),
    "month_date": ("month_day",),
    "month_weekday": ("nth", "weekday"),
    "year": ("month_day", "month"),
}


def _select(label: Any) -> forms.Select:
    return forms.Select(attrs={"aria-label": label})


def _number(label: Any, low: int, high: int) -> forms.IntegerField:
    """A blank that only some patterns have."""
    return forms.IntegerField(required=False, min_value=low, max_value=high, widget=_select(label))


class SentenceForm(forms.Form):
    """When it comes: the blanks of the editor's sentence, with the name and the courier's note."""

    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH,
        required=False,
        help_text=_("Left empty, it is named after what it brings."),
    )
    repeats = forms.ChoiceField(label=_("How it repeats"), choices=wording.REPEATS)
    drawn = forms.CharField(required=False, widget=forms.HiddenInput)  # the pattern on the page
    interval = forms.IntegerField(
        required=False, min_value=1, max_value=366, widget=_select(_("How often"))
    )
    weekdays = forms.TypedMultipleChoiceField(
        required=False, coerce=int, choices=[(day, str(day)) for day in range(1, 8)]
    )
    month_day = _number(_("Day of the month"), -1, 31)
    short_months = forms.ChoiceField(required=False, widget=_select(_("In shorter months")))
    nth = _number(_("Which one of the month"), -1, 5)
    weekday = _number(_("Day of the week"), 1, 7)
    month = _number(_("Month"), 1, 12)
    first_day = forms.DateField(widget=DayInput(**{"aria-label": _("First date")}))
    ending = forms.ChoiceField(
        required=False,
        choices=[
            ("never", _("without an end")),
            ("day", _("until and including")),
            ("count", _("for")),
        ],
        widget=_select(_("End")),
    )
    last_day = forms.DateField(required=False, widget=DayInput(**{"aria-label": _("Last date")}))
    count = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1000,
        widget=forms.NumberInput(attrs={"aria-label": _("Number of deliveries"), "size": 4}),
    )
    holidays = forms.ChoiceField(
        choices=RuleVersion.HolidayPolicy.choices, widget=_select(_("On public holidays"))
    )
    note = forms.CharField(label=_("For the courier"), max_length=300, required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, windows: list[dict[str, Any]], today: date, kept: Rule | None, **kw: Any
    ) -> None:
        """`kept`: the imported rule of this standing order, where no pattern says it."""
        super().__init__(*args, **kw)
        self.today, self.kept, self.is_new = today, kept, not self.initial.get("version")
        self.windows: Windows = windows_form(self.data if self.is_bound else None, windows)
        if kept is not None:
            self._choices("repeats", [*wording.REPEATS, (wording.KEPT, _("As imported"))])
        interval = str(self["interval"].value() or "")
        chosen = int(interval) if interval.isdecimal() and len(interval) < 4 else 1
        self._choices("interval", wording.intervals(self.pattern_name, chosen))
        self._choices("month_day", wording.month_days(self.pattern_name))
        self._choices("short_months", wording.short_months(self.pattern_name))
        self._choices("nth", wording.nths())
        self._choices("weekday", wording.weekdays())
        self._choices("month", wording.months())
        self.rule: Rule | None = None

    def _choices(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
        else:
            assert isinstance(field.widget, forms.Select)  # noqa: S101 - for the type checker
            field.widget.choices = choices

    @property
    def pattern_name(self) -> str:
        """The pattern whose sentence is drawn."""
        said = str(self["repeats"].value() or "week")
        return said if said in {*_SHAPES.values(), wording.KEPT} else "week"

    @property
    def patterns(self) -> list[dict[str, Any]]:
        """The patterns to choose from, for the row above the sentence."""
        labels = dict(wording.REPEATS)
        if self.kept is not None:
            labels[wording.KEPT] = _("As imported")
        return [
            {"value": value, "label": label, "is_checked": value == self.pattern_name}
            for value, label in labels.items()
        ]

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
        slots: dict[str, Any] = {
            name: format_html('<span class="slot">{}</span>', self[name])
            for name in ("month_day", "nth", "weekday", "month", "first_day", "holidays")
        }
        slots["every"] = format_html('<span class="slot">{}</span>', self["interval"])
        slots["short_months"] = format_html(
            '<span class="slot short-months">{}</span>', self["short_months"]
        )
        slots["ending"] = wording.ending_words(self["ending"], self["last_day"], self["count"])
        slots["windows"] = self._windows_drawn()
        if self.pattern_name == wording.KEPT and self.kept is not None:
            slots["rule"] = format_html("<b>{}</b>", how_often(self.kept))
        if self.pattern_name == "week":
            days = {"name": "weekdays", "legend": _("Days"), "days": self.days}
            slots["days"] = render_to_string("components/days.html", days)
        return wording.filled(wording.sentence_of(self.pattern_name), slots)

    def _windows_drawn(self) -> SafeString:
        """The times of the day, joined as the language joins; a new one gets the keyboard."""
        lines = self.windows.forms
        if self.data.get("act") == "add-window":
            lines[-1].fields["opens"].widget.attrs["autofocus"] = True
        drawn = [
            render_to_string(
                "recurring/_window.html",
                {"form": form, "number": number, "can_go": len(lines) > 1},
            ).strip()
            for number, form in enumerate(lines)
        ]
        return mark_safe(format_list(drawn, locale=reader_locale()))  # noqa: S308 - drawn above

    @property
    def sentence_errors(self) -> list[str]:
        """What is wrong with the blanks, which have no room for it themselves."""
        names = [name for name in self.errors if name not in _NOT_WHEN]
        return [str(error) for name in names for error in self.errors[name]] + (
            self.windows.sentences if self.is_bound else []
        )

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.windows.is_valid()])  # each, so that all is said

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        self._check_days(said)
        self._check_end(said)
        first = said.get("first_day")
        if first and self.is_new and first < self.today:
            self.add_error("first_day", _("The first date must not be in the past."))
        if first and first.year > self.today.year + 5:
            self.add_error("first_day", _("Choose a first date within the next five years."))
        if not set(self.errors) - _NOT_WHEN:
            self.rule = self._rule(said)
        return said

    @property
    def says_when(self) -> bool:
        """Whether the sentence is complete, even if the order has no name yet."""
        when_errors = set(self.errors) - _NOT_WHEN  # asking for errors cleans the form
        return not when_errors and self.rule is not None and self.windows.is_valid()

    def _check_days(self, said: dict[str, Any]) -> None:
        repeats = said.get("repeats", "")
        if repeats != wording.KEPT and not said.get("interval") and "interval" not in self.errors:
            self.add_error("interval", _("Say how often it comes."))
        missing = [name for name in _NEEDED.get(repeats, ()) if not said.get(name)]
        if "weekdays" in missing:
            self.add_error("weekdays", _("Choose at least one day of the week."))
        elif missing and not self.errors:
            self.add_error(missing[0], _("Say on which day it comes."))

    def _check_end(self, said: dict[str, Any]) -> None:
        first, last = said.get("first_day"), said.get("last_day")
        ending = said.get("ending")
        if ending == "day" and last is None and "last_day" not in self.errors:
            self.add_error("last_day", _("Say on which day it ends, or choose no end."))
        elif ending == "day" and first and last and last < first:
            self.add_error("last_day", _("The last date must not be before the first."))
        if ending == "count" and said.get("count") is None and "count" not in self.errors:
            self.add_error("count", _("Say after how many deliveries it ends."))

    def _rule(self, said: dict[str, Any]) -> Rule | None:
        if said["repeats"] == wording.KEPT:
            return self.kept
        pattern = Pattern(
            shape_said(said),
            last_day=said["last_day"] if said["ending"] == "day" else None,
            count=said["count"] if said["ending"] == "count" else None,
        )
        try:
            return rule_of(pattern)
        except RuleError as error:
            self.add_error(None, rule_error_words(error))
        return None


def shape_said(said: dict[str, Any]) -> Shape:
    """The pattern that the blanks mean."""
    interval, or_last = said["interval"] or 1, said.get("short_months") != "none"
    match said["repeats"]:
        case "day":
            return Daily(interval)
        case "month_date":
            day = said["month_day"]
            return MonthlyByDate(day, or_last=or_last and day > 28, interval=interval)
        case "month_weekday":
            return MonthlyByWeekday(said["nth"], said["weekday"], interval)
        case "year":
            is_leap_day = (said["month"], said["month_day"]) == (2, 29)
            return YearlyByDate(
                said["month"], said["month_day"], or_last=or_last and is_leap_day, interval=interval
            )
        case _:
            return Weekly(tuple(sorted(said["weekdays"])), interval)


def said_by(shape: Shape) -> dict[str, Any]:
    """The blanks that say this pattern."""
    said: dict[str, Any] = {"repeats": _SHAPES[type(shape)], "interval": shape.interval}
    match shape:
        case Weekly():
            said["weekdays"] = list(shape.weekdays)
        case MonthlyByDate():
            said |= {"month_day": shape.day, "short_months": "last" if shape.or_last else "none"}
        case MonthlyByWeekday():
            said |= {"nth": shape.nth, "weekday": shape.weekday}
        case YearlyByDate():
            said |= {
                "month": shape.month,
                "month_day": shape.day,
                "short_months": "last" if shape.or_last else "none",
            }
    return said


def initial_of(order: StandingOrder, version: RuleVersion) -> tuple[dict[str, Any], Rule | None]:
    """The blanks as the standing order says them now, and its rule where no pattern says it."""
    rule, dtstart = parse_rule(version.rrule), parse_local(version.dtstart)
    pattern = pattern_of(rule, dtstart.date())
    last = rule.until.date() if isinstance(rule.until, datetime) else rule.until
    initial: dict[str, Any] = {
        "name": order.name,
        "first_day": dtstart.date(),
        "ending": "day" if last else "count" if rule.count else "never",
        "last_day": last,
        "count": rule.count or 10,
        "holidays": version.holiday_policy,
        "note": version.note,
        "version": order.version,
        "repeats": wording.KEPT,
    }
    if pattern is not None:
        initial |= said_by(pattern.shape)
    initial["drawn"] = initial["repeats"]
    return initial, rule if pattern is None else None


def sentence_for(
    order: StandingOrder, version: RuleVersion, *, data: Any, today: date
) -> SentenceForm:
    initial, kept = initial_of(order, version)
    return SentenceForm(
        data, initial=initial, windows=initial_windows(version), today=today, kept=kept
    )


def why_nothing(form: SentenceForm) -> str:
    """One sentence for the place where the reading would stand."""
    return " ".join(form.sentence_errors) or gettext("Choose the days, and the dates appear below.")
