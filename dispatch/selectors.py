"""What the dispatchers' screens show. A day is read in a fixed number of queries, for 1 or 500 stops."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from dispatch.models import Courier, Incident, Proof, Shift, Task, TaskEvent

DONE_KEPT_IN_SIGHT = 2  # the line shows where a courier has just been


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """A task as the board draws it."""

    task: Task
    late_minutes: int
    incident: Incident | None

    @property
    def is_done(self) -> bool:
        return self.task.status == Task.Status.DONE

    @property
    def is_active(self) -> bool:
        return self.task.status != Task.Status.CANCELLED

    @property
    def is_movable(self) -> bool:
        return self.task.status == Task.Status.TODO


@dataclass(slots=True, eq=False)
class Lane:
    """One courier's day: hours, load and the stops in order."""

    courier: Courier
    shifts: list[Shift] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    shown: list[Stop] = field(default_factory=list)

    @property
    def counted(self) -> list[Stop]:
        return [stop for stop in self.stops if stop.is_active]

    @property
    def done(self) -> int:
        return sum(stop.is_done for stop in self.stops)

    @property
    def total(self) -> int:
        return len(self.counted)

    @property
    def worst_late(self) -> int:
        return max((stop.late_minutes for stop in self.stops), default=0)

    @property
    def load_grams(self) -> int:
        return peak_load([stop.task for stop in self.counted])

    @property
    def load_kg(self) -> int:
        return _kilograms(self.load_grams)

    @property
    def capacity_kg(self) -> int:
        """0 when nobody said what the courier rides."""
        return _kilograms(self.courier.vehicle.capacity_grams) if self.courier.vehicle else 0

    @property
    def over_kg(self) -> int:
        return max(0, self.load_kg - self.capacity_kg) if self.capacity_kg else 0


@dataclass(frozen=True, slots=True)
class Board:
    """The day of all couriers."""

    day: date
    lanes: list[Lane]
    resting: list[Courier]  # neither on shift nor with stops: they can still be given some
    pool: list[Stop]
    counts: dict[str, int]  # by the word of the state, as in coopcycle/states.py
    late: int
    hidden_done: int
    hidden_cancelled: int
    total: int
    recurring: int


def board_of(
    day: date, *, at: datetime, all_done: bool = False, with_cancelled: bool = False
) -> Board:
    """Everything on the board of `day`, in four queries.

    Of each courier's done stops the last two are shown unless `all_done`; cancelled ones only
    `with_cancelled`. What is hidden is counted.
    """
    tasks = list(_tasks_on(day))
    lanes = _lanes(day, tasks)
    pool: list[Stop] = []
    for task in tasks:
        stop = Stop(task, _late_minutes(task, at), _open_incident(task))
        if task.tour is None:
            pool.append(stop)
        else:
            lanes[task.tour.courier_id].stops.append(stop)
    ridden = [lane for lane in lanes.values() if lane.shifts or lane.stops]
    for lane in ridden:
        lane.stops.sort(key=lambda stop: stop.task.position or 0)
        lane.shown = _in_sight(lane.stops, all_done, with_cancelled)
    active = [task for task in tasks if task.status != Task.Status.CANCELLED]
    return Board(
        day=day,
        lanes=sorted(ridden, key=_lane_order),
        resting=[lane.courier for lane in lanes.values() if lane not in ridden],
        pool=[stop for stop in pool if with_cancelled or stop.is_active],
        counts=Counter(_state(task) for task in tasks),
        late=sum(
            _late_minutes(task, at) > 0 and task.status in (Task.Status.TODO, Task.Status.DOING)
            for task in active
        ),
        hidden_done=0
        if all_done
        else sum(max(0, lane.done - DONE_KEPT_IN_SIGHT) for lane in ridden),
        hidden_cancelled=0 if with_cancelled else len(tasks) - len(active),
        total=len(active),
        recurring=sum(task.delivery.is_recurring for task in active),
    )


