"""How long a ride takes, without a map."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from dispatch import travel

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
GRENOBLE, A_KM_NORTH = (45.18, 5.72), (45.188993, 5.72)


@dataclass(frozen=True)
class Visit:
    point: travel.Point
    after: datetime = NOON


def test_straight_line_is_a_kilometre():
    assert round(travel.straight_km(GRENOBLE, A_KM_NORTH), 3) == 1.0
    assert travel.straight_km(GRENOBLE, GRENOBLE) == 0


@pytest.mark.parametrize(("kmh", "minutes"), [(travel.BIKE_KMH, 5.4), (travel.LOADED_KMH, 6.2)])
def test_kilometre_takes_as_long_as_the_detour_and_the_bike(kmh, minutes):
    assert round(travel.minutes_between(GRENOBLE, A_KM_NORTH, kmh=kmh), 1) == minutes


def test_round_is_rides_and_stops():
    visits = [Visit(GRENOBLE), Visit(A_KM_NORTH)]

    from_first = travel.finish_of(visits, leaves_at=NOON, origin=None)
    from_afar = travel.finish_of(visits, leaves_at=NOON, origin=A_KM_NORTH)

    assert round((from_first - NOON) / timedelta(minutes=1), 1) == 3 + 5.4 + 3
    assert round((from_afar - NOON) / timedelta(minutes=1), 1) == 5.4 + 3 + 5.4 + 3


def test_courier_waits_for_a_window_to_open():
    opens = NOON + timedelta(hours=1)

    ends = travel.finish_of([Visit(GRENOBLE, opens)], leaves_at=NOON, origin=A_KM_NORTH)

    assert ends == opens + timedelta(minutes=3)


def test_round_without_stops_ends_where_it_begins():
    assert travel.finish_of([], leaves_at=NOON, origin=GRENOBLE) == NOON
