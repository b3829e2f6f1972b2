"""Which courier rides which stops, and in what order.

Dispatchers send operations ("these stops, as I saw them, to Ana, before that one"), never whole
lists. All operations of one call are folded in memory, checked together, and written by a fixed
number of statements, whether they move one stop or fifty.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.errors import DomainError
from dispatch.announcing import tell_boards, tell_riders
from dispatch.models import Courier, Task, TaskEvent, Tour
from dispatch.services.conflicts import require_seen


@dataclass(frozen=True, slots=True)
class Operation:
    """Give stops to a courier, or take them back (`courier_id` None).

    They go to the courier's tour of their own day, in front of the stop `before_id` or to the end.
    The rest of a delivery on the same day comes along unless `alone`. `seen` holds the version in
    which the person saw each stop; stops that come along need theirs too.
    """

    task_ids: tuple[int, ...]
    seen: Mapping[int, int]
    courier_id: int | None = None
    before_id: int | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: the stops that moved, in their new version, and the operations that undo it."""

    moved: list[Task]
    undo: list[Operation]


def assign(
    seen: Mapping[int, int],
    *,
    courier_id: int,
    actor: User | None,
    at: datetime,
    before_id: int | None = None,
    alone: bool = False,
) -> Applied:
    """Give all stops of `seen` (id → version) to one courier."""
    operation = Operation(tuple(seen), seen, courier_id, before_id, alone)
    return apply_operations([operation], actor=actor, at=at)


def unassign(
    seen: Mapping[int, int], *, actor: User | None, at: datetime, alone: bool = False
) -> Applied:
    """Take all stops of `seen` (id → version) back."""
    return apply_operations([Operation(tuple(seen), seen, alone=alone)], actor=actor, at=at)


@transaction.atomic
def apply_operations(
    operations: Sequence[Operation], *, actor: User | None, at: datetime
) -> Applied:
    """Do all operations or none.

    Raises DomainError, with a sentence for the dispatcher, when a stop is no longer as seen, is
    already ridden, or would be dropped off before it is picked up.
    """
    board = _Board.locked(operations)
    for operation in operations:
        board.fold(operation)
    board.check_order()
    return board.write(actor=actor, at=at)


