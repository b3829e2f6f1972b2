"""What each date of a standing order would bring, and what speaks against it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast

from django.db.models import QuerySet

from orders.catalog.models import Product
from orders.catalog.terms import cutoff
from orders.catalog.terms import terms_of as terms_of_producer
from orders.ordering.drafts import LineDraft, OrderDraft, ParcelDraft
from orders.ordering.models import Order
from recurring.calendars import terms_of
from recurring.expansion import resolve, zone_named
from recurring.models import Occurrence, Override, RuleVersion, StandingOrder
from recurring.schedule import Planned, WorkCalendar, schedule
from recurring.storage import OccurrenceRow

State = Occurrence.State


@dataclass(frozen=True, slots=True)
class Wish:
    """So much of one product."""

    product: Product
    quantity: Decimal
    fixed_price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One date that generation looks at."""

    order: StandingOrder
    version: RuleVersion
    planned: Planned
    state: str
    reason: str
    detail: str = ""
    wishes: tuple[Wish, ...] = ()
    left_out: list[dict[str, str]] = field(default_factory=list)

    @property
    def row(self) -> OccurrenceRow:
        return OccurrenceRow(
            standing_order_id=self.order.pk,
            original_start=self.planned.original.isoformat(),
            starts_at=self.planned.at,
            version_id=self.version.pk,
            state=self.state,
            reason=self.reason,
            detail=self.detail,
        )

    def draft(self) -> OrderDraft:
        return OrderDraft(
            buyer_id=self.order.buyer_id,
            kind=Order.Kind(self.order.kind),
            after=self.planned.at,
            before=window_end(self.planned, self.version),
            lines=tuple(
                LineDraft(wish.product.pk, wish.quantity, wish.fixed_price_minor)
                for wish in self.wishes
            ),
            parcel=_parcel(self.version) if self.order.kind == Order.Kind.DELIVERY else None,
            note=self.version.note,
            producer_notes={int(pk): note for pk, note in self.version.producer_notes.items()},
            is_recurring=True,
            pickup_lead_minutes=self.version.pickup_lead_minutes,
            pickup_minutes=self.version.pickup_minutes,
        )


def with_contents(orders: QuerySet[StandingOrder]) -> QuerySet[StandingOrder]:
    """All that planning reads, in a fixed number of queries."""
    return orders.select_related("buyer").prefetch_related(
        "versions__lines__product__producer__terms", "pauses", "overrides", "additions"
    )


def candidates_of(
    order: StandingOrder, calendar: WorkCalendar, *, since: datetime, at: datetime, through: date
) -> list[Candidate]:
    """Dates from the last run (`since`) to `through`, and what becomes of each. Raises RuleError."""
    terms = terms_of(order)
    versions = {version.number: version for version in order.versions.all()}
    overrides = {o.original_start: o for o in order.overrides.all() if o.lines}
    changed = _changed_products(overrides.values())
    found = []
    for planned in schedule(terms, calendar, since.astimezone(terms.zone).date(), through):
        version = versions[planned.version]
        if planned.at > at:
            override = overrides.get(planned.original.isoformat())
            wishes = _wishes(version, override, changed)
            found.append(_candidate(order, version, planned, wishes, at))
        elif not planned.is_skipped and planned.at > max(since, version.created_at):
            found.append(Candidate(order, version, planned, State.MISSED, "missed"))
    return found


def _candidate(
    order: StandingOrder,
    version: RuleVersion,
    planned: Planned,
    wishes: Sequence[Wish],
    at: datetime,
) -> Candidate:
    reason, detail = str(planned.reason), planned.detail
    if planned.is_skipped:
        return Candidate(order, version, planned, State.SKIPPED, reason, detail)
    if order.kind == Order.Kind.DELIVERY:
        return Candidate(order, version, planned, State.CLAIMED, reason, detail)
    verdicts = [(wish, _obstacle(wish.product, planned, version, order)) for wish in wishes]
    kept = tuple(wish for wish, obstacle in verdicts if not obstacle)
    left_out = [
        {"name": wish.product.name, "reason": obstacle} for wish, obstacle in verdicts if obstacle
    ]
    if kept:
        return Candidate(order, version, planned, State.CLAIMED, reason, detail, kept, left_out)
    is_late = bool(left_out) and all(line["reason"] == "too_late" for line in left_out)
    reason = "too_late" if is_late else "nothing_left"
    return Candidate(order, version, planned, State.SKIPPED, reason, left_out=left_out)


def _obstacle(
    product: Product, planned: Planned, version: RuleVersion, order: StandingOrder
) -> str:
    """Why this product cannot come on this date; empty when it can.

    A cut-off counts for what was entered after it. What stood before is ordered in time, even if
    the generator was late.
    """
    producer = product.producer
    if product.archived_at or not product.is_available or producer.archived_at:
        return "gone"
    zone = zone_named(order.timezone)
    terms = terms_of_producer(producer)
    pickup = planned.at - timedelta(minutes=version.pickup_lead_minutes)
    if pickup.astimezone(zone).isoweekday() in terms.days_off:
        return "closed"
    if version.created_at >= cutoff(terms, planned.start.date(), zone):
        return "too_late"
    return ""


def _wishes(
    version: RuleVersion, override: Override | None, changed: dict[int, Product]
) -> list[Wish]:
    if override is None:
        return [
            Wish(line.product, line.quantity, line.fixed_price_minor)
            for line in version.lines.all()
        ]
    return [Wish(changed[product_id], Decimal(quantity)) for product_id, quantity in override.lines]


def _changed_products(overrides: Iterable[Override]) -> dict[int, Product]:
    """Products of dates changed by hand; most standing orders have none."""
    wanted = {product_id for override in overrides for product_id, _quantity in override.lines}
    if not wanted:
        return {}
    return Product.objects.select_related("producer__terms").in_bulk(wanted)


def window_end(planned: Planned, version: RuleVersion) -> datetime:
    """The window's end on the wall clock, resolved by itself; never before its beginning."""
    end = resolve(
        planned.start + timedelta(minutes=version.window_minutes),
        zone_named(version.standing_order.timezone),
    ).at
    if end.timestamp() > planned.at.timestamp():
        return end
    return planned.at + timedelta(minutes=version.window_minutes)


def _parcel(version: RuleVersion) -> ParcelDraft:
    return ParcelDraft(
        recipient=version.recipient,
        phone=version.recipient_phone,
        address_id=cast("int", version.recipient_address_id),
        load=version.load,
        weight_grams=version.weight_grams,
    )
