"""The windows of a rule's version, as instants for one date."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from recurring.expansion import parse_local, resolve
from recurring.models import RuleVersion


@dataclass(frozen=True, slots=True)
class EventWindow:
    """When it is delivered on the wall clock, and how long before that it is picked up."""

    opens: time
    minutes: int
    pickup_lead: timedelta
    pickup_minutes: int

    def delivery(self, start: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The window that opens at `start` (naive); each end is resolved by itself."""
        after = resolve(start, zone).at
        before = resolve(start + timedelta(minutes=self.minutes), zone).at
        if before.timestamp() <= after.timestamp():
            before = _later(after, timedelta(minutes=self.minutes))
        return after, before

    def pickup(self, start: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
        after = _later(resolve(start, zone).at, -self.pickup_lead)
        return after, _later(after, timedelta(minutes=self.pickup_minutes))


def windows_of(version: RuleVersion) -> list[EventWindow]:
    return [
        EventWindow(
            opens=parse_local(version.dtstart).time(),
            minutes=version.window_minutes,
            pickup_lead=timedelta(minutes=version.pickup_lead_minutes),
            pickup_minutes=version.pickup_minutes,
        )
    ]


def window_of(version: RuleVersion, original: datetime) -> EventWindow:
    """The window that this original start opens; for one by hand at another time, the first."""
    windows = windows_of(version)
    return next((w for w in windows if w.opens == original.time()), windows[0])


def _later(moment: datetime, length: timedelta) -> datetime:
    return (moment.astimezone(UTC) + length).astimezone(moment.tzinfo)
