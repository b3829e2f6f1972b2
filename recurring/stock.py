"""What is left of scarce products, for dates of standing orders: first come, first served.

A date takes its share when its order is made. When less is left than it asks for, its producer has
said what becomes of the line: it comes in part, or not at all. The rest of the order goes on. What a
line lacks comes as its substitute, where it names one and there is some. Where the producer shares out
in proportion, all take what they ask for until its list closes (recurring/sharing.py).

A producer may rather be asked. Then the date waits, without an order and without taking anything,
until it is decided, there is enough, or its first list closes; then what is left comes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Self

from orders.catalog.models import ProducerTerms
from orders.catalog.terms import earliest_cutoff, terms_of
from orders.catalog.units import format_plain
from orders.ordering.stock import Shelf, limited, lock_limited
from orders.protocols import ProductLike
from recurring.models import Occurrence, StockDecision
from recurring.planning import Candidate
from recurring.storage import Key
from recurring.times import pickup_day_of
from recurring.wishes import Wish, side_by_side

State = Occurrence.State
WhenShort = ProducerTerms.WhenShort
Answer = StockDecision.Answer
SOLD_OUT, SHORT, UNDECIDED, UNASKED = "sold_out", "short", "undecided", "unasked"
SUBSTITUTED, FILLED_UP = "substituted", "filled_up"
REASONS = (SOLD_OUT, SHORT, UNDECIDED, UNASKED, SUBSTITUTED, FILLED_UP)
HELD = "held"  # why a date waits

type LeftOut = dict[str, str]
type Case = tuple[Key, int, date]  # a date, one of its products, and the day of its pick-up


class Lack(NamedTuple):
    """A wish that there is too little for: what it gets, and what comes instead."""

    wish: Wish
    given: Decimal
    other: ProductLike | None
    came: Decimal
    is_undecided: bool

    def words(self, short: str = SHORT) -> list[LeftOut]:
        wish = self.wish
        return lacking(wish.product, wish.quantity, self.given, self.other, self.came, short)

    def question(self, day: date) -> list[LeftOut]:
        """The same, with all that whoever decides has to see."""
        said = {
            "product": str(self.wish.product.pk),
            "asked": format_plain(self.wish.quantity),
            "left": format_plain(self.given),
            "day": day.isoformat(),
        }
        *others, last = self.words()
        return [*others, {**last, **said} if self.is_undecided else last]


@dataclass(frozen=True, slots=True)
class Stock:
    """What dates can still have, each taking from those after it."""

    shelf: Shelf = field(default_factory=lambda: Shelf({}))  # nothing is scarce
    asks: bool = False  # some of it is of producers who decide themselves
    decisions: Mapping[Case, StockDecision] = field(default_factory=dict)
    at: datetime | None = None  # dates whose list is open then may wait; None: none waits

    @classmethod
    def for_dates(
        cls,
        dates: Iterable[Candidate],
        *,
        apart_from: Collection[int] = (),
        at: datetime | None = None,
    ) -> Self:
        """Nothing is read, and nobody waits, where none of their products is limited.

        `apart_from`: orders that are about to be made anew (ids). `at`: as long as nothing is made of
        a date, it may wait; what has an order goes on.
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
        shelf = Shelf.of(scarce, days, apart_from=apart_from)
        if not any(_holds(product) for product in scarce.values()):
            return cls(shelf)
        return cls(shelf, True, _decisions(coming, days), at)

    def serve(self, candidate: Candidate) -> Candidate:
        """The date with what it can have; what it cannot is left out, with the reason."""
        if not self.shelf.most or candidate.state != State.GENERATED:
            return candidate
        day = pickup_day_of(candidate.planned, candidate.version, candidate.override)
        before = self.shelf.taken.copy() if self.asks else self.shelf.taken
        kept, lacks = self._hand_out(candidate, day)
        left_out = [each for each in candidate.left_out if each["reason"] not in REASONS]
        is_undecided = any(lack.is_undecided for lack in lacks)
        closes = _first_closing(candidate) if is_undecided and self.at else None
        if closes and self.at and closes > self.at:
            self.shelf.taken = before  # who waits takes nothing
            left_out += [each for lack in lacks for each in lack.question(day)]
            return _without_order(candidate, State.HELD, HELD, left_out, closes)
        silence = UNDECIDED if candidate.was_asked else UNASKED
        for lack in lacks:
            left_out += lack.words(silence if closes and lack.is_undecided else SHORT)
        if kept or not candidate.wishes:
            return candidate._replace(wishes=tuple(kept), left_out=left_out)
        return _without_order(candidate, State.SKIPPED, "nothing_left", left_out)

    def _hand_out(self, candidate: Candidate, day: date) -> tuple[list[Wish], list[Lack]]:
        """What is asked for itself goes before what stands in for something."""
        kept: list[Wish] = []
        short: list[tuple[Wish, Decimal]] = []
        for wish in candidate.wishes:
            given = self._give(candidate.key, wish.product, wish.quantity, day)
            if given == wish.quantity:
                kept.append(wish)
                continue
            short.append((wish, given))
            kept += [wish._replace(quantity=given)] if given else []
        instead: list[Wish] = []
        lacks: list[Lack] = []
        for wish, given in short:
            other, lack = wish.stand_in, wish.quantity - given
            came = self._give(candidate.key, other, lack, day) if other else Decimal(0)
            instead += [wish.instead(other, came)] if other and came else []
            is_undecided = came < lack and self._asks_for(candidate.key, wish, day)
            lacks.append(Lack(wish, given, other, came, is_undecided))
        return side_by_side(kept, instead), lacks

    def _asks_for(self, key: Key, wish: Wish, day: date) -> bool:
        """Whether its producer is still to decide about it; about less than it is now, counts not."""
        decision = self.decisions.get((key, wish.product.pk, day))
        return _holds(wish.product) and (decision is None or decision.quantity < wish.quantity)

    def _give(self, key: Key, product: ProductLike, quantity: Decimal, day: date) -> Decimal:
        """Take as much of it as there is, up to this quantity, as its producer gives it."""
        if product.pk not in self.shelf.most:
            return quantity
        when_short = terms_of(product.producer).when_short
        if when_short == WhenShort.SHARE:
            return quantity  # all ask, and when the list closes each gets its share
        given, left = quantity, self.shelf.left(product, day)
        if quantity > left:
            decision = self.decisions.get((key, product.pk, day))
            given = decision.give(quantity, left) if decision else left
            given = Decimal(0) if when_short == WhenShort.NOTHING else given
        self.shelf.take(product, day, given)
        return given


