"""What dispatchers send. Unusable input is a DomainError 422 with a sentence."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from coopcycle.dates import read_day
from coopcycle.errors import DomainError
from dispatch.board.day import Shown
from dispatch.models import UsualTour, Vehicle
from dispatch.selectors import couriers_by_name
from dispatch.services import Operation

MOST_OPERATIONS = 200
MOST_STOPS = 500
MOST_DAYS_AWAY = 366


def chosen_day(request: HttpRequest) -> date:
    """The day in the address, `?day=2026-11-24`; today when there is none or it can't be read."""
    asked = request.GET.get("day") or request.POST.get("day", "")
    return read_day(asked) or timezone.localdate()


VIEWS = ("columns", "map", "hours")


def chosen_view(request: HttpRequest) -> str:
    """How the day is drawn, `?view=map`; as columns when the address does not say."""
    view = request.GET.get("view", "")
    return view if view in VIEWS else "columns"


def chosen_filters(request: HttpRequest) -> Shown:
    """The filters in the address; what can't be read filters nothing."""
    sent = request.GET
    try:
        starts_before = time.fromisoformat(sent.get("before", ""))
    except ValueError:
        starts_before = None
    vehicle = sent.get("vehicle", "")
    return Shown(
        all_done=sent.get("done") == "all",
        with_cancelled=sent.get("cancelled") == "all",
        only_late=sent.get("late") == "only",
        starts_before=starts_before and starts_before.replace(tzinfo=None),
        vehicle=vehicle if vehicle in Vehicle.Kind else "",
    )


def read_operations(request: HttpRequest) -> list[Operation]:
    """Operations from the board (JSON) or from the form of one stop."""
    try:
        if request.content_type == "application/json":
            sent = json.loads(request.body)["operations"]
        else:
            sent = [_from_form(request)]
        if not isinstance(sent, list) or not 0 < len(sent) <= MOST_OPERATIONS:
            raise ValueError
        operations = [_operation(item) for item in sent]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise DomainError(
            _("This change could not be read. Reload the board and try again."), status=422
        ) from None
    return operations


def _from_form(request: HttpRequest) -> dict[str, Any]:
    """`task` and `version` may repeat; an empty `courier` takes the stops back.

    `along` are stops that come along, as they were seen: `12:3` is the stop 12 in its version 3.
    """
    tasks, versions = request.POST.getlist("task"), request.POST.getlist("version")
    along = [text.split(":") for text in request.POST.getlist("along")]
    return {
        "tasks": tasks[:1] if "alone" in request.POST else tasks,
        "seen": dict(zip(tasks, versions, strict=True)) | dict(along),
        "courier": request.POST.get("courier") or None,
        "alone": "alone" in request.POST,
    }


def _operation(item: dict[str, Any]) -> Operation:
    tasks = tuple(_number(task) for task in item["tasks"])
    if not 0 < len(tasks) <= MOST_STOPS or len(set(tasks)) != len(tasks):
        raise ValueError
    courier, before = item.get("courier"), item.get("before")
    return Operation(
        tasks,
        {_number(task): _number(version) for task, version in item["seen"].items()},
        None if courier is None else _number(courier),
        None if before is None else _number(before),
        bool(item.get("alone")),
    )


def _number(value: object) -> int:
    number = int(str(value))
    if not 0 <= number < 2**31:
        raise ValueError
    return number


def written(operation: Operation) -> dict[str, Any]:
    """An operation as the board sends it back, to undo."""
    return {
        "tasks": list(operation.task_ids),
        "seen": {str(task): version for task, version in operation.seen.items()},
        "courier": operation.courier_id,
        "before": operation.before_id,
        "alone": operation.alone,
    }


class ShiftForm(forms.Form):
    """Hours of one courier on one day; an end before the start is on the next morning."""

    courier = forms.ModelChoiceField(
        couriers_by_name(),
        label=gettext_lazy("Who rides"),
    )
    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    start = forms.TimeField(
        label=gettext_lazy("From"), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    end = forms.TimeField(
        label=gettext_lazy("Until"), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and start == end:
            self.add_error("end", _("A shift needs a beginning and an end that differ."))
        day = cleaned.get("day")
        if day and abs(day - timezone.localdate()) > timedelta(days=MOST_DAYS_AWAY):
            self.add_error("day", _("Choose a day within a year from now."))
        return cleaned

    def hours(self) -> tuple[datetime, datetime]:
        """The shift's two ends in the co-op's zone."""
        day: date = self.cleaned_data["day"]
        start: time = self.cleaned_data["start"]
        end: time = self.cleaned_data["end"]
        last_day = day + timedelta(days=1) if end < start else day
        return _instant(day, start), _instant(last_day, end)


def _instant(day: date, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment))


class UsualTourForm(forms.ModelForm):  # type: ignore[type-arg]
    """A round that comes again."""

    class Meta:
        model = UsualTour
        fields = ("name", "courier")

    courier = forms.ModelChoiceField(
        couriers_by_name(),
        label=gettext_lazy("Usually ridden by"),
        required=False,
        empty_label=gettext_lazy("nobody in particular"),
    )


class PlaceForm(forms.Form):
    """A courier's usual vehicle; it also puts a new courier on the board."""

    user = forms.ModelChoiceField(
        User.objects.filter(is_courier=True, is_active=True), widget=forms.HiddenInput
    )
    vehicle = forms.ModelChoiceField(
        Vehicle.objects.filter(archived_at=None),
        label=gettext_lazy("Vehicle"),
        required=False,
        empty_label=gettext_lazy("No vehicle yet"),
    )


class AsideForm(forms.Form):
    """Why a late report does not count: its courier reads it."""

    reason = forms.CharField(
        max_length=300,
        error_messages={"required": gettext_lazy("Say why, so that the courier can read it.")},
    )