@dataclass
class _Board:
    """The part of the board that the operations touch, with its rows locked."""

    tasks: dict[int, Task]
    tours: dict[tuple[int, date], Tour]
    lists: dict[int, list[Task]] = field(default_factory=dict)  # tour id → its stops in order
    found: dict[int, list[int]] = field(default_factory=dict)  # tour id → task ids before
    former: dict[int, int | None] = field(default_factory=dict)  # task id → its tour before
    touched: dict[int, Task] = field(default_factory=dict)

    @classmethod
    def locked(cls, operations: Sequence[Operation]) -> "_Board":
        """Lock tours, then tasks, both in pk order, so that two dispatchers queue up."""
        ids = {task_id for operation in operations for task_id in operation.task_ids}
        named = list(
            Task.objects.filter(delivery__in=Task.objects.filter(pk__in=ids).values("delivery"))
        )
        if ids - {task.pk for task in named}:
            raise DomainError(_("One of these stops is no longer there. Reload the board."))
        couriers = _couriers(operations)
        days = {task.day for task in named}
        _make_tours(couriers, days)
        tours = list(
            Tour.objects.filter(
                Q(courier__in=couriers, day__in=days) | Q(pk__in={task.tour_id for task in named})
            )
            .select_related("courier__user")
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        tasks = (
            Task.objects.filter(
                Q(tour__in=tours) | Q(delivery__in={task.delivery_id for task in named})
            )
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        board = cls(
            {task.pk: task for task in tasks},
            {(tour.courier_id, tour.day): tour for tour in tours},
        )
        board._read_lists()
        return board

    def _read_lists(self) -> None:
        self.former = {task.pk: task.tour_id for task in self.tasks.values()}
        self.lists = {tour.pk: [] for tour in self.tours.values()}
        for task in sorted(self.tasks.values(), key=lambda task: task.position or 0):
            if task.tour_id in self.lists:
                self.lists[task.tour_id].append(task)
        self.found = {tour_id: [task.pk for task in tasks] for tour_id, tasks in self.lists.items()}

    def fold(self, operation: Operation) -> None:
        """Carry one operation out in memory."""
        group = [self.tasks[task_id] for task_id in operation.task_ids]
        if not operation.alone:
            group += self._partners(group, operation.courier_id)
        require_seen(group, operation.seen)
        for task in group:
            _require_waiting(task)
        self.touched |= {task.pk: task for task in group}
        group = self._in_order(group)
        for task in group:
            self._take_out(task)
        if operation.courier_id is not None:
            for day in sorted({task.day for task in group}):
                tour = self.tours[operation.courier_id, day]
                self._put([task for task in group if task.day == day], tour, operation.before_id)

    def _partners(self, chosen: list[Task], courier_id: int | None) -> list[Task]:
        """The waiting stops of the same deliveries and days that would otherwise be left behind."""
        keys = {(task.delivery_id, task.day) for task in chosen}
        ids = {task.pk for task in chosen}
        return [
            task
            for task in self.tasks.values()
            if (task.delivery_id, task.day) in keys
            and task.pk not in ids
            and task.status == Task.Status.TODO
            and task.tour_id != (self.tours[courier_id, task.day].pk if courier_id else None)
        ]

    def _in_order(self, group: list[Task]) -> list[Task]:
        """Stops of one tour keep their order; others are sorted by their windows."""
        tours = {task.tour_id for task in group}
        if len(tours) == 1 and (tour_id := tours.pop()) is not None:
            return [task for task in self.lists[tour_id] if task in group]
        return in_riding_order(group)

    def _take_out(self, task: Task) -> None:
        if task.tour_id is not None:
            self.lists[task.tour_id].remove(task)
        task.tour_id = task.position = None

    def _put(self, group: list[Task], tour: Tour, before_id: int | None) -> None:
        stops = self.lists[tour.pk]
        index = len(stops)
        anchor = self.tasks.get(before_id) if before_id else None
        if before_id is not None and (anchor is None or anchor.day == tour.day):
            if anchor is None or anchor not in stops:
                raise DomainError(
                    _("The stop that you put this in front of has moved. Look again and repeat.")
                )
            index = stops.index(anchor)
        stops[index:index] = group
        for task in group:
            task.tour = tour

    def check_order(self) -> None:
        """A courier can't drop off before picking up. Only what this call touches is judged."""
        judged = {task.delivery_id for task in self.touched.values()}
        for stops in self.lists.values():
            dropped: set[int] = set()
            for task in stops:
                if task.delivery_id not in judged or task.status == Task.Status.CANCELLED:
                    continue
                if task.is_pickup and task.delivery_id in dropped:
                    raise DomainError(
                        _("At “%(place)s” something must be picked up before it is dropped off.")
                        % {"place": task.place}
                    )
                if not task.is_pickup:
                    dropped.add(task.delivery_id)

    def write(self, *, actor: User | None, at: datetime) -> Applied:
        """Save what differs: one statement for stops, one for tours, one for events."""
        former_positions = {
            task_id: position for ids in self.found.values() for position, task_id in enumerate(ids)
        }
        changed = self._renumber()
        moved = [
            task
            for task in self.touched.values()
            if (task.tour_id, task.position)
            != (self.former[task.pk], former_positions.get(task.pk))
        ]
        for task in moved:
            task.version += 1
        if moved:
            rows = {task.pk: task for task in [*changed, *moved]}
            Task.objects.bulk_update(rows.values(), ["tour", "position", "version"])
            tours = {tour_id for task in moved for tour_id in (task.tour_id, self.former[task.pk])}
            Tour.objects.filter(pk__in=filter(None, tours)).update(version=F("version") + 1)
            TaskEvent.objects.bulk_create([self._event(task, actor, at) for task in moved])
            tell_boards({task.day for task in moved})
            tell_riders(t.courier.user_id for t in self.tours.values() if t.pk in tours)
        return Applied(moved, self._undo(moved))

    def _renumber(self) -> list[Task]:
        """Number each tour from 0 again; returns the stops whose number changed."""
        changed = []
        for stops in self.lists.values():
            for position, task in enumerate(stops):
                if task.position != position:
                    task.position = position
                    changed.append(task)
        return changed

    def _event(self, task: Task, actor: User | None, at: datetime) -> TaskEvent:
        couriers = {tour.pk: tour.courier for tour in self.tours.values()}
        former = self.former[task.pk]
        details = moved_details(
            couriers.get(task.tour_id or 0), couriers.get(former) if former else None
        )
        kind = TaskEvent.Kind.ASSIGNED if task.tour_id else TaskEvent.Kind.UNASSIGNED
        return TaskEvent(task=task, kind=kind, actor=actor, recorded_at=at, details=details)

    def _undo(self, moved: list[Task]) -> list[Operation]:
        """Back to where they were: from the end of each tour, so that each finds its follower."""
        versions = {task.pk: task.version for task in moved}
        pooled = tuple(pk for pk in versions if self.former[pk] is None)
        undo = [Operation(pooled, versions, alone=True)] if pooled else []
        for tour in self.tours.values():
            follower: int | None = None
            for task_id in reversed(self.found[tour.pk]):
                if task_id in versions:
                    undo.append(
                        Operation((task_id,), versions, tour.courier_id, follower, alone=True)
                    )
                follower = task_id
        return undo


def moved_details(to: Courier | None, former: Courier | None) -> dict[str, str | int]:
    """Who has a stop now and who had it: names for people to read; by the ids a courier's phone is
    known that tells of a stop which has left their round."""
    details: dict[str, str | int] = {}
    if to is not None:
        details |= {"courier": to.user.name, "courier_id": to.pk}
    if former is not None:
        details |= {"from": former.user.name, "from_id": former.pk}
    return details


def in_riding_order(tasks: Iterable[Task]) -> list[Task]:
    """Earliest window first, but no drop-off in front of its own pickups."""
    tasks = list(tasks)
    ready: dict[int, datetime] = {}
    for task in tasks:
        if task.is_pickup:
            ready[task.delivery_id] = max(task.after, ready.get(task.delivery_id, task.after))

    def moment(task: Task) -> tuple[datetime, bool, datetime, int]:
        start = task.after
        if not task.is_pickup:
            start = max(start, ready.get(task.delivery_id, start))
        return start, not task.is_pickup, task.before, task.pk

    return sorted(tasks, key=moment)


def _require_waiting(task: Task) -> None:
    if task.status != Task.Status.TODO:
        raise DomainError(
            _("“%(place)s” is “%(state)s”. Only stops that still wait can be moved.")
            % {"place": task.place, "state": task.get_status_display()}
        )


def _couriers(operations: Sequence[Operation]) -> dict[int, Courier]:
    ids = {operation.courier_id for operation in operations if operation.courier_id is not None}
    couriers = Courier.objects.filter(pk__in=ids, archived_at=None).in_bulk()
    if len(couriers) != len(ids):
        raise DomainError(_("This courier no longer rides here. Reload the board."))
    return couriers


def _make_tours(couriers: Iterable[int], days: Iterable[date]) -> None:
    wanted = {(courier_id, day) for courier_id in couriers for day in days}
    if not wanted:
        return
    known = Tour.objects.filter(courier__in=couriers, day__in=days).values_list("courier", "day")
    missing = wanted - set(known)
    if missing:
        Tour.objects.bulk_create(
            [Tour(courier_id=courier_id, day=day) for courier_id, day in sorted(missing)],
            ignore_conflicts=True,  # the other dispatcher was faster by a moment
        )
