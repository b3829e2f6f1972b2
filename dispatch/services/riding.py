"""A courier rides: sets off, finishes, or reports a problem.

Each action carries the phone's own `client_id`. The same id again, however late, changes nothing
and gets the first answer. `device_at` is the phone's clock at the tap and counts as the time when
it happened, unless that clock is ahead of ours. Who knows the moment better, because the phone told
for how long the action waited, says it as `happened_at`; the phone's clock is kept beside it.
"""

from datetime import datetime
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.current import telling_why
from coopcycle.errors import DomainError
from dispatch.announcing import tell_boards, tell_deliveries, tell_riders
from dispatch.models import FailureReason, Incident, Proof, Task, TaskEvent
from dispatch.states import move


@transaction.atomic
def start_task(
    *,
    task_id: int,
    actor: User,
    at: datetime,
    client_id: UUID,
    device_at: datetime | None = None,
    happened_at: datetime | None = None,
) -> Task:
    """The courier sets off for a stop. Raises DomainError when it is not waiting or not theirs.

    One that arrives after what was done later is written down, and changes no more than the time.
    """
    task = locked_with_partners(task_id)
    if _is_replay(task, client_id):
        return task
    _require_own(task, actor)
    moment = happened_at or _moment(at, device_at)
    if not _was_overtaken(task, moment):
        move(task, Task.Status.DOING)
    task.started_at = moment
    _save(task, TaskEvent.Kind.STARTED, actor, at, client_id, device_at)
    return task


@transaction.atomic
def complete_task(
    *,
    task_id: int,
    actor: User,
    at: datetime,
    client_id: UUID,
    device_at: datetime | None = None,
    happened_at: datetime | None = None,
    recipient_name: str = "",
    photo: "File[bytes] | None" = None,
) -> Task:
    """The stop is made, with a recipient's name or a photo as proof where there is one.

    Raises DomainError when it was not started, is not theirs, or its pickups are not made yet.
    """
    task = locked_with_partners(task_id)
    if _is_replay(task, client_id):
        return task
    _require_own(task, actor)
    if not task.is_pickup:
        require_picked_up(task)
    move(task, Task.Status.DONE)
    task.finished_at = happened_at or _moment(at, device_at)
    event = _save(task, TaskEvent.Kind.DONE, actor, at, client_id, device_at)
    if recipient_name or photo:
        proof = Proof(
            task=task, event=event, recipient_name=recipient_name, taken_at=task.finished_at
        )
        if photo:
            proof.photo.save(photo.name or "proof.jpg", photo, save=False)
        proof.save()
    return task


@telling_why
@transaction.atomic
def fail_task(
    *,
    task_id: int,
    actor: User,
    at: datetime,
    client_id: UUID,
    reason: FailureReason,
    note: str = "",
    device_at: datetime | None = None,
    happened_at: datetime | None = None,
) -> Task:
    """The stop could not be made. Opens an incident for the dispatchers; the courier rides on."""
    task = locked_with_partners(task_id)
    if _is_replay(task, client_id):
        return task
    _require_own(task, actor)
    move(task, Task.Status.FAILED)
    task.finished_at = happened_at or _moment(at, device_at)
    event = _save(task, TaskEvent.Kind.FAILED, actor, at, client_id, device_at)
    Incident.objects.create(task=task, event=event, reason=reason, note=note, created_at=at)
    return task


@transaction.atomic
def take_back(
    *, task_id: int, actor: User, at: datetime, client_id: UUID, device_at: datetime | None = None
) -> Task:
    """A mistaken start or problem is taken back: the stop waits again, its incident is settled.

    Raises DomainError for what is done or called off: that only a dispatcher can open again.
    """
    task = locked_with_partners(task_id)
    if _is_replay(task, client_id):
        return task
    _require_own(task, actor)
    move(task, Task.Status.TODO)
    task.started_at = task.finished_at = None
    task.incidents.filter(resolved_at=None).update(resolved_at=at, resolved_by=actor)
    _save(task, TaskEvent.Kind.RESTORED, actor, at, client_id, device_at)
    return task


def locked_with_partners(task_id: int) -> Task:
    """The task and its delivery's other stops, locked in pk order: a pickup and its drop-off may be
    finished at the same moment on two phones."""
    siblings = Task.objects.filter(delivery__in=Task.objects.filter(pk=task_id).values("delivery"))
    rows = siblings.select_related("tour__courier__user").select_for_update(of=("self",))
    for task in rows.order_by("pk"):
        if task.pk == task_id:
            return task
    raise Task.DoesNotExist


def _is_replay(task: Task, client_id: UUID) -> bool:
    event = TaskEvent.objects.filter(client_id=client_id).first()
    if event is None:
        return False
    if event.task_id != task.pk:
        raise DomainError(_("This action belongs to another stop. Reload your round."))
    return True


def _require_own(task: Task, actor: User) -> None:
    """The courier of the tour, or the office for them."""
    if task.tour is None:
        raise DomainError(
            _("“%(place)s” is no longer in a round. Ask your dispatcher.") % {"place": task.place}
        )
    rider = task.tour.courier.user
    if rider.pk != actor.pk and not actor.works_at_office:
        raise DomainError(
            _("“%(place)s” is now ridden by %(courier)s. Reload your round.")
            % {"place": task.place, "courier": rider.name}
        )


def require_picked_up(task: Task) -> None:
    """All pickups are over, and at least one of them was made: else nothing can be handed out."""
    pickups = Task.objects.filter(delivery=task.delivery_id, kind=Task.Kind.PICKUP)
    found = list(pickups.values_list("place", "status"))
    for place, status in found:
        if status in (Task.Status.TODO, Task.Status.DOING):
            raise DomainError(
                _("First finish the pick-up at “%(pickup)s”, then the drop-off at “%(place)s”.")
                % {"pickup": place, "place": task.place}
            )
    if found and all(status != Task.Status.DONE for _place, status in found):
        raise DomainError(
            _("Nothing was picked up for “%(place)s”. Report a problem instead.")
            % {"place": task.place}
        )


def _was_overtaken(task: Task, moment: datetime) -> bool:
    """Whether a start is told after what followed it: the phone's messages came in another order."""
    last = task.started_at if task.status == Task.Status.DOING else task.finished_at
    over = {Task.Status.DOING, Task.Status.DONE, Task.Status.FAILED}
    return task.status in over and last is not None and moment <= last


def _moment(at: datetime, device_at: datetime | None) -> datetime:
    return min(at, device_at) if device_at else at


def _save(
    task: Task,
    kind: TaskEvent.Kind,
    actor: User,
    at: datetime,
    client_id: UUID,
    device_at: datetime | None,
) -> TaskEvent:
    task.version += 1
    task.save(update_fields=["status", "version", "started_at", "finished_at"])
    event = TaskEvent.objects.create(
        task=task,
        kind=kind,
        actor=actor,
        client_id=client_id,
        device_at=device_at,
        recorded_at=at,
    )
    tell_deliveries([task.delivery_id], at=at)
    tell_boards([task.day])
    if task.tour and task.tour.courier.user_id != actor.pk:  # the office rode for the courier
        tell_riders([task.tour.courier.user_id])
    return event
