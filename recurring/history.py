"""What a standing order said before and after an act, as plain values; in words: pages/changes.py."""

from typing import Any

from recurring.expansion import parse_local
from recurring.models import RuleVersion, StandingOrder

Facts = dict[str, Any]


def facts_of(order: StandingOrder, version: RuleVersion) -> Facts:
    """All that a person can change, by name; money in minor units, times as on the wall clock."""
    address = version.recipient_address
    return {
        "name": order.name,
        "usual_courier": order.usual_courier.user.name if order.usual_courier else None,
        "usual_tour": order.usual_tour.name if order.usual_tour else None,
        "rule": version.rrule,
        "first_day": parse_local(version.dtstart).date().isoformat(),
        "windows": [
            {
                "opens": f"{window.opens:%H:%M}",
                "minutes": window.minutes,
                "pickup_opens": f"{window.pickup_opens:%H:%M}",
                "pickup_minutes": window.pickup_minutes,
                "pickup_days_before": window.pickup_days_before,
            }
            for window in version.windows.all()
        ],
        "holidays": version.holiday_policy,
        "lines": [
            {
                "product": line.product.name,
                "unit": line.product.unit,
                "quantity": f"{line.quantity.normalize():f}",
                "price_minor": line.fixed_price_minor,
                "until": line.fixed_until.isoformat() if line.fixed_until else None,
                "substitute": line.substitute.name if line.substitute else None,
            }
            for line in version.lines.all()
        ],
        "carriage": {
            "price_minor": version.carriage_minor,
            "until": version.carriage_until.isoformat() if version.carriage_until else None,
        },
        "note": version.note,
        "producer_notes": dict(version.producer_notes),
        "recipient": [version.recipient, version.recipient_phone, str(address or "")],
        "load": [version.load, version.weight_grams],
    }


def what_differs(before: Facts, after: Facts) -> list[dict[str, Any]]:
    """The changes of one act, for its row in the history."""
    return [
        {"what": name, "before": before.get(name), "after": value}
        for name, value in after.items()
        if before.get(name) != value
    ]
