"""A table to start from, of what the reader's co-op has: brought unchanged, all of it can be made."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from django.utils.translation import gettext as _

from accounts.models import Business
from orders.models import Product
from recurring.importing.cells import Cells, Known, goods_in, product_words
from recurring.importing.columns import GOODS, MORE, PARCEL
from recurring.importing.exporting import write_table
from recurring.sentences import joined

_AHEAD, _HALF_A_YEAR = timedelta(weeks=1), timedelta(weeks=26)
_LONGEST_NAME = 120


def example_table(known: Known, *, today: date) -> str:
    """Goods where some are offered, and a parcel, for the first business of the reader."""
    buyer = next(iter(known.buyers.values()), None)
    shared = {
        "business": buyer.name if buyer else "Chez Odile",
        "first_date": f"{today + _AHEAD}",
    }
    rows = [_parcel(buyer, today)]
    if products := list(islice(_nameable(known), 2)):
        rows.insert(0, _goods(products))
    return write_table(shared | row for row in rows)


def _nameable(known: Known) -> Iterator[Product]:
    """Products that a cell can name; not those of one name and size, or with a “|” in it."""
    for product in known.products:
        line = Cells({"goods": _quantity_of(1, product)})
        if [found.product_id for found in goods_in(line, known)] == [product.pk]:
            yield product


def _quantity_of(number: int, product: Product) -> str:
    return f"{number} {product_words(product)}"


def _goods(products: list[Product]) -> dict[str, str]:
    quantities = zip((12, 2), products, strict=False)
    return {
        "name": joined([product.name for product in products])[:_LONGEST_NAME],
        "kind": GOODS,
        "rule": "TU FR",
        "windows": "06:30-08:00",
        "pickups": "18:00-19:00/1",
        "holidays": "skip",
        "note": _("Ring at the kitchen"),
        "goods": f" {MORE} ".join(_quantity_of(*each) for each in quantities),
    }


def _parcel(buyer: Business | None, today: date) -> dict[str, str]:
    near = buyer.address if buyer else None  # in the reader's own town
    return {
        "name": _("Bread for the school"),
        "kind": PARCEL,
        "rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE",
        "last_date": f"{today + _HALF_A_YEAR}",
        "windows": f"11:00-11:45 {MORE} 15:30-16:00",
        "holidays": "before",
        "recipient": "École du Parc",
        "street": "4, place du Parc",
        "postal_code": near.postal_code if near else "38000",
        "city": near.city if near else "Grenoble",
        "load": _("2 crates"),
        "weight_kg": "8",
    }
