"""Which deliveries, stops and incidents a person may see. Others are not there: 404."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from dispatch.models import (
    Courier,
    Delivery,
    Incident,
    LateReport,
    Proof,
    Shift,
    Task,
    TaskEvent,
    UsualTour,
)


def tasks_for(user: User) -> "QuerySet[Task]":
    """All for the office; for others the stops they ride, and those that their businesses send."""
    if user.sees_all:
        return Task.objects.all()
    return Task.objects.filter(
        Q(tour__courier__user=user)
        | Q(delivery__sender__in=[seat.business_id for seat in user.seats])
    )


def get_task_for(user: User, task_id: int) -> Task:
    return get_object_or_404(tasks_for(user), pk=task_id)


def get_task_once_ridden_by(user: User, task_id: int) -> Task:
    """A stop of this courier's tours, or one that was taken out of them: its phone may tell late."""
    own = Courier.objects.filter(user=user).values_list("pk", flat=True).first()
    was_theirs = Q(details__courier_id=own) | Q(details__from_id=own)
    events = TaskEvent.objects.filter(was_theirs, task=OuterRef("pk"))
    tasks = (
        Task.objects.filter(Q(tour__courier=own) | Exists(events)) if own else Task.objects.none()
    )
    return get_object_or_404(tasks, pk=task_id)


def get_report_for(user: User, report_id: int) -> LateReport:
    """What a phone told too late: for the office, and for the courier who told it."""
    reports = LateReport.objects.select_related("task")
    if not user.sees_all:
        reports = reports.filter(courier__user=user)
    return get_object_or_404(reports, pk=report_id)


def get_delivery_for(user: User, delivery_id: int) -> Delivery:
    deliveries = Delivery.objects.all()
    if not user.works_at_office:
        deliveries = deliveries.filter(sender__in=[seat.business_id for seat in user.seats])
    return get_object_or_404(deliveries, pk=delivery_id)


def get_incident_for(user: User, incident_id: int) -> Incident:
    return get_object_or_404(
        Incident.objects.filter(task__in=tasks_for(user)).select_related("task"), pk=incident_id
    )


def get_proof_for(user: User, proof_id: int) -> Proof:
    return get_object_or_404(Proof.objects.filter(task__in=tasks_for(user)), pk=proof_id)


def get_courier_for(user: User, courier_id: int) -> Courier:
    """A courier, for the office only."""
    couriers = Courier.objects.select_related("user", "vehicle")
    return get_object_or_404(
        couriers if user.works_at_office else couriers.filter(user=user), pk=courier_id
    )


def get_shift_for(user: User, shift_id: int) -> Shift:
    shifts = Shift.objects.select_related("courier__user")
    return get_object_or_404(shifts if user.works_at_office else shifts.none(), pk=shift_id)


def get_usual_tour_for(user: User, tour_id: int) -> UsualTour:
    tours = UsualTour.objects.filter(archived_at=None)
    return get_object_or_404(tours if user.works_at_office else tours.none(), pk=tour_id)
