"""What the dispatchers' screens show of one stop and of the couriers. The day is board/selectors.py."""

from datetime import date, datetime, time, timedelta

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from accounts.models import User
from coopcycle.words import filed
from dispatch.models import (
    Courier,
    Incident,
    LateReport,
    Proof,
    Shift,
    Task,
    TaskEvent,
    UsualTour,
)


def task_in_full(task_id: int) -> Task:
    """A stop with all that its page shows: delivery, other stops, history, incidents, proofs."""
    return (
        Task.objects.select_related("address", "delivery__sender", "tour__courier__user")
        .prefetch_related(
            Prefetch("delivery__tasks", Task.objects.select_related("tour__courier__user")),
            Prefetch("events", TaskEvent.objects.select_related("actor")),
            Prefetch(
                "late_reports", LateReport.objects.select_related("courier__user", "settled_by")
            ),
            Prefetch("incidents", Incident.objects.select_related("resolved_by")),
            Prefetch("proofs", Proof.objects.order_by("pk")),
        )
        .get(pk=task_id)
    )


def couriers_on(day: date) -> list[Courier]:
    """Couriers who ride here, each with `shifts_today` of that day."""
    return list(couriers_by_name().select_related("vehicle").prefetch_related(shifts_on(day)))


def couriers_by_name() -> "QuerySet[Courier]":
    """Those who ride here, as people look for them."""
    couriers = Courier.objects.filter(archived_at=None).select_related("user")
    return couriers.order_by(filed("user__name"), "pk")


def usual_tours() -> "QuerySet[UsualTour]":
    """Rounds that come again, as people look for them."""
    tours = UsualTour.objects.filter(archived_at=None).select_related("courier__user")
    return tours.order_by(filed("name"), "pk")


def couriers_without_place() -> "QuerySet[User]":
    """People with the courier's role who were never put on the board."""
    people = User.objects.filter(is_courier=True, is_active=True, courier=None)
    return people.order_by(filed("name"), "pk")


def shifts_on(day: date) -> "Prefetch[str, QuerySet[Shift], str]":
    """Prefetches a courier's shifts of the co-op's local `day` as `shifts_today`."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    shifts = Shift.objects.filter(after__lt=end, before__gt=start).order_by("after")
    return Prefetch("shifts", shifts, to_attr="shifts_today")
