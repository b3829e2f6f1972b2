"""The windows of a rule's version, as instants for one date."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from recurring.models import RuleVersion
from recurring.windows import window_at


@dataclass(frozen=True, slots=True)
class EventWindow:
    """When it is delivered on the wall clock, and how long before that it is picked up."""

    opens: time
    minutes: int
    pickup_lead: timedelta
    pickup_minutes: int

    def delivery(self, start: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The window that opens at `start` (naive); each end is resolved by itself."""
        window = window_at(start, self.minutes, zone)
        return window.after, window.before

    def pickup(self, start: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its pick-up, on the wall clock too: at 18:00 the evening before, whatever clocks do."""
        window = window_at(start - self.pickup_lead, self.pickup_minutes, zone)
        return window.after, window.before


def windows_of(version: RuleVersion) -> list[EventWindow]:
    """Reads prefetched windows."""
    return [
        EventWindow(
            opens=window.opens,
            minutes=window.minutes,
            pickup_lead=window.pickup_lead,
            pickup_minutes=window.pickup_minutes,
        )
        for window in version.windows.all()
    ]


def window_of(version: RuleVersion, original: datetime) -> EventWindow:
    """The window that this original start opens; for one by hand at another time, the first."""
    windows = windows_of(version)
    return next((w for w in windows if w.opens == original.time()), windows[0])