def task_in_full(task_id: int) -> Task:
    """A stop with all that its page shows: delivery, other stops, history, incidents, proofs."""
    return (
        Task.objects.select_related("address", "delivery__sender", "tour__courier__user")
        .prefetch_related(
            Prefetch("delivery__tasks", Task.objects.select_related("tour__courier__user")),
            Prefetch("events", TaskEvent.objects.select_related("actor")),
            Prefetch("incidents", Incident.objects.select_related("resolved_by")),
            Prefetch("proofs", Proof.objects.order_by("pk")),
        )
        .get(pk=task_id)
    )


def couriers_on(day: date) -> list[Courier]:
    """Couriers who ride here, each with `shifts_today` of that day."""
    return list(_couriers().prefetch_related(_shifts_on(day)))


def couriers_without_place() -> "QuerySet[User]":
    """People with the courier's role who were never put on the board."""
    return User.objects.filter(is_courier=True, is_active=True, courier=None)


def peak_load(tasks: Iterable[Task]) -> int:
    """The most that is on the bike at one moment, in grams, when `tasks` are ridden in order."""
    aboard = peak = 0
    for task in tasks:
        if task.is_pickup:
            aboard += task.weight_grams
            peak = max(peak, aboard)
        else:  # goods picked up by somebody else count for their own stop
            peak = max(peak, task.weight_grams)
            aboard = max(0, aboard - task.weight_grams)
    return peak


def _tasks_on(day: date) -> "QuerySet[Task]":
    return (
        Task.objects.on(day)
        .select_related("address", "delivery", "tour")
        .prefetch_related(
            Prefetch(
                "incidents", Incident.objects.filter(resolved_at=None), to_attr="open_incidents"
            )
        )
        .order_by("after", "pk")
    )


def _lanes(day: date, tasks: Sequence[Task]) -> dict[int, Lane]:
    """A lane for each courier who rides here, and for those gone since who have stops."""
    riding = {task.tour.courier_id for task in tasks if task.tour}
    couriers = (
        Courier.objects.filter(Q(archived_at=None) | Q(pk__in=riding))
        .select_related("user", "vehicle")
        .prefetch_related(_shifts_on(day))
    )
    return {
        courier.pk: Lane(courier, list(getattr(courier, "shifts_today", [])))
        for courier in couriers
    }


def _couriers() -> "QuerySet[Courier]":
    return Courier.objects.filter(archived_at=None).select_related("user", "vehicle")


def _shifts_on(day: date) -> "Prefetch[str, QuerySet[Shift], str]":
    start = timezone.make_aware(datetime.combine(day, time.min))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    shifts = Shift.objects.filter(after__lt=end, before__gt=start).order_by("after")
    return Prefetch("shifts", shifts, to_attr="shifts_today")


def _lane_order(lane: Lane) -> tuple[bool, datetime, str]:
    """Earliest shift first; those who have stops without a shift at the end."""
    begins = lane.shifts[0].after if lane.shifts else lane.stops[0].task.after
    return not lane.shifts, begins, lane.courier.user.name


def _in_sight(stops: list[Stop], all_done: bool, with_cancelled: bool) -> list[Stop]:
    done = [stop for stop in stops if stop.is_done]
    hidden: set[Stop] = set() if all_done else set(done[:-DONE_KEPT_IN_SIGHT])
    return [stop for stop in stops if stop not in hidden and (with_cancelled or stop.is_active)]


def _late_minutes(task: Task, at: datetime) -> int:
    """By how much the window was missed, so far. Open stops of past days are not counted on."""
    if task.status in (Task.Status.FAILED, Task.Status.CANCELLED):
        return 0
    moment = task.finished_at or at
    if task.finished_at is None and timezone.localdate(at) != task.day:
        return 0
    return max(0, int((moment - task.before).total_seconds() // 60))


def _open_incident(task: Task) -> Incident | None:
    """The newest that nobody has settled."""
    found: list[Incident] = getattr(task, "open_incidents", [])
    return found[0] if found else None


def _state(task: Task) -> str:
    if task.status == Task.Status.TODO:
        return "assigned" if task.tour_id else "unassigned"
    return task.status.lower()


def _kilograms(grams: int) -> int:
    return round(grams / 1000)
