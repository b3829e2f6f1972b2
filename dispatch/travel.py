"""How long couriers take, estimated without a map: the straight line, a detour, a bike's pace.

Measured on bike routes of two towns, the way is about 1.35 times the straight line; with a loaded
cargo bike or a trailer people ride slower. Pure: no database, no clock.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Protocol

DETOUR = 1.35
BIKE_KMH = 15
LOADED_KMH = 13  # cargo bikes and trailers
STOP_MINUTES = 3  # to lock, ring, hand over
_EARTH_KM = 6371.0

type Point = tuple[float, float]  # latitude, longitude in degrees


class Visit(Protocol):
    """A stop still to be made."""

    @property
    def point(self) -> Point: ...
    @property
    def after(self) -> datetime: ...


def straight_km(start: Point, end: Point) -> float:
    """The straight line over the ground (haversine)."""
    north, east = radians(end[0] - start[0]), radians(end[1] - start[1])
    chord = sin(north / 2) ** 2 + cos(radians(start[0])) * cos(radians(end[0])) * sin(east / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(chord))


def minutes_between(start: Point, end: Point, *, kmh: float = BIKE_KMH) -> float:
    """Minutes of riding from one place to another."""
    return straight_km(start, end) * DETOUR / kmh * 60


def finish_of(
    visits: Iterable[Visit], *, leaves_at: datetime, origin: Point | None, kmh: float = BIKE_KMH
) -> datetime:
    """When the last of `visits`, ridden in order, is made.

    The courier leaves `origin` (None: is already at the first stop) at `leaves_at`, and waits where
    a window has not opened yet.
    """
    moment, place = leaves_at, origin
    for visit in visits:
        if place is not None:
            moment += timedelta(minutes=minutes_between(place, visit.point, kmh=kmh))
        moment = max(moment, visit.after) + timedelta(minutes=STOP_MINUTES)
        place = visit.point
    return moment
