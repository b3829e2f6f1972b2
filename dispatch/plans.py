"""What another app asks dispatch to carry, before anything is in the database."""

from datetime import datetime
from typing import NamedTuple

from dispatch.models import Task


class StopPlan(NamedTuple):
    """One stop to come, within the window `[after, before)`. `load` is in words: "12 kg, 2 crates"."""

    kind: Task.Kind
    address_id: int
    place: str
    after: datetime
    before: datetime
    contact: str = ""
    phone: str = ""
    load: str = ""
    weight_grams: int = 0
    instructions: str = ""


class DeliveryPlan(NamedTuple):
    """Stops that belong together, and who may follow them. `reference` is what people read out."""

    sender_id: int
    recipient_name: str
    recipient_language: str
    stops: tuple[StopPlan, ...]
    is_recurring: bool = False
    reference: str = ""
