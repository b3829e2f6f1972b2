"""Where stops stand on the time line."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from dispatch.board.hours import BAR_STEP, HOUR_WIDTH, hours_of
from dispatch.board.selectors import board_of
from dispatch.models import Courier
from tests.factories import TUESDAY, ShiftFactory, TaskFactory, TourFactory

DAY = TUESDAY.date()
YESTERDAY = TUESDAY - timedelta(days=1)  # so that no "now" stretches the line


def window(courier: Courier, *stops: tuple[float, float, str]) -> None:
    """Stops by when they open and close, in hours after TUESDAY (7:00 in Grenoble)."""
    tour = TourFactory(courier=courier)
    for position, (opens, closes, place) in enumerate(stops):
        TaskFactory(
            tour=tour,
            position=position,
            place=place,
            after=TUESDAY + timedelta(hours=opens),
            before=TUESDAY + timedelta(hours=closes),
        )


def line(day: date = DAY, at: datetime = YESTERDAY):
    return hours_of(board_of(day, at=at), at=at)


def test_line_runs_from_the_first_full_hour_to_the_last(ana):
    ShiftFactory(courier=ana)  # 7:00 to 13:00
    window(ana, (1.5, 3, "Odile"))

    drawn = line()

    assert [tick.at.hour + 1 for tick in drawn.ticks] == [7, 8, 9, 10, 11, 12]
    assert drawn.width == 6 * HOUR_WIDTH
    bar = drawn.rows[0].bars[0]
    assert (bar.x, bar.width, bar.y) == ("25.00%", "25.00%", 4)
    assert drawn.rows[0].shifts[0].width == "100.00%"


def test_windows_that_touch_are_put_under_each_other(ana):
    window(ana, (0, 2, "Odile"), (1, 3, "Port"), (3, 5, "Zoo"))

    bars = line().rows[0].bars

    assert [bar.y for bar in bars] == [4, 4 + BAR_STEP, 4]
    assert [bar.has_words_inside for bar in bars] == [True, True, True]


def test_words_that_do_not_fit_stand_behind_and_keep_their_room(ana):
    window(ana, (0, 0.5, "Ferme des Trois Ormes"), (1, 1.5, "Épicerie du Port"))

    row = line().rows[0]

    assert [bar.has_words_inside for bar in row.bars] == [False, False]
    assert [bar.y for bar in row.bars] == [4, 4 + BAR_STEP]
    assert row.height == 2 * BAR_STEP + 4


def test_line_leaves_room_for_the_last_words(ana):
    window(ana, (0, 1, "Odile"), (5.5, 6, "Boulangerie Saint-Similien"))

    assert line().ticks[-1].at == TUESDAY + timedelta(hours=8)


def test_bars_are_in_the_order_of_the_ride(ana):
    window(ana, (3, 4, "Second window"), (0, 1, "First window"))

    assert [bar.stop.position for bar in line().rows[0].bars] == [0, 1]


def test_today_has_a_mark_for_now(ana):
    window(ana, (0, 1, "Odile"))

    evening = line(at=TUESDAY + timedelta(hours=12))

    assert evening.now is not None
    assert evening.now.x == "92.31%"  # 12 of 13 hours
    assert [tick.is_written for tick in evening.ticks] == [True] * 12 + [False]
    assert line().now is None


def test_empty_day_has_the_usual_hours(db):
    drawn = line()

    assert (len(drawn.ticks), drawn.rows) == (10, [])


def test_hour_that_the_clocks_skip_is_not_drawn(ana):
    grenoble = ZoneInfo("Europe/Paris")
    spring = date(2027, 3, 28)  # from 2:00 on it is 3:00
    ShiftFactory(
        courier=ana,
        after=datetime(2027, 3, 28, 0, tzinfo=grenoble),
        before=datetime(2027, 3, 28, 8, tzinfo=grenoble),
    )

    with timezone.override(grenoble):
        shown = [tick.at.astimezone(grenoble).hour for tick in line(spring).ticks]

    assert shown == [0, 1, 3, 4, 5, 6, 7]
