"""What is left of scarce products, for dates of standing orders: first come, first served.

A date takes its share when its order is made. When less is left than it asks for, its producer has
said what becomes of the line: it comes in part, or not at all. The rest of the order goes on. What a
line lacks comes as its substitute, where it names one and there is some. Where the producer shares out
in proportion, all take what they ask for until its list closes (recurring/sharing.py).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Self

from orders.catalog.models import ProducerTerms
from orders.catalog.terms import terms_of
from orders.catalog.units import format_plain
from orders.ordering.stock import Shelf, limited, lock_limited
from orders.protocols import ProductLike
from recurring.models import Occurrence
from recurring.planning import Candidate, Wish, pickup_day_of, side_by_side

State = Occurrence.State
SOLD_OUT, SHORT = "sold_out", "short"
SUBSTITUTED, FILLED_UP = "substituted", "filled_up"
REASONS = (SOLD_OUT, SHORT, SUBSTITUTED, FILLED_UP)

type LeftOut = dict[str, str]


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
        wishes = [wish for each in coming for wish in each.wishes]
        scarce = limited(wish.product for wish in wishes)
        if not scarce:
            return cls()
        short = [wish for wish in wishes if wish.substitute and wish.product.pk in scarce]
        scarce |= limited(wish.substitute for wish in short if wish.substitute)
        lock_limited(scarce)
        days = {pickup_day_of(each.planned, each.version, each.override) for each in coming}
        return cls(Shelf.of(scarce, days, apart_from=apart_from))

    def serve(self, candidate: Candidate) -> Candidate:
        """The date with what it can have; what it cannot is left out, with the reason."""
        if not self.shelf.most or candidate.state != State.GENERATED:
            return candidate
        day = pickup_day_of(candidate.planned, candidate.version, candidate.override)
        kept: list[Wish] = []
        short: list[tuple[Wish, Decimal]] = []
        for wish in candidate.wishes:
            given = self._give(wish.product, wish.quantity, day)
            if given == wish.quantity:
                kept.append(wish)
                continue
            short.append((wish, given))
            kept += [wish._replace(quantity=given)] if given else []
        left_out = [each for each in candidate.left_out if each["reason"] not in REASONS]
        instead: list[Wish] = []
        for wish, given in short:  # what is asked for itself goes before what stands in
            other = wish.stand_in
            came = self._give(other, wish.quantity - given, day) if other else Decimal(0)
            instead += [wish.instead(other, came)] if other and came else []
            left_out += lacking(wish.product, wish.quantity, given, other, came)
        kept = side_by_side(kept, instead)
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

    def _give(self, product: ProductLike, quantity: Decimal, day: date) -> Decimal:
        """Take as much of it as there is, up to this quantity, as its producer gives it."""
        if product.pk not in self.shelf.most:
            return quantity
        when_short = terms_of(product.producer).when_short
        if when_short == ProducerTerms.WhenShort.SHARE:
            return quantity  # all ask, and when the list closes each gets its share
        left = self.shelf.left(product, day)
        gives_part = when_short == ProducerTerms.WhenShort.PART
        given = quantity if quantity <= left else left if gives_part else Decimal(0)
        self.shelf.take(product, day, given)
        return given


def lacking(
    product: ProductLike, asked: Decimal, given: Decimal, other: ProductLike | None, came: Decimal
) -> list[LeftOut]:
    """How to say that only so much was `given` of what was asked, and that so much of another came."""
    said: list[LeftOut] = []
    if other and came:
        reason = FILLED_UP if given else SUBSTITUTED
        detail = f"{format_plain(came)} {other.name}"
        said.append({"name": product.name, "reason": reason, "detail": detail})
    if not given + came:
        said.append({"name": product.name, "reason": SOLD_OUT})
    elif given + came < asked:
        detail = f"{format_plain(given + came)} / {format_plain(asked)}"
        said.append({"name": product.name, "reason": SHORT, "detail": detail})
    return said


def served(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Dates that are about to be made, with what each can have; earlier ones first in line."""
    stock = Stock.for_dates(candidates)
    return [stock.serve(candidate) for candidate in candidates]


def apart_from_stock(left_out: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what only lacks because others were first: no rule says so."""
    return [each for each in left_out if each["reason"] not in REASONS]
