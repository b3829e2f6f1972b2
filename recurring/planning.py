"""What each date of a standing order would bring, and what speaks against it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, cast

from django.db.models import Prefetch, QuerySet

from orders.catalog.selectors import products_with_producers
from orders.catalog.terms import closure_on, cutoff, earliest_cutoff
from orders.catalog.terms import terms_of as terms_of_producer
from orders.ordering.drafts import LineDraft, OrderDraft, ParcelDraft
from orders.ordering.models import Order
from orders.protocols import ProductLike
from recurring.calendars import terms_of
from recurring.expansion import resolve, zone_named
from recurring.models import Occurrence, RuleLine, StandingOrder
from recurring.protocols import (
    AddedLike,
    OverrideLike,
    PartPauseLike,
    StandingOrderLike,
    VersionLike,
)
from recurring.schedule import Planned, Policy, Reason, WorkCalendar, schedule
from recurring.storage import Key, Known, OccurrenceRow
from recurring.times import pickup_day_of, times_of
from recurring.wishes import Wish, agreed_carriage, agreed_price, side_by_side

State = Occurrence.State
GONE, REPLACED = "gone", "replaced"
LONGEST_CUTOFF = timedelta(days=15)  # terms_cutoff_within_two_weeks; parcels are fetched later
# Its list closed before anybody said that it comes on a holiday: asked, or never asked (an outage).
UNANSWERED, NOT_ASKED = "unanswered", "not_asked"


class Candidate(NamedTuple):
    """One date that generation looks at. `state`: what becomes of it; generated: an order."""

    order: StandingOrderLike
    version: VersionLike
    planned: Planned
    state: str
    reason: str
    detail: str = ""
    wishes: tuple[Wish, ...] = ()
    left_out: Sequence[dict[str, str]] = ()
    override: OverrideLike | None = None
    promised_timezone: str = ""  # the clock it is on, when not that of its standing order
    waits_until: datetime | None = None  # held: when its first list closes
    was_asked: bool = False  # whoever decides about it was told so, by an earlier run

    @property
    def is_question_over(self) -> bool:
        """Whether its buyer cannot say any more that it shall come on this holiday."""
        return self.planned.reason == Reason.ASKED and self.reason != Reason.ASKED

    @property
    def key(self) -> Key:
        """As its row's."""
        return self.order.pk, self.planned.original.isoformat()

    def after(self, known: Known) -> "Candidate":
        """In view of what stands written: who was asked and kept silent is told another thing."""
        if not known.was_asked:
            return self
        reason = UNANSWERED if self.reason == NOT_ASKED else self.reason
        return self._replace(reason=reason, was_asked=True)

    def row(self, order_id: int | None = None) -> OccurrenceRow:
        """What is written down of it, with the order that is made of it."""
        return OccurrenceRow(
            standing_order_id=self.order.pk,
            original_start=self.planned.original.isoformat(),
            starts_at=self.planned.at,
            version_id=self.version.pk,
            state=self.state,
            reason=self.reason,
            detail=self.detail,
            left_out=self.left_out,
            order_id=order_id,
            wall_start=self.planned.start.isoformat(),
            waits_until=self.waits_until,
        )

    def draft(self) -> OrderDraft:
        """The order that this date asks for."""
        times = times_of(self.planned, self.version, self.override, self.promised_timezone)
        return OrderDraft(
            buyer_id=self.order.buyer_id,
            kind=Order.Kind(self.order.kind),
            after=times.after,
            before=times.before,
            pickup=(times.pickup_after, times.pickup_before),
            lines=tuple(
                LineDraft(wish.product.pk, wish.quantity, wish.fixed_price_minor, wish.instead_of)
                for wish in self.wishes
            ),
            parcel=_parcel(self.version, self.override) if self._is_parcel else None,
            note=(self.override and self.override.note) or self.version.note,
            producer_notes={int(pk): note for pk, note in self.version.producer_notes.items()},
            agreed_carriage_minor=agreed_carriage(self.version, self.planned.start.date()),
            is_recurring=True,
        )

    def on_clock(self, timezone: str) -> "Candidate":
        """The same wall-clock time in another zone; empty: as it is."""
        if not timezone:
            return self
        slot = resolve(self.planned.start, zone_named(timezone))
        planned = self.planned._replace(at=slot.at, is_clock_shifted=slot.is_shifted)
        return self._replace(planned=planned, promised_timezone=timezone)

    @property
    def _is_parcel(self) -> bool:
        return self.order.kind == Order.Kind.DELIVERY


