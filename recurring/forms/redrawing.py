"""What buttons of the editor ask for without saving: one window more or less, another pattern, to
begin on the rule's first date.

Everything works by a round trip: the form comes back with what was said, in its new shape.
"""

from datetime import date, time

from django.http import QueryDict

from recurring.forms.windows import MOST_WINDOWS, PREFIX, later, minutes_between, usual_window

_TOTAL = f"{PREFIX}-TOTAL_FORMS"
BEGIN = "begin-"  # and the day on which it is to begin
_BLANKS = ("opens", "closes", "pickup", "pickup_opens", "pickup_closes")
_GAP_MINUTES = 4 * 60  # a further window is proposed so much after the last one


def is_redraw(data: QueryDict) -> bool:
    """Whether a button of the editor other than “Save” was pressed."""
    return "act" in data


def redrawn(data: QueryDict, *, first_day: date) -> QueryDict:
    """The form's data with its windows added or removed, and every blank of the pattern filled."""
    said = data.copy()
    act = said.get("act", "")
    if act == "add-window":
        _add_window(said)
    elif act.startswith("remove-window-"):
        _remove_window(said, act.removeprefix("remove-window-"))
    elif act.startswith(BEGIN):
        said["first_day"] = act.removeprefix(BEGIN)
    if said.get("repeats") != said.get("drawn"):
        _fill_pattern(said, first_day)
    return said


def has_new_shape(data: QueryDict) -> bool:
    """Whether the sentence itself must be drawn again, not only what follows from it."""
    act = data.get("act", "")
    return data.get("repeats") != data.get("drawn") or "window" in act or act.startswith(BEGIN)


def _add_window(said: QueryDict) -> None:
    total = _total(said)
    if not 0 < total < MOST_WINDOWS:
        return
    usual = usual_window()
    opens, closes = (_clock(said, total - 1, name, usual[name]) for name in ("opens", "closes"))
    start = later(opens, _GAP_MINUTES)
    proposed = {
        **usual,
        "opens": start,
        "closes": later(start, minutes_between(opens, closes)),
    }
    for name in _BLANKS:
        value = proposed[name]
        said[_key(total, name)] = value if isinstance(value, str) else f"{value:%H:%M}"
    said[_TOTAL] = str(total + 1)


def _remove_window(said: QueryDict, which: str) -> None:
    total = _total(said)
    if total < 2 or not which.isdecimal() or int(which) >= total:
        return
    for number in range(int(which), total):
        for name in _BLANKS:
            following = said.get(_key(number + 1, name))
            said.pop(_key(number, name), None)
            if following is not None and number + 1 < total:
                said[_key(number, name)] = following
    said[_TOTAL] = str(total - 1)


def _fill_pattern(said: QueryDict, first_day: date) -> None:
    """What the new pattern's blanks say at first: the day on which it begins."""
    try:
        day = date.fromisoformat(said.get("first_day", ""))
    except ValueError:
        day = first_day
    defaults = {
        "interval": "1",
        "month_day": str(day.day),
        "short_months": "last",
        "nth": str((day.day - 1) // 7 + 1),
        "weekday": str(day.isoweekday()),
        "month": str(day.month),
    }
    said["interval"] = defaults["interval"]
    for name, value in defaults.items():
        if not said.get(name):
            said[name] = value
    if not said.getlist("weekdays"):
        said.setlist("weekdays", [str(day.isoweekday())])
    said["drawn"] = said.get("repeats", "")


def _total(said: QueryDict) -> int:
    total = said.get(_TOTAL, "")
    return int(total) if total.isdecimal() and len(total) < 3 else 0


def _clock(said: QueryDict, number: int, name: str, usual: time) -> time:
    try:
        return time.fromisoformat(said.get(_key(number, name), ""))
    except ValueError:
        return usual


def _key(number: int, name: str) -> str:
    return f"{PREFIX}-{number}-{name}"
