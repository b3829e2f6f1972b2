"""A courier's round of one day, as the phone shows it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import User
from dispatch.models import Incident, LateReport, Task

OPEN = (Task.Status.TODO, Task.Status.DOING)


@dataclass(frozen=True)
class Round:
    """The stops of a day in the order in which they are ridden."""

    day: date
    stops: tuple[Task, ...]

    @property
    def next_stop(self) -> Task | None:
        """The stop that was started, else the first that waits."""
        doing = (task for task in self.stops if task.status == Task.Status.DOING)
        waiting = (task for task in self.stops if task.status == Task.Status.TODO)
        return next(doing, None) or next(waiting, None)

    @property
    def open(self) -> tuple[Task, ...]:
        return tuple(task for task in self.stops if task.status in OPEN)

    @property
    def finished(self) -> tuple[Task, ...]:
        return tuple(task for task in self.stops if task.status not in OPEN)

    @property
    def failed_count(self) -> int:
        return sum(task.status == Task.Status.FAILED for task in self.stops)

    @property
    def done_count(self) -> int:
        return sum(task.status == Task.Status.DONE for task in self.stops)

    @property
    def carried_grams(self) -> int:
        """What was handed over, at drop-offs that were made."""
        return sum(
            task.weight_grams
            for task in self.stops
            if task.status == Task.Status.DONE and not task.is_pickup
        )

    @property
    def first_start(self) -> datetime | None:
        return min((task.started_at for task in self.stops if task.started_at), default=None)

    @property
    def last_finish(self) -> datetime | None:
        return max((task.finished_at for task in self.stops if task.finished_at), default=None)


def round_of(user: User, day: date) -> Round:
    """The round of `user` on the co-op's local `day`. Stops that were called off are not ridden."""
    stops = _with_card(Task.objects.filter(tour__courier__user=user, tour__day=day))
    return Round(day, tuple(stops.exclude(status=Task.Status.CANCELLED)))


def stop_of(user: User, task_id: int) -> Task | None:
    """One stop of the courier's own tours, with what a card shows; also one that was called off."""
    return _with_card(Task.objects.filter(tour__courier__user=user, pk=task_id)).first()


def reports_of(user: User, day: date) -> list[LateReport]:
    """What this courier told too late: all that the office has not decided on, and those of `day`."""
    reports = LateReport.objects.filter(courier__user=user).select_related("task", "settled_by")
    return list(reports.filter(Q(outcome="") | Q(task__day=day)))


def _with_card(stops: "QuerySet[Task]") -> "QuerySet[Task]":
    """With what a card shows, in the order of the round."""
    incidents = Incident.objects.order_by("-created_at")
    return (
        stops.select_related("address", "delivery__sender", "tour")
        .prefetch_related("proofs", Prefetch("incidents", incidents))
        .order_by("position")
    )


def next_day_with_stops(user: User, after: date) -> tuple[date, int] | None:
    """The next day with stops for this courier within two weeks, and how many."""
    days = Task.objects.filter(
        tour__courier__user=user,
        tour__day__gt=after,
        tour__day__lte=after + timedelta(days=14),
        status__in=OPEN,
    ).order_by("tour__day")
    first = days.values_list("tour__day", flat=True).first()
    return (first, days.filter(tour__day=first).count()) if first else None


def minutes_late(task: Task, at: datetime) -> int:
    """Whole minutes past the window of a stop that is still open; 0 when on time."""
    if task.status not in OPEN or at <= task.before:
        return 0
    return int((at - task.before).total_seconds() // 60)
