"""Standing orders as a table, in the columns of the import."""

import csv
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from io import StringIO

from django.db.models import QuerySet

from coopcycle.words import filed
from orders.models import Order
from recurring.calendars import governing_versions
from recurring.importing.cells import product_words
from recurring.importing.columns import GOODS, MORE, NAMES, PARCEL
from recurring.importing.tables import safe_cell
from recurring.models import Override, RuleVersion, RuleWindow, StandingOrder
from recurring.planning import with_contents

_BETWEEN = f" {MORE} "


def write_table(rows: Iterable[Mapping[str, str]]) -> str:
    """CSV with a mark that tells spreadsheet programs the letters, and no cell that is a formula."""
    text = StringIO()
    writer = csv.DictWriter(text, NAMES, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: safe_cell(value) for name, value in row.items()})
    return "\ufeff" + text.getvalue()


def export_table(orders: QuerySet[StandingOrder]) -> str:
    """What goes on: the latest rule of each that has not ended, with its single dates.

    Pauses, agreed prices and usual couriers have no column: they are decided in the co-op.
    """
    going_on = orders.filter(state=StandingOrder.State.ACTIVE).order_by(
        filed("buyer__name"), filed("name"), "pk"
    )
    loaded = with_contents(going_on).prefetch_related("versions__recipient_address")
    return write_table(map(_row, loaded))


def _row(order: StandingOrder) -> dict[str, str]:
    version = governing_versions(order.versions.all())[-1]
    windows = list(version.windows.all())
    begins = version.valid_from
    overrides = [o for o in order.overrides.all() if o.original_start >= begins]
    row = {
        "name": order.name,
        "business": order.buyer.name,
        "kind": PARCEL if order.kind == Order.Kind.DELIVERY else GOODS,
        "rule": version.rrule,
        "first_date": version.dtstart[:10],
        "windows": _BETWEEN.join(map(_window, windows)),
        "pickups": _BETWEEN.join(map(_pickup, windows)),
        "holidays": version.holiday_policy,
        "note": version.note,
        "skipped_dates": _BETWEEN.join(
            o.original_start for o in overrides if o.action == Override.Action.CANCEL
        ),
        "moved_dates": _BETWEEN.join(
            f"{o.original_start}>{o.new_start}" for o in overrides if o.new_start
        ),
        "added_dates": _BETWEEN.join(a.start for a in order.additions.all() if a.start >= begins),
    }
    return row | (_parcel(version) if order.kind == Order.Kind.DELIVERY else _goods(version))


def _goods(version: RuleVersion) -> dict[str, str]:
    lines = version.lines.all()
    goods = (f"{line.quantity.normalize():f} {product_words(line.product)}" for line in lines)
    substitutes = (
        f"{product_words(line.product)} > {product_words(line.substitute)}"
        for line in lines
        if line.substitute
    )
    return {"goods": _BETWEEN.join(goods), "substitutes": _BETWEEN.join(substitutes)}


def _parcel(version: RuleVersion) -> dict[str, str]:
    place = version.recipient_address
    row = {
        "recipient": version.recipient,
        "phone": version.recipient_phone,
        "load": version.load,
        "weight_kg": f"{version.weight_grams / 1000:g}",
    }
    if place is not None:
        row |= {
            "street": place.street,
            "postal_code": place.postal_code,
            "city": place.city,
            "access": place.instructions,
        }
    return row


def _window(window: RuleWindow) -> str:
    return f"{window.opens:%H:%M}-{_later(window.opens, window.minutes)}"


def _pickup(window: RuleWindow) -> str:
    days = f"/{window.pickup_days_before}" if window.pickup_days_before else ""
    ends = _later(window.pickup_opens, window.pickup_minutes)
    return f"{window.pickup_opens:%H:%M}-{ends}{days}"


def _later(clock: time, minutes: int) -> str:
    """The time of the clock so many minutes later."""
    return f"{datetime.combine(date.min, clock) + timedelta(minutes=minutes):%H:%M}"
