"""The one signal by which dispatch tells the apps above it that a delivery's stops moved.

Sent inside the transaction with `delivery_id: int` and `at: datetime`."""

from django.dispatch import Signal

delivery_changed = Signal()
