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
    created_at: datetime


class TaskRow(NamedTuple):
    """A new Task, waiting and unassigned."""

    id: int
    delivery_id: int
    kind: str
    address_id: int
    place: str
    contact: str
    phone: str
    day: date
    after: datetime
    before: datetime
    load: str
    weight_grams: int
    instructions: str


class TaskEventRow(NamedTuple):
    """A new TaskEvent of nobody in particular."""

    task_id: int
    kind: str
    recorded_at: datetime
