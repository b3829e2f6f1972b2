"""Deliveries, their stops, and the couriers who ride them."""

from dispatch.models.crew import Courier, Shift, Vehicle
from dispatch.models.late import LateReport
from dispatch.models.stops import (
    Delivery,
    FailureReason,
    Incident,
    Proof,
    Task,
    TaskEvent,
    TaskQuerySet,
    Tour,
    UsualTour,
    tracking_token,
)

__all__ = [
    "Courier",
    "Delivery",
    "FailureReason",
    "Incident",
    "LateReport",
    "Proof",
    "Shift",
    "Task",
    "TaskEvent",
    "TaskQuerySet",
    "Tour",
    "UsualTour",
    "Vehicle",
    "tracking_token",
]
