"""What the board tells of a day, and in how many queries."""

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse

from dispatch import services
from dispatch.board.day import Shown, peak_load
from dispatch.board.selectors import board_of
from dispatch.models import Incident, Task, Vehicle
from tests.factories import (
    TUESDAY,
    AddressFactory,
    CourierFactory,
    ShiftFactory,
    TaskFactory,
    TourFactory,
    VehicleFactory,
)

DAY = TUESDAY.date()
BOARD_QUERIES = 5  # stops, incidents, couriers, shifts, late reports


def reported(task: Task, at: datetime = TUESDAY) -> Incident:
    event = task.events.create(kind="failed", recorded_at=at)
    return Incident.objects.create(task=task, event=event, reason="closed", created_at=at)


@pytest.fixture
def make_rounds(make_pair, ines):
    """As many couriers as asked, each on shift with a pair and a reported failure."""

    def make(rounds: int) -> None:
        for _ in range(rounds):
            pair, courier = make_pair(), CourierFactory()
            ShiftFactory(courier=courier)
            services.assign(
                {task.pk: 1 for task in pair}, courier_id=courier.pk, actor=ines, at=TUESDAY
            )
            reported(TaskFactory(failed=True))

    return make


@pytest.mark.parametrize("rounds", [1, 30])
def test_board_takes_the_same_queries_for_any_number_of_stops(
    rounds, make_rounds, django_assert_num_queries
):
    make_rounds(rounds)

    with django_assert_num_queries(BOARD_QUERIES):
        board = board_of(DAY, at=TUESDAY)

    assert (board.total, len(board.problems)) == (rounds * 3, rounds)


@pytest.mark.parametrize("view", ["columns", "map", "hours"])
@pytest.mark.parametrize("rounds", [1, 30])
def test_page_takes_the_same_queries_for_any_number_of_stops(
    client_for, ines, rounds, view, make_rounds, django_assert_num_queries
):
    make_rounds(rounds)
    client = client_for(ines)

    # besides the board's own: the co-op of the host, the session, the person, their businesses
    with django_assert_num_queries(BOARD_QUERIES + 4):
        page = client.get(reverse("board:day"), {"day": "2026-11-24", "view": view})

    assert page.content.count(b"data-task=") == rounds * 3


def test_done_and_cancelled_stops_are_hidden_and_counted(ana):
    tour = TourFactory(courier=ana)
    for position in range(5):
        TaskFactory(
            tour=tour,
            position=position,
            status=Task.Status.DONE,
            finished_at=TUESDAY + timedelta(hours=1),
        )
    TaskFactory(cancelled=True)

    board = board_of(DAY, at=TUESDAY)
    in_full = board_of(DAY, at=TUESDAY, shown=Shown(all_done=True, with_cancelled=True))

    assert (board.hidden.done, board.hidden.cancelled) == (3, 1)
    assert [stop.position for stop in board.lanes[0].shown] == [3, 4]
    assert (board.lanes[0].done, board.lanes[0].total, board.pool) == (5, 5, [])
    assert (len(in_full.lanes[0].shown), len(in_full.pool)) == (5, 1)


def test_filters_count_what_they_hide(ana, malik):
    Vehicle.objects.filter(pk=ana.vehicle_id).update(kind=Vehicle.Kind.BIKE)
    tour = TourFactory(courier=ana)
    late = TaskFactory(tour=tour, position=0)  # until 09:00 in Grenoble
    TaskFactory(
        tour=tour,
        position=1,
        after=TUESDAY + timedelta(hours=5),
        before=TUESDAY + timedelta(hours=6),
    )
    ShiftFactory(courier=malik)
    now = TUESDAY + timedelta(hours=3)

    only_late = board_of(DAY, at=now, shown=Shown(only_late=True))
    morning = board_of(DAY, at=now, shown=Shown(starts_before=time(10)))
    cargo = board_of(DAY, at=now, shown=Shown(vehicle=Vehicle.Kind.CARGO))

    assert [stop.pk for stop in only_late.lanes[-1].shown] == [late.pk]
    assert only_late.hidden.on_time == 1
    assert [stop.pk for stop in morning.lanes[-1].shown] == [late.pk]
    assert morning.hidden.later == 1
    assert [lane.courier for lane in cargo.lanes] == [malik]
    assert cargo.hidden.couriers == 1
    assert [lane.courier for lane in cargo.everybody] == [malik, ana]  # all can be given stops


