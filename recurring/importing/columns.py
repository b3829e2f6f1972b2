"""The columns of a table of standing orders: the same for the import, the export and the example."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

GOODS: Final = "goods"
PARCEL: Final = "parcel"
MORE: Final = "|"  # between several values in one cell


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    meaning: Promise
    is_needed: bool = False


COLUMNS: Final = (
    Column("name", _("What people call it"), is_needed=True),
    Column("business", _("For whom; may be empty if you order for one business")),
    Column("kind", _("goods, or parcel for the business’s own"), is_needed=True),
    Column(
        "rule",
        _("Weekdays (MO TU WE TH FR SA SU), or a whole rule such as FREQ=MONTHLY;BYDAY=1MO"),
        is_needed=True,
    ),
    Column("first_date", _("The first day, as 2026-12-01"), is_needed=True),
    Column("last_date", _("The last day; empty without an end")),
    Column(
        "windows",
        _("From when to when it is delivered; several with | between"),
        is_needed=True,
    ),
    Column(
        "pickups",
        _(
            "From when it is picked up, one for each window; /1 is the day before; empty: 1 hour ahead"
        ),
    ),
    Column("holidays", _("skip, before, after, keep or ask")),
    Column("note", _("For the courier")),
    Column(
        "goods",
        _("Quantity, product and @ producer; several with | between"),
    ),
    Column(
        "substitutes",
        _(
            "What comes instead of a product that is short, as Tomatoes > Courgettes; several with | between"
        ),
    ),
    Column("recipient", _("Who gets the parcel")),
    Column("phone", _("Their phone")),
    Column("street", _("Street and number")),
    Column("postal_code", _("Postal code")),
    Column("city", _("Town")),
    Column("access", _("How to get in")),
    Column("load", _("What the parcel is")),
    Column("weight_kg", _("Weight in kg")),
    Column("skipped_dates", _("Single dates without delivery; several with | between")),
    Column("moved_dates", _("Single dates moved, as 2026-12-24T06:30>2026-12-23T06:30")),
    Column("added_dates", _("Single dates besides, as 2026-12-22T06:30")),
)
NAMES: Final = tuple(column.name for column in COLUMNS)
NEEDED: Final = tuple(column.name for column in COLUMNS if column.is_needed)
