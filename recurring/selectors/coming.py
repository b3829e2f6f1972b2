"""A member's next deliveries: dates of their standing orders, and what they ordered once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import Business
from orders.ordering.models import Order
from recurring.calendars import readable, terms_of
from recurring.models import StandingOrder
from recurring.planning import deadline_of, with_contents
from recurring.selectors import days
from recurring.selectors.days import Day
from tenants.models import Cooperative

AHEAD = timedelta(weeks=3)
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Coming:
    """One delivery to come: a date of a standing order, or an order made once."""

    start: datetime  # wall clock
    title: str
    whom: list[str]
    day: Day | None = None
    rule: StandingOrder | None = None
    order: Order | None = None
    closes: datetime | None = None

    @property
    def is_off(self) -> bool:
        return self.day is not None and not self.day.comes

    @property
    def date(self) -> date:
        return self.start.date()


def coming(
    businesses: Iterable[Business],
    upcoming: Sequence[Order],
    *,
    cooperative: Cooperative,
    at: datetime,
) -> list[Coming]:
    """The next deliveries, with those that are skipped: nobody waits for what does not come."""
    today = at.astimezone(cooperative.zone).date()
    first, last = today + timedelta(days=1), today + AHEAD
    active = StandingOrder.objects.filter(
        buyer__in=list(businesses), state=StandingOrder.State.ACTIVE
    )
    rules = readable(with_contents(active.order_by("pk")))
    made = defaultdict(list)
    for row in days.occurrences_of([rule.pk for rule in rules], first, last):
        made[row.standing_order_id].append(row)
    calendar = days.calendar_for(cooperative, first, last)
    found = [
        _of_rule(rule, day, at)
        for rule in rules
        for day in days.days_of(
            terms_of(rule), calendar, rule, first=first, last=last, at=at, made=made[rule.pk]
        )
    ]
    found += [
        _of_order(order, cooperative) for order in upcoming if not order.delivery.is_recurring
    ]
    return sorted(found, key=lambda each: each.start)[:_SHOWN]


def _of_rule(rule: StandingOrder, day: Day, at: datetime) -> Coming:
    version = max(rule.versions.all(), key=lambda version: version.number)
    producers = dict.fromkeys(line.product.producer.name for line in version.lines.all())
    return Coming(
        start=day.start,
        title=rule.name,
        whom=list(producers) or [version.recipient],
        day=day,
        rule=rule,
        closes=deadline_of(rule, version, day.start) if day.comes else None,
    )


def _of_order(order: Order, cooperative: Cooperative) -> Coming:
    is_parcel = order.kind == Order.Kind.DELIVERY
    producers = [part.producer.name for part in order.parts.all()]
    lines = [line.name for part in order.parts.all() for line in part.lines.all()]
    return Coming(
        start=order.after.astimezone(cooperative.zone).replace(tzinfo=None),
        title=order.delivery.recipient_name if is_parcel else ", ".join(lines),
        whom=producers,
        order=order,
        closes=order.closes_at,
    )
