"""What a dispatcher does to a stop that can't be ridden as planned."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.models import User
from dispatch.announcing import tell_boards, tell_deliveries, tell_riders_of
from dispatch.models import Incident, Task, TaskEvent
from dispatch.services.conflicts import require_seen
from dispatch.states import move


@transaction.atomic
def cancel_tasks(
    task_ids: Iterable[int],
    *,
    actor: User | None,
    at: datetime,
    seen: Mapping[int, int] | None = None,
) -> list[Task]:
    """Call stops off. Failed and cancelled ones stay as they are; a done one raises DomainError.

    A person at the board sends the versions they saw (`seen`: id → version).
    """
    tasks = list(
        Task.objects.filter(pk__in=set(task_ids)).select_for_update(of=("self",)).order_by("pk")
    )
    if seen is not None:
        require_seen(tasks, seen)
    over = {Task.Status.FAILED, Task.Status.CANCELLED}
    open_tasks = [task for task in tasks if task.status not in over]
    for task in open_tasks:
        move(task, Task.Status.CANCELLED)
        task.version += 1
    Task.objects.bulk_update(open_tasks, ["status", "version"])
    _record(open_tasks, TaskEvent.Kind.CANCELLED, actor, at)
    return open_tasks


@transaction.atomic
def restore_task(
    task_id: int, *, actor: User | None, at: datetime, seen: int | None = None
) -> Task:
    """Let a failed or cancelled stop wait again, in the tour where it was.

    Its open incidents are settled by that. `seen` is the version that the person saw.
    """
    task = Task.objects.select_for_update(of=("self",)).get(pk=task_id)
    if seen is not None:
        require_seen([task], {task.pk: seen})
    move(task, Task.Status.TODO)
    task.version += 1
    task.started_at = task.finished_at = None
    task.save(update_fields=["status", "version", "started_at", "finished_at"])
    task.incidents.filter(resolved_at=None).update(resolved_at=at, resolved_by=actor)
    _record([task], TaskEvent.Kind.RESTORED, actor, at)
    return task


@transaction.atomic
def resolve_incident(incident_id: int, *, actor: User, at: datetime) -> Incident:
    """A dispatcher has dealt with it. Once is enough: a second time changes nothing."""
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident_id)
    if incident.resolved_at is None:
        incident.resolved_at, incident.resolved_by = at, actor
        incident.save(update_fields=["resolved_at", "resolved_by"])
        Task.objects.filter(pk=incident.task_id).update(version=F("version") + 1)
        tell_boards([incident.task.day])
    return incident


def _record(tasks: list[Task], kind: TaskEvent.Kind, actor: User | None, at: datetime) -> None:
    TaskEvent.objects.bulk_create(
        [TaskEvent(task=task, kind=kind, actor=actor, recorded_at=at) for task in tasks]
    )
    tell_deliveries((task.delivery_id for task in tasks), at=at)
    tell_boards(task.day for task in tasks)
    tell_riders_of(tasks)
