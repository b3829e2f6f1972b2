"""What is left of scarce products, for dates of standing orders: first come, first served.

A date takes its share when its order is made. When less is left than it asks for, its producer has
said what becomes of the line: it comes in part, or not at all. The rest of the order goes on. Where
it shares out in proportion, all take what they ask for until its list closes (recurring/sharing.py).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from orders.catalog.models import ProducerTerms
from orders.catalog.terms import terms_of
from orders.catalog.units import format_plain
from orders.ordering.stock import Shelf, limited, lock_limited
from recurring.models import Occurrence
from recurring.planning import Candidate, Wish, pickup_day_of

State = Occurrence.State
SOLD_OUT, SHORT = "sold_out", "short"
REASONS = (SOLD_OUT, SHORT)


@dataclass(frozen=True, slots=True)
class Stock:
    """What dates can still have, each taking from those after it."""

    shelf: Shelf = field(default_factory=lambda: Shelf({}))  # nothing is scarce

    @classmethod
    def for_dates(cls, dates: Iterable[Candidate], *, apart_from: Collection[int] = ()) -> Self:
        """Nothing is read, and nobody waits, where none of their products is limited.

        `apart_from`: orders that are about to be made anew (ids).
        """
        coming = [date for date in dates if date.state == State.GENERATED]
        scarce = limited(wish.product for each in coming for wish in each.wishes)
        if not scarce:
            return cls()
        lock_limited(scarce)
        days = {pickup_day_of(each.planned, each.version, each.override) for each in coming}
        return cls(Shelf.of(scarce, days, apart_from=apart_from))

    def serve(self, candidate: Candidate) -> Candidate:
        """The date with what it can have; what it cannot is left out, with the reason."""
        if not self.shelf.most or candidate.state != State.GENERATED:
            return candidate
        day = pickup_day_of(candidate.planned, candidate.version, candidate.override)
        kept: list[Wish] = []
        left_out = [each for each in candidate.left_out if each["reason"] not in REASONS]
        for wish in candidate.wishes:
            served, lacking = self._serve(wish, day)
            kept += [served] if served else []
            left_out += [lacking] if lacking else []
        if kept or not candidate.wishes:
            return candidate._replace(wishes=tuple(kept), left_out=left_out)
        return candidate._replace(
            state=State.SKIPPED,
            reason="nothing_left",
            detail="",
            wishes=(),
            left_out=left_out,
            override=None,
        )

    def _serve(self, wish: Wish, day: date) -> tuple[Wish | None, dict[str, str] | None]:
        product = wish.product
        if product.pk not in self.shelf.most:
            return wish, None
        when_short = terms_of(product.producer).when_short
        if when_short == ProducerTerms.WhenShort.SHARE:
            return wish, None  # all ask, and when the list closes each gets its share
        left = self.shelf.left(product, day)
        if wish.quantity <= left:
            self.shelf.take(product, day, wish.quantity)
            return wish, None
        gives_part = when_short == ProducerTerms.WhenShort.PART
        if not left or not gives_part:
            return None, {"name": product.name, "reason": SOLD_OUT}
        self.shelf.take(product, day, left)
        detail = f"{format_plain(left)} / {format_plain(wish.quantity)}"
        return wish._replace(quantity=left), {
            "name": product.name,
            "reason": SHORT,
            "detail": detail,
        }


def served(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Dates that are about to be made, with what each can have; earlier ones first in line."""
    stock = Stock.for_dates(candidates)
    return [stock.serve(candidate) for candidate in candidates]


def apart_from_stock(left_out: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what only lacks because others were first: no rule says so."""
    return [each for each in left_out if each["reason"] not in REASONS]
