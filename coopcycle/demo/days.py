"""A day on the road: the dispatcher gives stops away, couriers ride them. Runs inside the co-op.

All by the services that people's clicks call, at the times at which they would have clicked."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from random import Random
from uuid import UUID

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from accounts.models import User
from coopcycle.demo.clicks import by_hand
from dispatch.models import Courier, FailureReason, Shift, Task
from dispatch.services import (
    Operation,
    apply_operations,
    complete_task,
    fail_task,
    resolve_incident,
    start_task,
)

_SETS_OFF = timedelta(minutes=9)
_RECEIVED_BY = ("Karim", "Louise", "Paolo", "Anneke", "Sofia", "Bram", "Yasmine", "Teo")


def give_away(day: date, *, actor: User, at: datetime, keep: int) -> None:
    """Assign the day's deliveries to couriers on shift; the `keep` latest stay unassigned."""
    shifts = list(Shift.objects.filter(after__date=day).select_related("courier").order_by("pk"))
    deliveries = _deliveries(day)
    given: Counter[int] = Counter()
    operations = []
    for tasks in deliveries[: len(deliveries) - keep] if shifts else []:
        courier = _free_courier(tasks, shifts, given)
        given[courier.pk] += 1
        seen = {task.pk: task.version for task in tasks}
        operations.append(Operation(tuple(seen), seen, courier_id=courier.pk))
    if operations:
        by_hand(apply_operations)(operations, actor=actor, at=at)


def report_a_problem(day: date, *, at: datetime, chance: Random) -> None:
    """The latest delivery that was given away has a wrong address, as its courier reports while
    reading the round, or at the door: an incident that waits for a dispatcher at every hour."""
    rounds = Task.objects.filter(day=day, tour__isnull=False, kind=Task.Kind.DROPOFF)
    task = rounds.select_related("tour__courier__user").order_by("after", "pk").last()
    if task and task.tour:
        by_hand(fail_task)(
            task_id=task.pk,
            actor=task.tour.courier.user,
            at=min(at, task.after + timedelta(minutes=20)),
            client_id=_id(chance),
            reason=FailureReason.ADDRESS,
        )


def ride(day: date, *, until: datetime, dispatcher: User | None, chance: Random) -> None:
    """Ride the day's tours as far as the clock `until`; the stop under way stays under way.

    Now and then a drop-off fails, and the dispatcher deals with it; without one, none fails.
    """
    tasks = (
        Task.objects.filter(day=day, tour__isnull=False, status=Task.Status.TODO)
        .select_related("tour__courier__user")
        .order_by("tour", "position")
    )
    free_at: dict[int, datetime] = {}
    # Deliveries that failed: their other stops wait for a dispatcher.
    lost = set(
        Task.objects.filter(day=day, status=Task.Status.FAILED).values_list("delivery", flat=True)
    )
    for task in tasks:
        tour_id = task.tour_id
        if tour_id is None or task.delivery_id in lost:
            continue
        arrives = _arrival(task, free_at.get(tour_id), chance)
        free_at[tour_id] = arrives + timedelta(minutes=4)
        if arrives - _SETS_OFF > until:
            continue
        if not _stop(task, arrives, until=until, dispatcher=dispatcher, chance=chance):
            lost.add(task.delivery_id)


def _deliveries(day: date) -> list[list[Task]]:
    """Unassigned open stops of the day, by delivery, the earliest first."""
    groups: dict[int, list[Task]] = defaultdict(list)
    for task in Task.objects.filter(day=day, tour=None, status=Task.Status.TODO):
        groups[task.delivery_id].append(task)
    return sorted(groups.values(), key=lambda tasks: min(task.after for task in tasks))


def _free_courier(tasks: Sequence[Task], shifts: Sequence[Shift], given: Counter[int]) -> Courier:
    """Who rides at that time and has the fewest deliveries so far, so that everybody has some."""
    begins, ends = min(task.after for task in tasks), max(task.after for task in tasks)
    riding = [shift for shift in shifts if shift.after <= begins and ends < shift.before]
    return min(riding or shifts, key=lambda shift: given[shift.courier_id]).courier


def _arrival(task: Task, free_at: datetime | None, chance: Random) -> datetime:
    """Inside the window for most stops; some are late, as days go."""
    planned = task.after + timedelta(minutes=chance.randint(2, 25))
    arrives = max(planned, free_at + timedelta(minutes=6)) if free_at else planned
    return arrives + timedelta(minutes=12 if chance.random() < 0.06 else 0)


def _stop(
    task: Task, arrives: datetime, *, until: datetime, dispatcher: User | None, chance: Random
) -> bool:
    """Start and finish one stop; False when it failed."""
    assert task.tour  # noqa: S101 - the caller reads assigned stops
    rider = task.tour.courier.user
    by_hand(start_task)(task_id=task.pk, actor=rider, at=arrives - _SETS_OFF, client_id=_id(chance))
    if arrives > until:
        return True
    if not task.is_pickup and chance.random() < 0.05 and dispatcher:
        _fail(task, rider, arrives, dispatcher, chance)
        return False
    is_shown = not task.is_pickup
    by_hand(complete_task)(
        task_id=task.pk,
        actor=rider,
        at=arrives,
        client_id=_id(chance),
        recipient_name=chance.choice(_RECEIVED_BY) if is_shown else "",
        photo=_photo(chance) if is_shown and chance.random() < 0.3 else None,
    )
    return True


def _fail(task: Task, rider: User, at: datetime, dispatcher: User, chance: Random) -> None:
    reason = chance.choice([FailureReason.ABSENT, FailureReason.CLOSED, FailureReason.REFUSED])
    by_hand(fail_task)(task_id=task.pk, actor=rider, at=at, client_id=_id(chance), reason=reason)
    by_hand(resolve_incident)(
        task.incidents.get().pk, actor=dispatcher, at=at + timedelta(minutes=20)
    )


def _id(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _photo(chance: Random) -> "ContentFile[bytes]":
    """A parcel at a door, drawn: nobody's real doorstep stands in the demo."""
    image = Image.new("RGB", (640, 480), chance.choice(["#c9bfae", "#b9c4c9", "#d3c7c0"]))
    pen = ImageDraw.Draw(image)
    pen.rectangle((80, 40, 300, 420), fill=chance.choice(["#4a6a5d", "#7a4b3a", "#3d5573"]))
    pen.ellipse((262, 225, 282, 245), fill="#e4d9a6")
    pen.rectangle((0, 420, 640, 480), fill="#8d8a83")
    pen.rectangle((350, 300, 520, 430), fill="#b98a55", outline="#6f4f2c", width=4)
    pen.line((435, 300, 435, 430), fill="#e9dcc0", width=10)
    output = BytesIO()
    image.save(output, "JPEG", quality=80)
    return ContentFile(output.getvalue(), name="proof.jpg")
