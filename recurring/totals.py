"""What a producer has to give in the coming weeks: what is ordered, and what standing orders plan."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from accounts.models import Business
from orders.catalog.models import Product
from orders.ordering.models import Order, OrderLine, OrderPart
from recurring.calendars import readable, work_calendar
from recurring.models import Occurrence
from recurring.planning import Candidate, candidates_of, with_contents
from recurring.schedule import SEARCH_DAYS
from recurring.services.producers import fed_by
from recurring.times import times_of
from tenants.models import Cooperative

State = Occurrence.State


@dataclass(frozen=True, slots=True)
class Total:
    """So much of one product for one day's pick-ups: ordered for sure, and planned beside it."""

    day: date
    product: Product
    ordered: Decimal
    planned: Decimal

    @property
    def total(self) -> Decimal:
        return self.ordered + self.planned

    @property
    def is_too_much(self) -> bool:
        """More than the producer gives a day: what is planned will come in part, or not."""
        most = self.product.daily_quantity
        return most is not None and self.total > most


@dataclass(frozen=True, slots=True)
class _Sum:
    ordered: Decimal = Decimal(0)
    planned: Decimal = Decimal(0)


def coming_totals(
    producer: Business, cooperative: Cooperative, *, at: datetime, weeks: int = 4
) -> list[Total]:
    """Per day of pick-up and product, from today on, in this order. A fixed number of queries."""
    today = at.astimezone(cooperative.zone).date()
    last = today + timedelta(weeks=weeks)
    sums: dict[tuple[date, int], _Sum] = defaultdict(_Sum)
    for day, product_id, quantity in _ordered(producer, cooperative, today, last):
        known = sums[day, product_id]
        sums[day, product_id] = _Sum(known.ordered + quantity, known.planned)
    for day, product_id, quantity in _planned(producer, cooperative, at, last):
        known = sums[day, product_id]
        sums[day, product_id] = _Sum(known.ordered, known.planned + quantity)
    products = Product.objects.in_bulk({product_id for _day, product_id in sums})
    totals = [
        Total(day, products[product_id], each.ordered, each.planned)
        for (day, product_id), each in sums.items()
        if today <= day <= last
    ]
    return sorted(totals, key=lambda total: (total.day, total.product.name, total.product.pk))


def _ordered(
    producer: Business, cooperative: Cooperative, today: date, last: date
) -> Iterable[tuple[date, int, Decimal]]:
    """What orders ask for, standing or not, by the day on which it is picked up."""
    lines = (
        OrderLine.objects.filter(
            part__producer=producer,
            part__pickup__day__range=(today, last),
            part__order__state__in=[
                Order.State.NEW,
                Order.State.ACCEPTED,
                Order.State.FULFILLED,
            ],
        )
        .exclude(part__state=OrderPart.State.REFUSED)
        .values_list("part__pickup__day", "product", "quantity")
    )
    yield from lines


def _planned(
    producer: Business, cooperative: Cooperative, at: datetime, last: date
) -> Iterable[tuple[date, int, Decimal]]:
    """What standing orders will ask for on dates that nobody has dealt with yet."""
    orders = readable(with_contents(fed_by(producer)))
    decided = set(
        Occurrence.objects.filter(standing_order__in=orders, starts_at__gt=at)
        .exclude(state__in=[State.SKIPPED, State.FAILED, State.HELD])
        .values_list("standing_order", "original_start")
    )
    reach = timedelta(days=2 * SEARCH_DAYS)
    today = at.astimezone(cooperative.zone).date()
    calendar = work_calendar(cooperative, today - reach, last + reach)
    through = last + timedelta(days=6)  # it may be picked up days before
    for order in orders:
        for candidate in candidates_of(order, calendar, since=at, at=at, through=through):
            if candidate.state == State.GENERATED and candidate.key not in decided:
                yield from _wants(candidate, producer, cooperative)


def _wants(
    candidate: Candidate, producer: Business, cooperative: Cooperative
) -> Iterable[tuple[date, int, Decimal]]:
    times = times_of(candidate.planned, candidate.version, candidate.override)
    day = times.pickup_after.astimezone(cooperative.zone).date()
    for wish in candidate.wishes:
        if wish.product.producer_id == producer.pk:
            yield day, wish.product.pk, wish.quantity
