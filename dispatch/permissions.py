"""Which deliveries, stops and incidents a person may see. Others are not there: 404."""

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from dispatch.models import Courier, Delivery, Incident, Proof, Shift, Task, UsualTour


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


def get_ridden_task_for(user: User, task_id: int) -> Task:
    """A stop of this courier's own tours."""
    return get_object_or_404(Task.objects.filter(tour__courier__user=user), pk=task_id)


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
