"""How a co-op's settings read: what goes with the form, and what a new time zone would do."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coopcycle.dates import weekday_name
from recurring.cooperative.forms import SettingsForm
from recurring.cooperative.services import left_behind
from recurring.cooperative.zones import town
from recurring.models import HolidayDay
from recurring.pages.acts import ActQuestion
from recurring.pages.holidays import holiday_year
from recurring.pages.questions import Effect, days_named, effects_of_act
from recurring.services import Consequences, DateNote
from tenants.models import Cooperative
from tenants.selectors import address_of, territory_name

Missed = Cooperative.MissedDates


@dataclass(frozen=True, slots=True)
class Answer:
    """What may become of a missed date, in full."""

    value: str
    title: Promise
    text: Promise


ANSWERS = (
    Answer(
        Missed.TELL,
        gettext_lazy("Leave the date out"),
        gettext_lazy("You are told which dates were missed, and no order is made."),
    ),
    Answer(
        Missed.MAKE,
        gettext_lazy("Make it while it can still be ridden"),
        gettext_lazy("When its window is still open and leaves you the time below."),
    ),
)


def settings_page(form: SettingsForm, cooperative: Cooperative, *, at: datetime) -> dict[str, Any]:
    """What the template needs beside the form. `cooperative` as its row stands now."""
    return {
        "form": form,
        "cooperative": cooperative,
        "address": address_of(cooperative),
        "country": territory_name(cooperative.country),
        **clock_of(cooperative, at=at),
        "weekdays": _weekdays(form),
        "answers": ANSWERS,
        "missed": form["missed_dates"].value(),
        "shown_colour": _shown_colour(form),
        "differing": _differing_days(cooperative, at.astimezone(cooperative.zone).date()),
    }


def clock_of(cooperative: Cooperative, *, at: datetime) -> dict[str, Any]:
    """Where its clock stands, and how many standing orders live on another one."""
    return {
        "town": town(cooperative.timezone),
        "local_now": at.astimezone(cooperative.zone).replace(tzinfo=None),
        "left_behind": left_behind(cooperative),
    }


def weekdays_question(found: Consequences, said: QueryDict) -> ActQuestion | None:
    """What other days of the week do to orders that holidays have shifted; None for nothing.

    `said`: the form as it was sent, to be sent again.
    """
    touched = Consequences(updated=found.updated, cancelled=found.cancelled, revived=found.revived)
    effects = effects_of_act(touched)
    if not effects:
        return None
    left_out = ("csrfmiddlewaretoken", "act", "confirmed")
    return ActQuestion(
        title=_("Ride on other days of the week?"),
        url=reverse("cooperative:settings"),
        hidden=[
            (name, value)
            for name, values in said.lists()
            if name not in left_out
            for value in values
        ],
        effects=effects,
        made=0,
        locked=len(found.locked),
        button=_("Save the settings"),
    )


def zone_question(
    found: Consequences, *, timezone: str, version: int, former: Cooperative
) -> ActQuestion:
    """What happens when the co-op's clock becomes that of `timezone`."""
    orders = {note.standing_order_id for note in (*found.planned, *found.left, *found.locked)}
    effects = [
        Effect(
            ngettext(
                "%(number)s standing order keeps its times, on the new clock",
                "%(number)s standing orders keep their times, on the new clock",
                len(orders),
            )
            % {"number": len(orders)},
            _planned_words(found.planned),
            "repeat",
        ),
        *_made_effects([*found.left, *found.locked]),
        *(one for one in effects_of_act(found) if one.icon not in ("file-text", "lock")),
    ]
    return ActQuestion(
        title=_("From the clock of %(former)s to that of %(town)s?")
        % {"former": town(former.timezone), "town": town(timezone)},
        url=reverse("cooperative:zone"),
        hidden=[("timezone", timezone), ("settings_version", str(version))],
        effects=effects if orders else [],
        made=0,
        locked=0,
        button=_("Change the time zone"),
    )


def _planned_words(notes: list[DateNote]) -> str:
    if not notes:
        return ""
    words = ngettext(
        "%(number)s planned date of the next twelve weeks",
        "%(number)s planned dates of the next twelve weeks",
        len(notes),
    )
    return words % {"number": len(notes)}


def _made_effects(notes: list[DateNote]) -> list[Effect]:
    if not notes:
        return []
    words = ngettext(
        "%(number)s order that is made stays at the moment that was promised",
        "%(number)s orders that are made stay at the moment that was promised",
        len(notes),
    )
    return [Effect(words % {"number": len(notes)}, days_named(notes), "file-check")]


def _weekdays(form: SettingsForm) -> list[dict[str, Any]]:
    chosen = {str(number) for number in form["working_weekdays"].value() or ()}
    return [
        {
            "value": number,
            "name": weekday_name(number - 1),
            "wide": weekday_name(number - 1, "wide"),
            "is_checked": str(number) in chosen,
        }
        for number in range(1, 8)
    ]


def _shown_colour(form: SettingsForm) -> str:
    """What the person chose, if it is a colour; else the one that stands."""
    if form.is_bound and "colour" in getattr(form, "cleaned_data", {}):
        return str(form.cleaned_data["colour"])
    return form.cooperative.colour


def _differing_days(cooperative: Cooperative, today: date) -> int:
    """In how many days the official calendar differs from the co-op's copies of this year and later."""
    copied = HolidayDay.objects.filter(day__year__gte=today.year, is_local=False)
    years = {day.year for day in copied.dates("day", "year")}
    return sum(len(holiday_year(cooperative, year).differences) for year in sorted(years))
