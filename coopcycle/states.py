"""One table of how each state is shown: a word, an icon and a colour, always all three.

Colour names are those of `data-state` in static/css/components/state.css.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks and reads."""

    word: Promise
    icon: str
    colour: str


LOOKS: dict[str, dict[str, Look]] = {
    "task": {
        "unassigned": Look(pgettext_lazy("stop", "Unassigned"), "circle-dashed", "unassigned"),
        "assigned": Look(pgettext_lazy("stop", "Assigned"), "user-round-check", "assigned"),
        "doing": Look(pgettext_lazy("stop", "In progress"), "bike", "progress"),
        "done": Look(pgettext_lazy("stop", "Done"), "check", "done"),
        "failed": Look(pgettext_lazy("stop", "Failed"), "x", "failed"),
        "cancelled": Look(pgettext_lazy("stop", "Cancelled"), "ban", "cancelled"),
    },
    "order": {
        "new": Look(pgettext_lazy("order", "New"), "circle-dot", "brand"),
        "accepted": Look(pgettext_lazy("order", "Accepted"), "circle-check", "assigned"),
        "refused": Look(pgettext_lazy("order", "Refused"), "circle-x", "failed"),
        "fulfilled": Look(pgettext_lazy("order", "Delivered"), "check", "done"),
        "cancelled": Look(pgettext_lazy("order", "Cancelled"), "ban", "cancelled"),
    },
    "delivery": {
        "waiting": Look(pgettext_lazy("delivery", "Planned"), "calendar-days", "plain"),
        "underway": Look(pgettext_lazy("delivery", "On its way"), "bike", "progress"),
        "done": Look(pgettext_lazy("delivery", "Delivered"), "circle-check", "done"),
        "failed": Look(pgettext_lazy("delivery", "Failed"), "x", "failed"),
        "cancelled": Look(pgettext_lazy("delivery", "Cancelled"), "ban", "cancelled"),
    },
    "date": {
        "generated": Look(
            pgettext_lazy("date of a standing order", "Generated"), "file-check", "done"
        ),
        "planned": Look(
            pgettext_lazy("date of a standing order", "Planned"), "calendar-days", "plain"
        ),
        "changed": Look(pgettext_lazy("date of a standing order", "Changed"), "pencil", "changed"),
        "moved": Look(pgettext_lazy("date of a standing order", "Moved"), "pencil", "changed"),
        "added": Look(
            pgettext_lazy("date of a standing order", "Added"), "calendar-plus", "changed"
        ),
        "skipped": Look(
            pgettext_lazy("date of a standing order", "Skipped"), "calendar-off", "plain"
        ),
        "holiday": Look(
            pgettext_lazy("date of a standing order", "Holiday"), "calendar-off", "plain"
        ),
        "asked": Look(pgettext_lazy("date of a standing order", "To answer"), "hourglass", "late"),
        "held": Look(pgettext_lazy("date of a standing order", "Waiting"), "hourglass", "late"),
        "paused": Look(pgettext_lazy("date of a standing order", "Paused"), "pause", "plain"),
        "cancelled": Look(
            pgettext_lazy("date of a standing order", "Cancelled"), "ban", "cancelled"
        ),
        "missed": Look(pgettext_lazy("date of a standing order", "Missed"), "clock-alert", "late"),
        "failed": Look(
            pgettext_lazy("date of a standing order", "Failed"), "triangle-alert", "failed"
        ),
    },
    "standing": {
        "draft": Look(pgettext_lazy("standing order", "Draft"), "pencil", "plain"),
        "active": Look(pgettext_lazy("standing order", "Active"), "repeat", "done"),
        "paused": Look(pgettext_lazy("standing order", "Paused"), "pause", "plain"),
        "ending": Look(pgettext_lazy("standing order", "Ending"), "flag", "changed"),
        "ended": Look(pgettext_lazy("standing order", "Ended"), "flag", "plain"),
        "late": Look(pgettext_lazy("standing order", "Late"), "clock-alert", "late"),
    },
}


def look(kind: str, state: object) -> Look:
    """The look of one state: a name of the table, a model's value such as "DOING", or a task itself."""
    if kind == "task" and hasattr(state, "status"):
        state = _of_task(state)
    return LOOKS[kind][str(state).lower()]


def _of_task(task: Any) -> str:
    """A task that waits is shown by whether somebody will ride it."""
    if task.status != "TODO":
        return str(task.status)
    return "assigned" if task.tour_id else "unassigned"
