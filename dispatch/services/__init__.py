"""What people do with deliveries and stops. Each function is one transaction.

Deliveries are made, assigned to a courier's tour, ridden; a dispatcher cancels, restores and
resolves."""

from dispatch.services.assignment import Applied, Operation, apply_operations, assign, unassign
from dispatch.services.bundles import archive_usual_tour, put_on_usual_tour, save_usual_tour
from dispatch.services.changing import change_delivery
from dispatch.services.deliveries import MadeDelivery, create_deliveries
from dispatch.services.office import cancel_tasks, resolve_incident, restore_task
from dispatch.services.people import add_shift, place_courier, remove_shift
from dispatch.services.riding import complete_task, fail_task, start_task, take_back

__all__ = [
    "Applied",
    "MadeDelivery",
    "Operation",
    "add_shift",
    "apply_operations",
    "archive_usual_tour",
    "assign",
    "cancel_tasks",
    "change_delivery",
    "complete_task",
    "create_deliveries",
    "fail_task",
    "place_courier",
    "put_on_usual_tour",
    "remove_shift",
    "resolve_incident",
    "restore_task",
    "save_usual_tour",
    "start_task",
    "take_back",
    "unassign",
]
