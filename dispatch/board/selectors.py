"""The dispatchers' day (day.py), read in five queries for 1 or 500 stops."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from coopcycle.words import filing_key
from dispatch import travel
from dispatch.board.day import (
    WHAT_IS_USUAL,
    Board,
    Bundle,
    Hidden,
    Lane,
    Problem,
    Shown,
    Stop,
    Told,
)
from dispatch.models import Courier, Incident, LateReport, Task
from dispatch.selectors import shifts_on
from dispatch.services.conflicts import what_happened

DONE_KEPT_IN_SIGHT = 2  # the line shows where a courier has just been
_COLUMNS = (
    "pk",
    "kind",
    "status",
    "place",
    "load",
    "weight_grams",
    "after",
    "before",
    "started_at",
    "finished_at",
    "version",
    "position",
    "delivery_id",
    "tour_id",
    "tour__courier_id",
    "address__street",
    "address__latitude",
    "address__longitude",
    "delivery__reference",
    "delivery__recipient_name",
    "delivery__is_recurring",
    "delivery__usual_tour_id",
    "delivery__usual_tour__name",
)


def board_of(day: date, *, at: datetime, shown: Shown = WHAT_IS_USUAL) -> Board:
    """Everything on the board of `day`, in five queries. What `shown` hides is counted."""
    stops = [Stop(*row) for row in _rows(day)]
    incidents = _open_incidents(day)
    for stop in stops:
        stop.late_minutes = _late_minutes(stop, day, at)
        stop.incident = incidents.get(stop.pk)
    lanes = _lanes(day, stops)
    waiting = [stop for stop in stops if stop.courier_id is None]
    everybody = sorted((lane for lane in lanes.values() if _rides(lane)), key=_lane_order)
    hidden = Hidden()
    for lane in everybody:
        lane.back_at = _back_at(lane, day, at)
        lane.shown = _in_sight(lane.stops, shown, hidden)
    drawn = [lane for lane in everybody if _has_vehicle(lane, shown.vehicle)]
    hidden.couriers = len(everybody) - len(drawn)
    active = [stop for stop in stops if stop.is_active]
    pool = _in_sight(waiting, shown, hidden)
    return Board(
        day=day,
        read_at=at,
        lanes=drawn,
        everybody=everybody,
        resting=[lane.courier for lane in lanes.values() if not _rides(lane)],
        pool=pool,
        bundles=_bundles(pool, stops),
        waiting=sum(stop.is_active for stop in waiting),
        problems=_problems(stops, lanes),
        reports=waiting_reports(LateReport.objects.filter(task__day=day)),
        counts=Counter(stop.state for stop in stops),
        hidden=hidden,
        late=sum(stop.late_minutes > 0 and stop.is_open for stop in active),
        total=len(active),
        recurring=sum(stop.is_recurring for stop in active),
    )


# --- what is read ----------------------------------------------------------------------------------
def _rows(day: date) -> Iterable[tuple[Any, ...]]:
    return Task.objects.on(day).order_by("after", "pk").values_list(*_COLUMNS)


def _open_incidents(day: date) -> dict[int, Incident]:
    """By task, the newest that nobody has settled."""
    found = Incident.objects.filter(task__day=day, resolved_at=None).order_by("created_at")
    return {incident.task_id: incident for incident in found}


def waiting_reports(reports: "QuerySet[LateReport]") -> list[Told]:
    """Those of them that wait, the oldest first, in one query."""
    waiting = reports.filter(outcome=LateReport.Outcome.WAITS).select_related(
        "task", "courier__user", "because__actor"
    )
    return [
        Told(
            report,
            what_happened(report.because, report.task.place)
            if report.because
            else report.get_hindrance_display(),
        )
        for report in waiting
    ]


def _lanes(day: date, stops: Sequence[Stop]) -> dict[int, Lane]:
    """A lane for each courier who rides here, and for those gone since who have stops."""
    couriers = (
        Courier.objects.filter(
            Q(archived_at=None) | Q(pk__in={stop.courier_id for stop in stops} - {None})
        )
        .select_related("user", "vehicle")
        .prefetch_related(shifts_on(day))
    )
    lanes = {
        courier.pk: Lane(courier, list(getattr(courier, "shifts_today", [])))
        for courier in couriers
    }
    for stop in sorted(stops, key=lambda stop: stop.position or 0):
        if stop.courier_id is not None:
            lanes[stop.courier_id].stops.append(stop)
    return lanes


# --- what is told of it ----------------------------------------------------------------------------
def _rides(lane: Lane) -> bool:
    return bool(lane.shifts or lane.stops)


def _lane_order(lane: Lane) -> tuple[bool, datetime, str]:
    """Earliest shift first; those who have stops without a shift at the end."""
    begins = lane.shifts[0].after if lane.shifts else lane.stops[0].after
    return not lane.shifts, begins, filing_key(lane.courier.user.name)


def _has_vehicle(lane: Lane, kind: str) -> bool:
    return not kind or bool(lane.courier.vehicle and lane.courier.vehicle.kind == kind)


def _in_sight(stops: list[Stop], shown: Shown, hidden: Hidden) -> list[Stop]:
    """The stops that `shown` lets through; the others are counted once, by the first reason."""
    done = [stop for stop in stops if stop.is_done and stop.courier_id is not None]
    earlier = set() if shown.all_done else {stop.pk for stop in done[:-DONE_KEPT_IN_SIGHT]}
    seen = []
    for stop in stops:
        if not stop.is_active and not shown.with_cancelled:
            hidden.cancelled += 1
        elif shown.only_late and not (stop.late_minutes and stop.is_open):
            hidden.on_time += 1
        elif shown.starts_before and timezone.localtime(stop.after).time() >= shown.starts_before:
            hidden.later += 1
        elif stop.pk in earlier:
            hidden.done += 1
        else:
            seen.append(stop)
    return seen


def _problems(stops: Iterable[Stop], lanes: dict[int, Lane]) -> list[Problem]:
    """Open incidents, the oldest first."""
    found = [
        Problem(stop.incident, stop, lanes[stop.courier_id].courier if stop.courier_id else None)
        for stop in stops
        if stop.incident
    ]
    return sorted(found, key=lambda problem: problem.incident.created_at)


def _bundles(pool: Iterable[Stop], stops: Iterable[Stop]) -> list[Bundle]:
    """Usual tours by name, with those of their stops that can be given away."""
    found: defaultdict[int, list[Stop]] = defaultdict(list)
    for stop in pool:
        if stop.usual_tour_id and stop.is_movable:
            found[stop.usual_tour_id].append(stop)
    if not found:
        return []
    of_delivery: defaultdict[int, list[Stop]] = defaultdict(list)
    for stop in stops:
        if stop.is_movable:
            of_delivery[stop.delivery_id].append(stop)
    bundles = [_bundle(tour_id, given, of_delivery) for tour_id, given in found.items()]
    return sorted(bundles, key=lambda bundle: filing_key(bundle.name))


def _bundle(tour_id: int, given: list[Stop], of_delivery: Mapping[int, list[Stop]]) -> Bundle:
    known = {stop.pk for stop in given}
    deliveries = {stop.delivery_id: of_delivery[stop.delivery_id] for stop in given}
    along = [stop for rest in deliveries.values() for stop in rest if stop.pk not in known]
    return Bundle(tour_id, given[0].usual_tour or "", given, along)


def _late_minutes(stop: Stop, day: date, at: datetime) -> int:
    """By how much the window was missed, so far. Open stops of past days are not counted on."""
    if stop.status in (Task.Status.FAILED, Task.Status.CANCELLED):
        return 0
    if stop.finished_at is None and timezone.localdate(at) != day:
        return 0
    return max(0, int(((stop.finished_at or at) - stop.before).total_seconds() // 60))


def _back_at(lane: Lane, day: date, at: datetime) -> datetime | None:
    """When the round ends, estimated from where the courier was last seen. None: nothing to tell."""
    finished = [stop for stop in lane.stops if stop.finished_at]
    last = max(finished, key=lambda stop: stop.finished_at or at, default=None)
    waiting = sorted(
        (stop for stop in lane.stops if stop.is_open),
        key=lambda stop: stop.status != Task.Status.DOING,  # sorts stably: the rest keeps its order
    )
    if not waiting:
        return last.finished_at if last else None
    today = timezone.localdate(at)
    if day < today:
        return None
    begins = lane.shifts[0].after if lane.shifts else waiting[0].after
    is_underway = waiting[0].status == Task.Status.DOING  # somewhere near it: nobody knows better
    return travel.finish_of(
        waiting,
        leaves_at=max(at, begins) if day == today else begins,
        origin=last.point if last and not is_underway else None,
        kmh=lane.kmh,
    )
