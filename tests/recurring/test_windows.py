"""Windows and pickups on the wall clock, in ordinary nights and when clocks change."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from recurring.windows import pickup_ahead_of, pickup_on, window_at

PARIS = ZoneInfo("Europe/Paris")


def ends(window) -> tuple[str, str]:
    return window.after.isoformat(), window.before.isoformat()


def minutes(window) -> float:
    return (window.before.timestamp() - window.after.timestamp()) / 60


def test_a_window_opens_and_closes_on_the_wall_clock():
    window = window_at(datetime(2026, 11, 24, 6, 30), 90, PARIS)
    assert ends(window) == ("2026-11-24T06:30:00+01:00", "2026-11-24T08:00:00+01:00")
    assert not window.is_shifted


@pytest.mark.parametrize(
    ("tzid", "start", "length", "real_minutes"),
    [
        ("Europe/Paris", "2026-03-29T01:30", 120, 60),  # to 03:30, an hour is missing
        ("Europe/Paris", "2026-10-25T01:30", 120, 180),  # to 03:30, an hour comes twice
        ("Europe/Lisbon", "2026-03-29T00:30", 120, 60),
        ("Atlantic/Canary", "2026-10-25T00:30", 120, 180),
        ("America/Montreal", "2026-03-08T01:30", 120, 60),
        ("America/Montreal", "2026-11-01T00:30", 120, 180),
    ],
)
def test_a_window_that_ends_after_the_change_keeps_its_end(tzid, start, length, real_minutes):
    window = window_at(datetime.fromisoformat(start), length, ZoneInfo(tzid))
    assert minutes(window) == real_minutes


def test_a_window_that_opens_in_the_gap_keeps_its_length():
    window = window_at(datetime(2026, 3, 29, 2, 15), 45, PARIS)
    assert ends(window) == ("2026-03-29T03:15:00+02:00", "2026-03-29T04:00:00+02:00")
    assert window.is_shifted


def test_a_window_that_closes_in_the_gap_is_flagged():
    window = window_at(datetime(2026, 3, 29, 1, 45), 45, PARIS)
    assert ends(window) == ("2026-03-29T01:45:00+01:00", "2026-03-29T03:30:00+02:00")
    assert window.is_shifted


def test_a_window_over_midnight_ends_on_the_next_day():
    window = window_at(datetime(2026, 12, 31, 23, 30), 60, PARIS)
    assert ends(window) == ("2026-12-31T23:30:00+01:00", "2027-01-01T00:30:00+01:00")


def test_a_window_may_open_at_midnight():
    assert ends(window_at(datetime(2026, 3, 29), 60, PARIS))[0] == "2026-03-29T00:00:00+01:00"


def test_a_pickup_the_evening_before_stays_on_its_wall_clock_over_the_change():
    window = pickup_on(date(2026, 3, 29), 1, time(18), 60, PARIS)
    assert ends(window) == ("2026-03-28T18:00:00+01:00", "2026-03-28T19:00:00+01:00")


def test_a_pickup_on_the_same_day():
    window = pickup_on(date(2026, 11, 24), 0, time(5), 30, PARIS)
    assert ends(window) == ("2026-11-24T05:00:00+01:00", "2026-11-24T05:30:00+01:00")


def test_a_lead_is_counted_on_the_wall_clock():
    lead = pickup_ahead_of(datetime(2026, 3, 29, 6), 12 * 60, 60, PARIS)
    assert ends(lead) == ("2026-03-28T18:00:00+01:00", "2026-03-28T19:00:00+01:00")


def test_a_lead_that_the_clock_skips_is_counted_for_real():
    lead = pickup_ahead_of(datetime(2026, 3, 29, 3, 15), 60, 60, PARIS)  # 02:15 does not exist
    assert ends(lead) == ("2026-03-29T01:15:00+01:00", "2026-03-29T03:15:00+02:00")
    assert lead.is_shifted


def test_a_pickup_may_open_with_the_delivery():
    lead = pickup_ahead_of(datetime(2026, 11, 24, 6), 0, 30, PARIS)
    assert ends(lead) == ("2026-11-24T06:00:00+01:00", "2026-11-24T06:30:00+01:00")
