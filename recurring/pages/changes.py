"""What an act changed, in words: for the question before saving, and for the history."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Address
from coopcycle.dates import format_clock, format_day
from coopcycle.words import said_of
from dispatch.models import Courier, UsualTour
from orders.catalog.models import Product
from orders.catalog.units import format_number, format_quantity
from recurring.expansion import parse_local
from recurring.forms.windows import later
from recurring.models import RuleVersion, StockDecision
from recurring.rules import parse_rule
from recurring.schedule import Policy
from recurring.sentences import how_often, joined
from recurring.services import RuleDraft

Change = Mapping[str, Any]


def facts_of_draft(draft: RuleDraft) -> dict[str, Any]:
    """A draft as the plain values that recurring.history compares."""
    wanted = {pk for line in draft.lines for pk in (line.product_id, line.substitute_id) if pk}
    products = Product.objects.in_bulk(wanted)
    courier = Courier.objects.select_related("user").filter(pk=draft.usual_courier_id or 0).first()
    tour = UsualTour.objects.filter(pk=draft.usual_tour_id or 0).first()
    address = Address.objects.filter(pk=draft.recipient_address_id or 0).first()
    return {
        "name": draft.name,
        "usual_courier": courier.user.name if courier else None,
        "usual_tour": tour.name if tour else None,
        "rule": str(draft.rule),
        "first_day": draft.first_day.isoformat(),
        "windows": [
            {
                "opens": f"{window.opens:%H:%M}",
                "minutes": window.minutes,
                "pickup_opens": f"{window.pickup[0]:%H:%M}",
                "pickup_minutes": window.pickup_minutes,
                "pickup_days_before": window.pickup[1],
            }
            for window in sorted(draft.windows, key=lambda window: window.opens)
        ],
        "holidays": str(draft.holiday_policy),
        "lines": [
            {
                "product": products[line.product_id].name,
                "unit": products[line.product_id].unit,
                "quantity": f"{line.quantity.normalize():f}",
                "price_minor": line.fixed_price_minor,
                "until": line.fixed_until.isoformat() if line.fixed_until else None,
                "substitute": products[line.substitute_id].name if line.substitute_id else None,
            }
            for line in draft.lines
        ],
        "carriage": {
            "price_minor": draft.carriage_minor,
            "until": draft.carriage_until.isoformat() if draft.carriage_until else None,
        },
        "note": draft.note,
        "producer_notes": dict(draft.producer_notes),
        "recipient": [draft.recipient, draft.recipient_phone, str(address or "")],
        "load": [draft.load, draft.weight_grams],
    }


def changes_in_words(changes: Iterable[Change]) -> list[str]:
    """One line for each thing that changed: “12 kg Tomatoes → 14 kg”."""
    said: list[str] = []
    for change in changes:
        say = _WORDS.get(change["what"])
        if say is not None:
            said += [words for words in say(change["before"], change["after"]) if words]
    return said


def _from_to(before: str, after: str) -> str:
    return _("%(before)s → %(after)s") % {"before": before or "–", "after": after or "–"}


def _plain(before: Any, after: Any) -> list[str]:
    return [_from_to(str(before or ""), str(after or ""))]


def _rule(before: Any, after: Any) -> list[str]:
    return [_from_to(*(how_often(parse_rule(text)) if text else "" for text in (before, after)))]


def _windows(before: Any, after: Any) -> list[str]:
    return [_from_to(*(joined([_window(each) for each in said or []]) for said in (before, after)))]


def _window(said: Mapping[str, Any]) -> str:
    opens = time.fromisoformat(said["opens"])
    closes = later(opens, said["minutes"])
    words = f"{format_clock(opens)}–{format_clock(closes)}"
    if not said["pickup_days_before"]:
        return words
    pickup = format_clock(time.fromisoformat(said["pickup_opens"]))
    return _("%(window)s (picked up before at %(pickup)s)") % {"window": words, "pickup": pickup}


def _lines(before: Any, after: Any) -> list[str]:
    was = {line["product"]: line for line in before or []}
    now = {line["product"]: line for line in after or []}
    said = []
    for product in [*was, *(name for name in now if name not in was)]:
        old, new = was.get(product), now.get(product)
        if old is None or new is None or old["quantity"] != new["quantity"]:
            said.append(said_of(product, _from_to(_amount(old), _amount(new))))
        if new and new.get("substitute") != (old or {}).get("substitute"):
            change = _from_to((old or {}).get("substitute") or "", new["substitute"] or "")
            said.append(
                _("Instead of %(product)s: %(change)s") % {"product": product, "change": change}
            )
    return said


def _amount(line: Mapping[str, Any] | None) -> str:
    return format_quantity(Decimal(line["quantity"]), line["unit"]) if line else ""


def _holidays(before: Any, after: Any) -> list[str]:
    labels = dict(RuleVersion.HolidayPolicy.choices)
    known = [str(labels[said]) if said in set(Policy) else "" for said in (before, after)]
    return [_("On public holidays: %(change)s") % {"change": _from_to(*known)}]


def _load(before: Any, after: Any) -> list[str]:
    return [
        _from_to(*(f"{load[0]}, {_kilos(load[1])}" if load else "" for load in (before, after)))
    ]


def _kilos(grams: int) -> str:
    return format_quantity(Decimal(grams) / 1000, Product.Unit.KG)


def _first_day(before: Any, after: Any) -> list[str]:
    days = [
        format_day(date.fromisoformat(day), "day_year") if day else "" for day in (before, after)
    ]
    return [_("First date: %(change)s") % {"change": _from_to(*days)}]


def _last_day(before: Any, after: Any) -> list[str]:
    return [_("Ends on %(day)s") % {"day": format_day(date.fromisoformat(after), "day_year")}]


def _pause(before: Any, after: Any) -> list[str]:
    first, last, reason = after or before
    values = {
        "first": format_day(date.fromisoformat(first)),
        "last": format_day(date.fromisoformat(last)) if last else _("until it is resumed"),
    }
    words = _("%(first)s – %(last)s") % values
    return [f"{words}, {reason}" if reason else words]


def _date(before: Any, after: Any) -> list[str]:
    said = after or {}
    words = []
    if said.get("new_start"):
        start = parse_local(said["new_start"])
        words.append(f"{format_day(start)}, {format_clock(start.time())}")
    if said.get("lines"):
        names = Product.objects.in_bulk([product_id for product_id, _quantity in said["lines"]])
        words.append(
            joined(
                [
                    f"{format_quantity(Decimal(quantity), names[pk].unit)} {names[pk].name}"
                    for pk, quantity in said["lines"]
                    if pk in names
                ]
            )
        )
    if said.get("pickup_lead_minutes") is not None:
        words.append(_("with a pick-up of its own"))
    if said.get("note"):
        words.append(said["note"])
    return words


def _part(before: Any, after: Any) -> list[str]:
    producer, *days = after or before
    return [said_of(producer, words) for words in _pause(None, days)]


def _stock(before: Any, after: Any) -> list[str]:
    product, answer, left, asked, unit = after
    values = {
        "product": product,
        "answer": StockDecision.Answer(answer).label,
        "left": format_number(Decimal(left)),
        "asked": format_quantity(Decimal(asked), unit),
    }
    return [_("%(product)s, %(left)s of %(asked)s were left: %(answer)s") % values]


def _holiday(before: Any, after: Any) -> list[str]:
    day, name = after or before
    words = format_day(date.fromisoformat(day), "day_long") if day else ""
    return [f"{words}, {name}" if name else words]


def _agreed(before: Any, after: Any) -> list[str]:
    if after and after.get("price_minor") is not None:
        return [_("The carriage has an agreed price")]
    return [_("The carriage has the price of each day")]


def _producer_notes(before: Any, after: Any) -> list[str]:
    return [_("Notes for producers")]


_WORDS: dict[str, Callable[[Any, Any], list[str]]] = {
    "name": _plain,
    "usual_courier": _plain,
    "usual_tour": _plain,
    "rule": _rule,
    "first_day": _first_day,
    "windows": _windows,
    "holidays": _holidays,
    "lines": _lines,
    "carriage": _agreed,
    "note": _plain,
    "producer_notes": _producer_notes,
    "recipient": lambda before, after: [
        _from_to(*(", ".join(filter(None, said or [])) for said in (before, after)))
    ],
    "load": _load,
    "pause": _pause,
    "last_day": _last_day,
    "date": _date,
    "part": _part,
    "stock": _stock,
    "holiday": _holiday,
    "tzdata": lambda before, after: [_("Time zone database %(release)s") % {"release": after}],
}
