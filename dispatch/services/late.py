"""What a phone told too late: kept for the office, which lets it count or puts it aside.

A courier has done something in the world, and meanwhile the stop was cancelled, given to another,
changed or finished. Nobody is overwritten unseen, and what was done is not lost.
"""

from datetime import datetime
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.current import telling_why
from coopcycle.errors import DomainError
from dispatch.announcing import tell_boards, tell_deliveries, tell_riders
from dispatch.models import Courier, Incident, LateReport, Proof, Task, TaskEvent, Tour
from dispatch.services.assignment import moved_details
from dispatch.services.riding import locked_with_partners, require_picked_up
from dispatch.states import move

_OPEN = (Task.Status.TODO, Task.Status.DOING)
_Hindrance = LateReport.Hindrance
# What happened to the stop, where one of its events tells it.
_TOLD_BY = {
    _Hindrance.CANCELLED: (TaskEvent.Kind.CANCELLED,),
    _Hindrance.TAKEN: (TaskEvent.Kind.ASSIGNED, TaskEvent.Kind.UNASSIGNED),
    _Hindrance.CHANGED: (TaskEvent.Kind.CHANGED,),
    _Hindrance.FINISHED: (TaskEvent.Kind.DONE, TaskEvent.Kind.FAILED),
    _Hindrance.EARLY: (),
}


@transaction.atomic
def keep_report(
    *,
    task_id: int,
    courier: Courier,
    kind: LateReport.Kind,
    client_id: UUID,
    at: datetime,
    happened_at: datetime,
    device_at: datetime | None = None,
    recipient_name: str = "",
    photo: "File[bytes] | None" = None,
    reason: str = "",
    note: str = "",
    seen: int | None = None,
) -> LateReport:
    """Keep what the courier did, by `client_id` once. The stop stays as it is.

    `seen` is the version of the stop that the phone showed.
    """
    task = locked_with_partners(task_id)
    if known := LateReport.objects.filter(client_id=client_id).first():
        return known
    hindrance = _hindrance(task, courier, seen)
    report = LateReport(
        task=task,
        courier=courier,
        kind=kind,
        hindrance=hindrance,
        because=task.events.filter(kind__in=_TOLD_BY[hindrance]).last(),
        client_id=client_id,
        device_at=device_at,
        happened_at=happened_at,
        recorded_at=at,
        recipient_name=recipient_name,
        reason=reason,
        note=note,
    )
    if photo:
        report.photo.save(photo.name or "proof.jpg", photo, save=False)
    report.save()
    tell_boards([task.day])
    return report


def has_changed_since(task: Task, seen: int | None) -> bool:
    """Whether where, when or what was changed after the version that the phone showed."""
    changes = task.events.filter(kind=TaskEvent.Kind.CHANGED)
    return seen is not None and changes.filter(details__version__gt=seen).exists()


def _hindrance(task: Task, courier: Courier, seen: int | None) -> LateReport.Hindrance:
    """The plainest reason why it does not count by itself."""
    if task.status == Task.Status.CANCELLED:
        return _Hindrance.CANCELLED
    if task.tour is None or task.tour.courier_id != courier.pk:
        return _Hindrance.TAKEN
    if task.status not in _OPEN:
        return _Hindrance.FINISHED
    if has_changed_since(task, seen):
        return _Hindrance.CHANGED
    return _Hindrance.EARLY


@transaction.atomic
def accept_report(report_id: int, *, actor: User, at: datetime) -> LateReport:
    """What the courier did counts after all, from the moment when it was done, in their own round.

    A stop that is done already keeps its time, and gets the name and the photo. Raises DomainError
    when it can't count: a problem at a stop that is done, a drop-off before its pick-up.
    """
    named = LateReport.objects.select_related("task").get(pk=report_id)
    Tour.objects.get_or_create(courier_id=named.courier_id, day=named.task.day)
    report, task = _locked(named)
    if report.outcome == LateReport.Outcome.COUNTS:
        return report
    _require_waiting(report)
    former = task.tour.courier if task.tour else None
    _open_again(task, actor=actor, at=at)
    if task.status in _OPEN:
        _take_into_round(task, report.courier, former, actor=actor, at=at)
    event = _finish(task, report, at=at, accepted_by=actor)
    _pass_on(report, event)
    _settle(report, LateReport.Outcome.COUNTS, actor=actor, at=at)
    tell_deliveries([task.delivery_id], at=at)
    tell_riders({each.user_id for each in (former, report.courier) if each})
    return report


