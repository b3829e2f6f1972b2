"""What people send from the pages of standing orders."""

import uuid
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

TOMORROW = timezone.now() + timedelta(days=1)


def url(name: str, *args: object) -> str:
    return reverse(f"recurring:{name}", args=args)


def fields(kitchen, **changes: object) -> dict[str, object]:
    return {
        "action_id": uuid.uuid4(),
        "kind": "supply",
        "buyer": kitchen.restaurant.pk,
        "name": "Tomatoes",
        "repeats": "week",
        "drawn": "week",
        "interval": 1,
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "windows-TOTAL_FORMS": 1,
        "windows-INITIAL_FORMS": 1,
        "windows-0-opens": "06:30",
        "windows-0-closes": "07:00",
        "windows-0-pickup": "before",
        "first_day": f"{TOMORROW:%Y-%m-%d}",
        "ending": "never",
        "holidays": "keep",
        f"quantity-{kitchen.tomatoes.pk}": "12",
        **changes,
    }


def same(kitchen, **changes: object) -> dict[str, object]:
    """What the form of `daily` says before anybody changes it."""
    said = {"name": "Tomatoes and apples", "note": "Ring at the kitchen"}
    lines = {f"quantity-{kitchen.tomatoes.pk}": "12", f"quantity-{kitchen.apples.pk}": "2"}
    return fields(kitchen, **{**said, **lines, **changes})
