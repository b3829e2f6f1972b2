"""New rows of dispatch's tables, named as their columns, for `copy_rows`."""

from datetime import date, datetime
from typing import NamedTuple


class DeliveryRow(NamedTuple):
    """A new Delivery."""

    id: int
    reference: str
    sender_id: int
    recipient_name: str
    recipient_language: str
    is_recurring: bool


class TaskRow(NamedTuple):
    """A new Task, waiting and unassigned."""

    id: int
    delivery_id: int
    day: date
    # The rest is its plan's, in the same order:
    kind: str
    address_id: int
    place: str
    after: datetime
    before: datetime
    contact: str
    phone: str
    load: str
    weight_grams: int
    instructions: str


class TaskEventRow(NamedTuple):
    """A new TaskEvent of nobody in particular."""

    task_id: int