def with_contents(orders: QuerySet[StandingOrder]) -> QuerySet[StandingOrder]:
    """All that planning reads, in a fixed number of queries."""
    lines = RuleLine.objects.select_related(
        "product__producer__terms", "substitute__producer__terms"
    )
    return orders.select_related("buyer", "usual_courier__user", "usual_tour").prefetch_related(
        Prefetch("versions__lines", lines),
        "versions__lines__product__producer__closures",
        "versions__lines__substitute__producer__closures",  # no query where nothing has one
        "versions__windows",
        "pauses",
        "part_pauses",
        "overrides",
        "additions",
    )


def candidates_of(
    order: StandingOrderLike,
    calendar: WorkCalendar,
    *,
    since: datetime,
    at: datetime,
    through: date,
    late_lead: timedelta | None = None,
) -> list[Candidate]:
    """Dates from the last run (`since`) to `through`, and what becomes of each. Raises RuleError.

    A date whose window has opened since then is missed; with `late_lead` only when less than that
    is left of its window.
    """
    terms = terms_of(order)
    book = _Book.of(order)
    found = []
    for planned in schedule(terms, calendar, since.astimezone(terms.zone).date(), through):
        version = book.versions[planned.version]
        if planned.at > at:
            found.append(_candidate(book, version, planned, at))
        elif not planned.is_skipped and planned.at > max(since, version.created_at):
            override = book.overrides.get(planned.original.isoformat())
            closes = times_of(planned, version, override).before
            if late_lead is not None and closes > at + late_lead:
                found.append(_candidate(book, version, planned, at))
            else:
                found.append(Candidate(order, version, planned, State.MISSED, "missed"))
    return found


@dataclass(frozen=True, slots=True)
class _Book:
    """One standing order with its rows by what they are looked up by."""

    order: StandingOrderLike
    versions: Mapping[int, VersionLike]
    overrides: Mapping[str, OverrideLike]
    additions: Mapping[str, AddedLike]
    part_pauses: Sequence[PartPauseLike]
    changed: Mapping[int, ProductLike]

    @classmethod
    def of(cls, order: StandingOrderLike) -> "_Book":
        overrides = {override.original_start: override for override in order.overrides.all()}
        return cls(
            order=order,
            versions={version.number: version for version in order.versions.all()},
            overrides=overrides,
            additions={added.start: added for added in order.additions.all()},
            part_pauses=list(order.part_pauses.all()),
            changed=_changed_products(overrides.values()),
        )

    def entered_at(self, planned: Planned, version: VersionLike) -> datetime | None:
        """When this date was asked for; None when the office did, whom no closed list stops."""
        original = planned.original.isoformat()
        moments = [version.created_at]
        if self.order.reopened_at:
            moments.append(self.order.reopened_at)
        if override := self.overrides.get(original):
            if override.by_office:
                return None
            moments.append(override.decided_at)
        if added := self.additions.get(original):
            if added.by_office:
                return None
            moments.append(added.created_at)
        return max(moments)


def deadline_of(order: StandingOrderLike, version: VersionLike, start: datetime) -> datetime | None:
    """Until when its own people may decide about a date at this time of the wall clock."""
    zone = zone_named(order.timezone)
    if order.kind == Order.Kind.DELIVERY:
        window = next(iter(version.windows.all()), None)
        return resolve(start - window.pickup_lead, zone).at if window else None
    producers = [line.product.producer for line in version.lines.all()]
    return earliest_cutoff(producers, start.date(), zone)


def questions_of(
    order: StandingOrderLike, calendar: WorkCalendar, *, after: date, at: datetime
) -> list[Candidate]:
    """Holidays later than the day `after`, of which the buyer must know until then: lists close early.

    So they are asked as long before the time to answer is over as others are made before they come.
    """
    last = after + LONGEST_CUTOFF
    if not any(version.holiday_policy == Policy.ASK for version in order.versions.all()):
        return []
    if not any(after < day <= last for day in calendar.holidays):
        return []
    terms, book = terms_of(order), _Book.of(order)
    asked = (
        (book.versions[planned.version], planned)
        for planned in schedule(terms, calendar, after + timedelta(days=1), last)
        if planned.reason == Reason.ASKED
    )
    return [
        _candidate(book, version, planned, at)
        for version, planned in asked
        if (closes := deadline_of(order, version, planned.start))
        and closes.astimezone(terms.zone).date() <= after
    ]


def _how_it_is_asked(
    order: StandingOrderLike, version: VersionLike, start: datetime, at: datetime
) -> str:
    """How a date stands of which its buyer is to be asked; that somebody was, stands in its row."""
    closes = deadline_of(order, version, start)
    return Reason.ASKED if closes is None or at < closes else NOT_ASKED


