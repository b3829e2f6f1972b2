"""The one signal by which dispatch tells the apps above it that stops of deliveries moved.

Sent inside the transaction with `delivery_ids: list[int]` and `at: datetime`."""

from django.dispatch import Signal

deliveries_changed = Signal()
