"""When a date is brought and picked up: its windows on the wall clock, as instants."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from recurring.expansion import zone_named
from recurring.protocols import OverrideLike, VersionLike, WindowLike
from recurring.schedule import Planned
from recurring.windows import window_at


class Times(NamedTuple):
    """The two windows of one date."""

    after: datetime
    before: datetime
    pickup_after: datetime
    pickup_before: datetime


def window_of[W: WindowLike](planned: Planned, windows: Iterable[W]) -> W:
    """The window of the day that this date comes in; a date added by hand has the first's shape."""
    windows = list(windows)
    opens = planned.original.time()
    return next((window for window in windows if window.opens == opens), windows[0])


def pickup_day_of(
    planned: Planned, version: VersionLike, override: OverrideLike | None = None
) -> date:
    """The local day on which producers give the goods of this date."""
    return (planned.start - _lead(window_of(planned, version.windows.all()), override)).date()


def _lead(window: WindowLike, override: OverrideLike | None) -> timedelta:
    """From the opening of the pick-up to that of the window: its own on this date, or the rule's."""
    own = override.pickup_lead if override else None
    return window.pickup_lead if own is None else own


def times_of(
    planned: Planned, version: VersionLike, override: OverrideLike | None = None, timezone: str = ""
) -> Times:
    """Both windows on the wall clock, each end resolved by itself: no clock change moves them.

    A moved date keeps its distance from the pick-up.
    """
    window = window_of(planned, version.windows.all())
    zone = zone_named(timezone) if timezone else planned.zone
    minutes = (override and override.minutes) or window.minutes
    delivery = window_at(planned.start, minutes, zone)
    lasts = (override and override.pickup_minutes) or window.pickup_minutes
    pickup = window_at(planned.start - _lead(window, override), lasts, zone)
    return Times(delivery.after, delivery.before, pickup.after, pickup.before)