def _candidate(book: _Book, version: VersionLike, planned: Planned, at: datetime) -> Candidate:
    order, reason, detail = book.order, str(planned.reason), planned.detail
    if planned.is_skipped:
        if planned.reason == Reason.ASKED:
            reason = str(_how_it_is_asked(order, version, planned.start, at))
        return Candidate(order, version, planned, State.SKIPPED, reason, detail)
    override = book.overrides.get(planned.original.isoformat())
    if order.kind == Order.Kind.DELIVERY:
        return Candidate(
            order, version, planned, State.GENERATED, reason, detail, override=override
        )
    kept, left_out = _sorted_out(book, version, planned, override)
    if kept:
        return Candidate(
            order, version, planned, State.GENERATED, reason, detail, kept, left_out, override
        )
    is_late = bool(left_out) and all(line["reason"] == "too_late" for line in left_out)
    reason = "too_late" if is_late else "nothing_left"
    return Candidate(order, version, planned, State.SKIPPED, reason, left_out=left_out)


def _sorted_out(
    book: _Book, version: VersionLike, planned: Planned, override: OverrideLike | None
) -> tuple[tuple[Wish, ...], list[dict[str, str]]]:
    """What can come on this date, and what can't with its reason: the rest goes on."""
    pickup_day = pickup_day_of(planned, version, override)
    entered_at = book.entered_at(planned, version)
    kept: list[Wish] = []
    instead: list[Wish] = []
    left_out = []
    for wish in _wishes(version, planned.start.date(), override, book.changed):
        reason, detail = _obstacle(wish.product, planned, pickup_day, book, entered_at)
        if reason == GONE and (other := wish.stand_in):
            against, _detail = _obstacle(other, planned, pickup_day, book, entered_at)
            if not against:
                instead.append(wish.instead(other, wish.quantity))
                reason, detail = REPLACED, other.name
        if reason:
            words = {"name": wish.product.name, "reason": reason}
            left_out.append({**words, "detail": detail} if detail else words)
        else:
            kept.append(wish)
    return tuple(side_by_side(kept, instead)), left_out


def _obstacle(
    product: ProductLike,
    planned: Planned,
    pickup_day: date,
    book: _Book,
    entered_at: datetime | None,
) -> tuple[str, str]:
    """Why this product cannot come on this date, with a detail; empty when it can.

    A cut-off counts for what was entered after it. What stood before is ordered in time, even if
    the generator was late.
    """
    if reason := why_away(product, pickup_day, book.part_pauses):
        return reason
    terms = terms_of_producer(product.producer)
    if entered_at and entered_at >= cutoff(terms, planned.start.date(), planned.zone):
        return "too_late", ""
    return "", ""


def why_away(
    product: ProductLike, pickup_day: date, part_pauses: Iterable[PartPauseLike]
) -> tuple[str, str] | None:
    """Why this product cannot be fetched on this day, whenever it was asked for; with a detail."""
    producer = product.producer
    if product.archived_at or not product.is_available or producer.archived_at:
        return GONE, ""
    if pickup_day.isoweekday() in terms_of_producer(producer).days_off:
        return "closed", ""
    if closure := closure_on(producer, pickup_day):
        return "closure", closure.reason
    for pause in part_pauses:
        if pause.producer_id == producer.pk and covers(pause, pickup_day):
            return "part_paused", pause.reason
    return None


def covers(pause: PartPauseLike, day: date) -> bool:
    return pause.from_day <= day and (pause.to_day is None or day <= pause.to_day)


def _wishes(
    version: VersionLike,
    day: date,
    override: OverrideLike | None,
    changed: Mapping[int, ProductLike],
) -> list[Wish]:
    usual = [
        Wish(line.product, line.quantity, agreed_price(line, day), line.substitute)
        for line in version.lines.all()
    ]
    if override is None or not override.lines:
        return usual
    known = {wish.product.pk: wish for wish in usual}
    return [
        known[product_id]._replace(quantity=Decimal(quantity))
        if product_id in known
        else Wish(changed[product_id], Decimal(quantity))
        for product_id, quantity in override.lines
    ]


def _changed_products(overrides: Iterable[OverrideLike]) -> Mapping[int, ProductLike]:
    """Products of dates changed by hand; most standing orders have none."""
    wanted = {product_id for override in overrides for product_id, _quantity in override.lines}
    return products_with_producers(wanted)


def _parcel(version: VersionLike, override: OverrideLike | None) -> ParcelDraft:
    load, weight = version.load, version.weight_grams
    if override is not None:
        load = override.load or load
        weight = weight if override.weight_grams is None else override.weight_grams
    return ParcelDraft(
        recipient=version.recipient,
        phone=version.recipient_phone,
        address_id=cast("int", version.recipient_address_id),
        load=load,
        weight_grams=weight,
    )
