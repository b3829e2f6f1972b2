"""Prices are changed. Orders to come follow, as far as their prices are those of the day."""

from django.db import transaction
from django.db.models import F

from coopcycle import outbox
from orders.pricing.models import PriceChanges, PriceList

PRICES_CHANGED = "prices-changed"  # a message of the outbox, to whoever lets orders follow


def note_price_change() -> int:
    """Say, in the transaction of the change, that a price is another one now.

    The message only makes it prompt: what is to be followed is read off the row.
    """
    PriceChanges.objects.bulk_create([PriceChanges()], ignore_conflicts=True)
    PriceChanges.objects.update(number=F("number") + 1)
    number: int = PriceChanges.objects.values_list("number", flat=True).get()
    outbox.put(PRICES_CHANGED, f"{PRICES_CHANGED}-{number}", {"number": number})
    return number


def settle_price_change(number: int) -> None:
    """Orders to come stand by the prices that were in force after this change."""
    PriceChanges.objects.filter(followed__lt=number).update(followed=number)


@transaction.atomic
def add_price_list(prices: PriceList) -> PriceList:
    """Put a price list in force from its day on."""
    prices.save()
    note_price_change()
    return prices
