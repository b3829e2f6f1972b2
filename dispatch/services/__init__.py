"""What people do with deliveries and stops. Each function is one transaction.

Deliveries are made, assigned to a courier's tour, ridden; a dispatcher cancels, restores and
resolves, and decides on what a phone told too late."""

from dispatch.services.assignment import Applied, Operation, apply_operations, assign, unassign
from dispatch.services.bundles import archive_usual_tour, put_on_usual_tour, save_usual_tour
from dispatch.services.changing import change_delivery
from dispatch.services.deliveries import MadeDelivery, create_deliveries
from dispatch.services.late import (
    accept_report,
    has_changed_since,
    keep_report,
    put_report_aside,
)
from dispatch.services.office import cancel_tasks, resolve_incident, restore_task
from dispatch.services.people import add_shift, place_courier, remove_shift
from dispatch.services.riding import (
    complete_task,
    fail_task,
    locked_with_partners,
    start_task,
    take_back,
)

__all__ = [
    "Applied",
    "MadeDelivery",
    "Operation",
    "accept_report",
    "add_shift",
    "apply_operations",
    "archive_usual_tour",
    "assign",
    "cancel_tasks",
    "change_delivery",
    "complete_task",
    "create_deliveries",
    "fail_task",
    "has_changed_since",
    "keep_report",
    "locked_with_partners",
    "place_courier",
    "put_on_usual_tour",
    "put_report_aside",
    "remove_shift",
    "resolve_incident",
    "restore_task",
    "save_usual_tour",
    "start_task",
    "take_back",
    "unassign",
]
