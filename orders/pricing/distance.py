"""How far a ride is, without a map server: straight lines, stretched by what streets add."""

from collections.abc import Sequence
from itertools import pairwise
from math import asin, cos, hypot, radians, sin, sqrt

from orders.protocols import AddressLike

EARTH_METERS = 6_371_000
DETOUR = 1.35  # what a bike rides in a European city, over the straight line


def ridden_meters(places: Sequence[AddressLike]) -> int:
    """The way along `places`, in their order."""
    legs = pairwise(places)
    return round(DETOUR * sum(straight_meters(start, end) for start, end in legs))


def straight_meters(start: AddressLike, end: AddressLike) -> float:
    """The great circle between two places (haversine)."""
    lat1, lat2 = radians(start.latitude), radians(end.latitude)
    half_lat = sin((lat2 - lat1) / 2)
    half_lng = sin(radians(end.longitude - start.longitude) / 2)
    chord = hypot(half_lat, sqrt(cos(lat1) * cos(lat2)) * half_lng)
    return 2 * EARTH_METERS * asin(min(1.0, chord))


def in_ridden_order(pickups: Sequence[AddressLike], dropoff: AddressLike) -> list[AddressLike]:
    """Pick-ups from the farthest to the nearest, then the drop-off: how such a ride is planned."""
    return [*sorted(pickups, key=lambda place: -straight_meters(place, dropoff)), dropoff]