def _holds(product: ProductLike) -> bool:
    return terms_of(product.producer).when_short == WhenShort.HOLD


def _first_closing(candidate: Candidate) -> datetime | None:
    """When the first of the producers has to know what to prepare."""
    producers = [wish.product.producer for wish in candidate.wishes]
    return earliest_cutoff(producers, candidate.planned.start.date(), candidate.planned.zone)


def _without_order(
    candidate: Candidate,
    state: str,
    reason: str,
    left_out: Sequence[LeftOut],
    waits_until: datetime | None = None,
) -> Candidate:
    return candidate._replace(
        state=state,
        reason=reason,
        detail="",
        wishes=(),
        left_out=left_out,
        override=None,
        waits_until=waits_until,
    )


def _decisions(dates: Iterable[Candidate], days: Collection[date]) -> dict[Case, StockDecision]:
    found = StockDecision.objects.filter(
        standing_order__in={each.order.pk for each in dates}, pickup_day__in=days
    )
    return {
        ((each.standing_order_id, each.original_start), each.product_id, each.pickup_day): each
        for each in found
    }


def lacking(
    product: ProductLike,
    asked: Decimal,
    given: Decimal,
    other: ProductLike | None,
    came: Decimal,
    short: str = SHORT,
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
        said.append({"name": product.name, "reason": short, "detail": detail})
    return said


def served(candidates: Sequence[Candidate], *, at: datetime) -> list[Candidate]:
    """Dates that are about to be made, with what each can have; earlier ones first in line."""
    stock = Stock.for_dates(candidates, at=at)
    return [stock.serve(candidate) for candidate in candidates]


def apart_from_stock(left_out: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what only lacks because others were first: no rule says so."""
    return [each for each in left_out if each["reason"] not in REASONS]


def questions(left_out: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """What somebody is to decide, of all that a date is short of."""
    return [each for each in left_out if "product" in each]


def question_about(product_id: int, left_out: Iterable[dict[str, str]]) -> dict[str, str] | None:
    asked = (each for each in questions(left_out) if each["product"] == str(product_id))
    return next(asked, None)
