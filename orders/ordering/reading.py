"""Buyers, products and producers as plain records: what orders made by the hundred refer to.

They have the names of their models' fields, as far as placing an order and planning one need them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple

from accounts.models import Address, Business
from coopcycle.db.records import Rows, grouped, related, select_rows
from orders.catalog.models import Closure, ProducerTerms, Product
from orders.catalog.terms import USUAL
from orders.protocols import TermsLike

# Columns first; what has a default is a relation.


class _Address(NamedTuple):
    pk: int
    latitude: Decimal
    longitude: Decimal
    instructions: str


class _Terms(NamedTuple):
    producer_id: int
    cutoff_days_before: int
    cutoff_time: time
    days_off: list[int]
    when_short: str


class _Closure(NamedTuple):
    producer_id: int
    from_day: date
    to_day: date
    reason: str

    def covers(self, day: date) -> bool:
        return self.from_day <= day <= self.to_day


class _Business(NamedTuple):
    pk: int
    name: str
    phone: str
    language: str
    address_id: int
    archived_at: datetime | None
    address: _Address = related()
    terms: TermsLike = related()
    closures: Rows[_Closure] = Rows()


class _Product(NamedTuple):
    pk: int
    producer_id: int
    name: str
    note: str
    unit: str
    price_minor: int
    tax_category: str
    unit_weight_grams: int
    daily_quantity: Decimal | None
    is_available: bool
    archived_at: datetime | None
    producer: _Business = related()


@dataclass(frozen=True, slots=True)
class Market[B, P]:
    """Who buys, and what is sold, by their keys. Producers bring address, terms and closures."""

    buyers: Mapping[int, B]
    products: Mapping[int, P]


def read_market(buyers: Collection[int], products: Collection[int]) -> Market[_Business, _Product]:
    """In five statements, however many there are."""
    goods = select_rows(_Product, Product, "id", products)
    producers = {row[1] for row in goods}
    known = _businesses({*buyers, *producers}, producers)
    return Market(
        buyers={pk: known[pk] for pk in set(buyers)},
        products={row[0]: _Product._make((*row, known[row[1]])) for row in goods},
    )


def _businesses(ids: Collection[int], producers: Collection[int]) -> dict[int, _Business]:
    rows = select_rows(_Business, Business, "id", ids)
    places = select_rows(_Address, Address, "id", {row[4] for row in rows})
    addresses = {row[0]: _Address._make(row) for row in places}
    terms: dict[int, TermsLike] = {
        row[0]: _Terms._make(row)
        for row in select_rows(_Terms, ProducerTerms, "producer_id", producers)
    }
    closed = select_rows(_Closure, Closure, "producer_id", producers, order_by="from_day")
    closures = grouped(map(_Closure._make, closed), by="producer_id")
    return {
        row[0]: _Business._make(
            (*row, addresses[row[4]], terms.get(row[0], USUAL), closures[row[0]])
        )
        for row in rows
    }