@telling_why
@transaction.atomic
def put_report_aside(report_id: int, *, actor: User, at: datetime, reason: str) -> LateReport:
    """It does not count: the stop stays as it is, and the courier reads why."""
    report, _task = _locked(LateReport.objects.select_related("task").get(pk=report_id))
    if report.outcome == LateReport.Outcome.ASIDE:
        return report
    _require_waiting(report)
    report.aside_because = reason
    _settle(report, LateReport.Outcome.ASIDE, actor=actor, at=at)
    tell_riders([report.courier.user_id])
    return report


def _locked(named: LateReport) -> tuple[LateReport, Task]:
    """Tours first, then stops, then the report: the order in which the board locks them."""
    own = Q(courier=named.courier_id, day=named.task.day)
    tours = Tour.objects.filter(own | Q(tasks=named.task_id)).values("pk")
    list(Tour.objects.filter(pk__in=tours).select_for_update().order_by("pk"))
    task = locked_with_partners(named.task_id)
    report = (
        LateReport.objects.select_related("task", "courier__user", "settled_by")
        .select_for_update(of=("self",))
        .get(pk=named.pk)
    )
    return report, task


def _require_waiting(report: LateReport) -> None:
    if not report.waits:
        raise DomainError(
            _("%(who)s has already decided: “%(outcome)s”.")
            % {"who": report.settled_by, "outcome": report.get_outcome_display()}
        )


def _open_again(task: Task, *, actor: User, at: datetime) -> None:
    """A cancelled or failed stop waits again first: its history tells each step."""
    if task.status in (Task.Status.CANCELLED, Task.Status.FAILED):
        move(task, Task.Status.TODO)
        task.started_at = task.finished_at = None
        task.incidents.filter(resolved_at=None).update(resolved_at=at, resolved_by=actor)
        TaskEvent.objects.create(
            task=task, kind=TaskEvent.Kind.RESTORED, actor=actor, recorded_at=at
        )


def _take_into_round(
    task: Task, courier: Courier, former: Courier | None, *, actor: User, at: datetime
) -> None:
    """To the end of the round of whoever was there."""
    if former == courier:
        return
    task.tour = Tour.objects.select_related("courier__user").get(courier=courier, day=task.day)
    last = task.tour.tasks.aggregate(last=Max("position"))["last"]
    task.position = 0 if last is None else last + 1
    TaskEvent.objects.create(
        task=task,
        kind=TaskEvent.Kind.ASSIGNED,
        actor=actor,
        recorded_at=at,
        details=moved_details(courier, former),
    )


def _finish(task: Task, report: LateReport, *, at: datetime, accepted_by: User) -> TaskEvent:
    """The stop as the courier left it."""
    is_done = report.kind == LateReport.Kind.DONE
    if not (is_done and task.status == Task.Status.DONE):
        if is_done and not task.is_pickup:
            require_picked_up(task)
        if is_done and task.status == Task.Status.TODO:
            move(task, Task.Status.DOING)
            task.started_at = report.happened_at
        move(task, Task.Status.DONE if is_done else Task.Status.FAILED)
        task.finished_at = report.happened_at
    task.version += 1
    task.save(update_fields=["status", "version", "tour", "position", "started_at", "finished_at"])
    return TaskEvent.objects.create(
        task=task,
        kind=TaskEvent.Kind.DONE if is_done else TaskEvent.Kind.FAILED,
        actor=report.courier.user,
        client_id=report.client_id,
        device_at=report.device_at,
        recorded_at=at,
        details={"accepted_by_id": accepted_by.pk},
    )


def _pass_on(report: LateReport, event: TaskEvent) -> None:
    """Name and photo become the stop's proof, a problem its incident. The file changes hands."""
    if report.kind == LateReport.Kind.FAILED:
        Incident.objects.create(
            task=event.task,
            event=event,
            reason=report.reason,
            note=report.note,
            created_at=event.recorded_at,
        )
    elif report.recipient_name or report.photo:
        Proof.objects.create(
            task=event.task,
            event=event,
            recipient_name=report.recipient_name,
            photo=report.photo.name,
            taken_at=report.happened_at,
        )
        report.photo = ""


def _settle(report: LateReport, outcome: LateReport.Outcome, *, actor: User, at: datetime) -> None:
    report.outcome, report.settled_at, report.settled_by = outcome, at, actor
    report.save()
    tell_boards([report.task.day])
