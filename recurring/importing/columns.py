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
    example: str
    is_needed: bool = False


COLUMNS: Final = (
    Column("name", _("What people call it"), "Tomatoes and apples", is_needed=True),
    Column("business", _("For whom; may be empty if you order for one business"), "Chez Odile"),
    Column("kind", _("goods, or parcel for the business’s own"), GOODS, is_needed=True),
    Column(
        "rule",
        _("Weekdays (MO TU WE TH FR SA SU), or a whole rule such as FREQ=MONTHLY;BYDAY=1MO"),
        "TU FR",
        is_needed=True,
    ),
    Column("first_date", _("The first day, as 2026-12-01"), "2026-12-01", is_needed=True),
    Column("last_date", _("The last day; empty without an end"), ""),
    Column(
        "windows",
        _("From when to when it is delivered; several with | between"),
        "06:30-08:00",
        is_needed=True,
    ),
    Column(
        "pickups",
        _(
            "From when it is picked up, one for each window; /1 is the day before; empty: 1 hour ahead"
        ),
        "18:00-19:00/1",
    ),
    Column("holidays", _("skip, before, after, keep or ask"), "skip"),
    Column("note", _("For the courier"), "Ring at the kitchen"),
    Column(
        "goods",
        _("Quantity, product and @ producer; several with | between"),
        "12 Tomatoes @ Ferme des Trois Ormes | 2 Apples @ Verger du Lac",
    ),
    Column(
        "substitutes",
        _(
            "What comes instead of a product that is short, as Tomatoes > Courgettes; several with | between"
        ),
        "",
    ),
    Column("recipient", _("Who gets the parcel"), ""),
    Column("phone", _("Their phone"), ""),
    Column("street", _("Street and number"), ""),
    Column("postal_code", _("Postal code"), ""),
    Column("city", _("Town"), ""),
    Column("access", _("How to get in"), ""),
    Column("load", _("What the parcel is"), ""),
    Column("weight_kg", _("Weight in kg"), ""),
    Column("skipped_dates", _("Single dates without delivery; several with | between"), ""),
    Column("moved_dates", _("Single dates moved, as 2026-12-24T06:30>2026-12-23T06:30"), ""),
    Column("added_dates", _("Single dates besides, as 2026-12-22T06:30"), ""),
)
NAMES: Final = tuple(column.name for column in COLUMNS)
NEEDED: Final = tuple(column.name for column in COLUMNS if column.is_needed)
EXAMPLES: Final = (
    {column.name: column.example for column in COLUMNS},
    {
        "name": "Bread for the school",
        "business": "Chez Odile",
        "kind": PARCEL,
        "rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE",
        "first_date": "2026-12-02",
        "last_date": "2027-06-30",
        "windows": "11:00-11:45 | 15:30-16:00",
        "holidays": "before",
        "recipient": "École du Parc",
        "street": "4, place du Parc",
        "postal_code": "38000",
        "city": "Grenoble",
        "load": "2 crates",
        "weight_kg": "8",
    },
)