def test_end_of_what_is_shown_is_not_the_end_of_the_round(ana):
    tour = TourFactory(courier=ana)
    TaskFactory(tour=tour, position=0)
    afternoon = {
        "after": TUESDAY + timedelta(hours=6),
        "before": TUESDAY + timedelta(hours=7),
    }
    later = TaskFactory(tour=tour, position=1, **afternoon)

    whole = board_of(DAY, at=TUESDAY).lanes[0]
    morning = board_of(DAY, at=TUESDAY, shown=Shown(starts_before=time(12))).lanes[0]

    assert (whole.hidden_next, morning.hidden_next) == (None, later.pk)


def test_lateness_counts_open_stops_of_today(ana):
    tour = TourFactory(courier=ana)
    TaskFactory(tour=tour, position=0)  # window ends at 08:00 UTC
    now = TUESDAY + timedelta(hours=2, minutes=8)

    board = board_of(DAY, at=now)
    next_day = board_of(DAY, at=now + timedelta(days=1))

    assert (board.late, board.lanes[0].worst_late) == (1, 8)
    assert (next_day.late, next_day.lanes[0].worst_late) == (0, 0)


def test_load_is_the_most_on_the_bike_at_once(make_pair):
    first, second = make_pair(), make_pair()

    assert peak_load([*first, *second]) == 5000
    assert peak_load([first[0], second[0], first[1], second[1]]) == 10000
    assert peak_load([first[1]]) == 5000


def test_open_incidents_are_told_oldest_first(ana):
    tour = TourFactory(courier=ana)
    failed = {"status": Task.Status.FAILED, "finished_at": TUESDAY}
    second = reported(TaskFactory(tour=tour, position=0, **failed), TUESDAY + timedelta(minutes=9))
    first = reported(TaskFactory(tour=tour, position=1, **failed))
    settled = reported(TaskFactory(tour=tour, position=2, **failed))
    Incident.objects.filter(pk=settled.pk).update(resolved_at=TUESDAY)

    problems = board_of(DAY, at=TUESDAY).problems

    assert [problem.incident for problem in problems] == [first, second]
    assert [problem.courier for problem in problems] == [ana, ana]


# --- when a round ends -----------------------------------------------------------------------------
def place(latitude: str) -> dict[str, object]:
    return {"address": AddressFactory(latitude=latitude, longitude="5.72")}


def test_round_to_come_ends_three_minutes_after_its_last_window_opens(ana):
    ShiftFactory(courier=ana)
    TaskFactory(tour=TourFactory(courier=ana), position=0)

    lane = board_of(DAY, at=TUESDAY).lanes[0]

    assert lane.back_at == TUESDAY + timedelta(hours=1, minutes=3)
    assert (lane.is_back, lane.is_back_late) == (False, False)


def test_round_under_way_goes_on_from_the_last_stop_made(ana):
    tour, now = TourFactory(courier=ana), TUESDAY + timedelta(hours=1, minutes=20)
    made = {"status": Task.Status.DONE, "finished_at": TUESDAY + timedelta(hours=1)}
    TaskFactory(tour=tour, position=0, **made, **place("45.18"))
    TaskFactory(tour=tour, position=1, **place("45.19"))  # 1.112 km: 7.0 min by cargo bike

    lane = board_of(DAY, at=now).lanes[0]

    assert lane.kmh == 13
    assert lane.back_at is not None
    assert round((lane.back_at - now) / timedelta(minutes=1), 1) == 9.9


def test_round_that_ends_after_the_shift_says_so(ana):
    ShiftFactory(courier=ana, before=TUESDAY + timedelta(hours=1))
    TaskFactory(tour=TourFactory(courier=ana), position=0)

    assert board_of(DAY, at=TUESDAY).lanes[0].is_back_late


def test_finished_round_ended_with_its_last_stop(ana):
    ended = TUESDAY + timedelta(hours=1)
    TaskFactory(
        tour=TourFactory(courier=ana), position=0, status=Task.Status.DONE, finished_at=ended
    )

    lane = board_of(DAY, at=TUESDAY + timedelta(hours=5)).lanes[0]

    assert (lane.back_at, lane.is_back) == (ended, True)


def test_nobody_guesses_about_a_past_day(ana):
    TaskFactory(tour=TourFactory(courier=ana), position=0)

    assert board_of(DAY, at=TUESDAY + timedelta(days=1)).lanes[0].back_at is None


def test_light_bike_rides_faster(db):
    light = CourierFactory(vehicle=VehicleFactory(kind=Vehicle.Kind.BIKE))
    for courier in (light, CourierFactory(vehicle=None), CourierFactory()):
        ShiftFactory(courier=courier)

    lanes = board_of(DAY, at=TUESDAY).lanes

    assert sorted(lane.kmh for lane in lanes) == [13, 15, 15]
