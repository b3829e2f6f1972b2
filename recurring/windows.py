"""Time windows of a standing order as instants. Pure: no Django, no database.

People say windows on the wall clock: “from 6:30 to 8:00, fetched the evening before at 18:00”. So
each end is resolved by itself; in the night of a clock change a window may be an hour longer or
shorter, but it opens and closes when the kitchen's clock says so.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from recurring.expansion import resolve


class Window(NamedTuple):
    """`[after, before)`, aware. `is_shifted`: the clock skipped one of its ends."""

    after: datetime
    before: datetime
    is_shifted: bool = False


def window_at(start: datetime, minutes: int, zone: ZoneInfo) -> Window:
    """The window that opens at this wall-clock time and closes `minutes` later on the wall clock.

    Where the clock leaves no time between the two, the window keeps its length instead.
    """
    opens = resolve(start, zone)
    closes = resolve(start + timedelta(minutes=minutes), zone)
    is_shifted = opens.is_shifted or closes.is_shifted
    if _is_before(opens.at, closes.at):
        return Window(opens.at, closes.at, is_shifted)
    return Window(opens.at, _later(opens.at, minutes), is_shifted)


def pickup_on(day: date, days_before: int, opens: time, minutes: int, zone: ZoneInfo) -> Window:
    """A pickup at a time of its own, `days_before` the drop-off's day (0: the same day)."""
    return window_at(datetime.combine(day - timedelta(days=days_before), opens), minutes, zone)


def pickup_ahead_of(start: datetime, lead_minutes: int, minutes: int, zone: ZoneInfo) -> Window:
    """A pickup that opens `lead_minutes` of the wall clock before the drop-off's window, `start`.

    Where the clock skips that lead, the minutes are counted for real: goods are never fetched
    after they are due.
    """
    ahead = window_at(start - timedelta(minutes=lead_minutes), minutes, zone)
    due = resolve(start, zone).at
    if _is_before(ahead.after, due) or lead_minutes <= 0:
        return ahead
    after = _later(due, -lead_minutes)
    return Window(after, _later(after, minutes), is_shifted=True)


def _later(moment: datetime, minutes: int) -> datetime:
    """Minutes that really pass: adding to an aware time would add on its wall clock."""
    later = moment.astimezone(UTC) + timedelta(minutes=minutes)
    return later.astimezone(moment.tzinfo)


def _is_before(one: datetime, other: datetime) -> bool:
    """As instants: two times of one zone compare by their wall clock."""
    return one.astimezone(UTC) < other.astimezone(UTC)
