"""What a standing order said before and after an act, as plain values, and in words."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coopcycle.dates import format_clock, format_day, weekday_name
from coopcycle.money import format_money
from orders.catalog.models import Product
from orders.catalog.units import format_number, format_quantity
from recurring.expansion import parse_local
from recurring.models import Override, RuleVersion, StandingOrder, StandingOrderEvent
from recurring.rules import parse_rule
from recurring.sentences import how_often
from tenants.context import current_cooperative

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


def event_words(event: StandingOrderEvent) -> list[str]:
    """What one act changed, a sentence each, in the reader's language: “Note: … → …”."""
    return [
        _("%(what)s: %(before)s → %(after)s")
        % {
            "what": WHAT.get(change["what"], change["what"]),
            "before": _said(change["what"], change["before"]),
            "after": _said(change["what"], change["after"]),
        }
        for change in event.changes
    ]


WHAT: Mapping[str, Promise] = {
    "name": gettext_lazy("Name"),
    "usual_courier": gettext_lazy("Usual courier"),
    "usual_tour": gettext_lazy("Usual tour"),
    "rule": gettext_lazy("Days"),
    "first_day": gettext_lazy("First date"),
    "windows": gettext_lazy("Times"),
    "holidays": gettext_lazy("On public holidays"),
    "lines": gettext_lazy("What is delivered"),
    "carriage": gettext_lazy("Price of the carriage"),
    "note": gettext_lazy("Note"),
    "producer_notes": gettext_lazy("Notes for producers"),
    "recipient": gettext_lazy("Recipient"),
    "load": gettext_lazy("Load"),
    "pause": gettext_lazy("Pause"),
    "part": gettext_lazy("A producer's part"),
    "last_day": gettext_lazy("Last date"),
    "date": gettext_lazy("This date"),
    "timezone": gettext_lazy("time zone"),
    "tzdata": gettext_lazy("Time zone database"),
    "holiday": gettext_lazy("Holidays"),
    "weekdays": gettext_lazy("Days on which the co-op rides"),
}


def _said(what: str, value: Any) -> str:
    """One side of a change, as people say it; a dash for nothing."""
    if value in (None, "", [], {}):
        return "–"
    match what:
        case "rule":
            return how_often(parse_rule(value))
        case "first_day" | "last_day":
            return format_day(date.fromisoformat(value))
        case "windows":
            return ", ".join(map(_window_words, value))
        case "lines":
            return ", ".join(_line_words(line) for line in value)
        case "weekdays":
            return ", ".join(weekday_name(number - 1) for number in value)
        case "holidays":
            return str(RuleVersion.HolidayPolicy(value).label)
        case "pause" | "part":
            return _days_words(value)
        case "carriage":
            return _carriage_words(value)
        case "date":
            return _date_words(value)
        case "load":
            load, grams = value
            return f"{load}, {format_number(Decimal(grams) / 1000)} kg"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value if each)
    if isinstance(value, dict):
        return ", ".join(str(each) for each in value.values() if each)
    return str(value)


def _line_words(line: Mapping[str, Any]) -> str:
    words = f"{format_quantity(Decimal(line['quantity']), line['unit'])} {line['product']}"
    if not line.get("substitute"):
        return words
    return _("%(line)s (or %(substitute)s)") % {"line": words, "substitute": line["substitute"]}


def _window_words(window: Mapping[str, Any]) -> str:
    opens = datetime.combine(date.min, time.fromisoformat(window["opens"]))
    closes = opens + timedelta(minutes=window["minutes"])
    return f"{format_clock(opens.time())}–{format_clock(closes.time())}"


def _days_words(value: list[str | None]) -> str:
    """[producer,] first day, last day or none, reason."""
    *names, first, last, reason = value
    days = f"{_day(first)} – {_day(last)}" if last else f"{_day(first)} –"
    return ", ".join(each for each in (*names, days, reason) if each)


def _day(text: str | None) -> str:
    return format_day(date.fromisoformat(text)) if text else ""


def _carriage_words(value: Mapping[str, Any]) -> str:
    if value["price_minor"] is None:
        return _("price of each day")
    cooperative = current_cooperative()
    currency = cooperative.currency if cooperative else ""
    price = format_money(value["price_minor"], currency)
    return f"{price} – {_day(value['until'])}" if value["until"] else price


def _date_words(value: Mapping[str, Any]) -> str:
    """A decision about one date."""
    words = [str(Override.Action(value["action"]).label)]
    if start := value.get("new_start"):
        moment = datetime.fromisoformat(start)
        words.append(f"{format_day(moment.date())} {format_clock(moment.time())}")
    names = Product.objects.in_bulk([product_id for product_id, _q in value.get("lines", [])])
    words += [
        f"{format_quantity(Decimal(quantity), names[product_id].unit)} {names[product_id].name}"
        for product_id, quantity in value.get("lines", [])
        if product_id in names
    ]
    words += [str(value[name]) for name in ("load", "note") if value.get(name)]
    return ", ".join(words)
