"""What a feed shows: each standing order as series, single orders as events of their own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from accounts.models import Business
from orders.models import Order, Product
from recurring.calendars import governing_versions, readable, terms_of, work_calendar
from recurring.expansion import zone_named
from recurring.feeds import selectors, words
from recurring.feeds.models import CalendarFeed
from recurring.feeds.selectors import MadePart
from recurring.feeds.series import Coming, Dated, Days, Series, Span, series_of
from recurring.feeds.words import EventWords, Item
from recurring.models import Occurrence, Override, RuleVersion, RuleWindow, StandingOrder
from recurring.planning import why_away
from recurring.schedule import Planned, Term, WorkCalendar, schedule
from recurring.times import Times, times_of, window_of
from tenants.models import Cooperative

_FAR_FUTURE = datetime.max  # noqa: DTZ901 - the wall clock is naive
_OFF = frozenset({Order.State.CANCELLED, Order.State.REFUSED})
_GONE = frozenset({Occurrence.State.CANCELLED, Occurrence.State.MISSED, Occurrence.State.SKIPPED})
_HOLIDAYS_AROUND = timedelta(days=31)  # dates shift over the edges of the days


@dataclass(frozen=True, slots=True)
class Entry:
    """Events of one UID, with what says which state of them is newer."""

    uid: str
    series: Series[EventWords]
    sequence: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is the same for all standing orders of a feed."""

    feed: CalendarFeed
    cooperative: Cooperative
    days: Days
    calendar: WorkCalendar
    parts: Mapping[int, Sequence[MadePart]] = field(default_factory=dict)
    products: Mapping[int, Product] = field(default_factory=dict)
    # Most dates of a rule bring the same: what was found and said once is found and said.
    wishes: dict[int, list[tuple[Product, Item]]] = field(default_factory=dict)
    said: dict[tuple[object, ...], EventWords | None] = field(default_factory=dict)

    @property
    def producer(self) -> Business | None:
        """Whose preparing it shows; none when it shows what a business gets."""
        is_producers = self.feed.content == CalendarFeed.Content.PREPARES
        return self.feed.business if is_producers else None

    def uid(self, *parts: object) -> str:
        """The same for ever, and no other co-op's."""
        name = ".".join(map(str, parts))
        return f"{name}.{self.feed.content}@{self.cooperative.schema_name}.coopcycle"


def agenda(feed: CalendarFeed, *, cooperative: Cooperative, at: datetime) -> list[Entry]:
    """All that comes in the days that the feed covers."""
    days = selectors.days_covered(at, cooperative.zone)
    orders, known = selectors.standing_orders_of(feed, days)
    singles = selectors.single_orders_of(feed, days)
    coming = [
        occurrence.order_id
        for rows in known.values()
        for occurrence in rows
        if occurrence.order_id and occurrence.starts_at > at - timedelta(days=1)
    ]
    facts = Facts(
        feed=feed,
        cooperative=cooperative,
        days=days,
        calendar=work_calendar(
            cooperative, days.first - _HOLIDAYS_AROUND, days.last + _HOLIDAYS_AROUND
        ),
        parts=selectors.parts_of(feed, [*coming, *(order.pk for order in singles)]),
        products=selectors.changed_products(orders),
    )
    entries = [
        entry
        for order in readable(orders)
        for entry in _entries(order, known.get(order.pk, []), facts)
    ]
    return entries + [entry for order in singles if (entry := _single(order, facts))]


def _entries(
    order: StandingOrder, occurrences: Sequence[Occurrence], facts: Facts
) -> Iterator[Entry]:
    """One a version and window; and one for orders whose date the rule no longer gives."""
    terms = terms_of(order)
    known = {occurrence.original_start: occurrence for occurrence in occurrences}
    versions = {version.number: version for version in governing_versions(order.versions.all())}
    coming: dict[tuple[int, int], list[Coming[EventWords]]] = {}
    for planned in schedule(terms, facts.calendar, facts.days.first, facts.days.last):
        if planned.is_skipped:
            continue
        version = versions[planned.version]
        occurrence = known.pop(planned.original.isoformat(), None)
        if (each := _coming(order, version, planned, occurrence, facts)) is not None:
            window = window_of(planned, version.windows.all())
            coming.setdefault((planned.version, window.pk), []).append(each)
    bounds = [*(term.valid_from for term in terms.versions), _FAR_FUTURE]
    for term, stretch in zip(terms.versions, pairwise(bounds), strict=True):
        version = versions[term.number]
        for window in version.windows.all():
            if dates := coming.get((term.number, window.pk)):
                yield _entry(order, version, term, stretch, window, dates, facts)
    for occurrence in known.values():
        if (entry := _left_over(order, occurrence, facts)) is not None:
            yield entry


def _entry(
    order: StandingOrder,
    version: RuleVersion,
    term: Term,
    stretch: tuple[datetime, datetime],
    window: RuleWindow,
    coming: Sequence[Coming[EventWords]],
    facts: Facts,
) -> Entry:
    plain = _words(order, version, words.items_of(version), _note(version, facts), facts)
    begins = datetime.combine(term.dtstart.date(), window.opens)
    series = series_of(
        replace(term, dtstart=begins, times=()),
        stretch,
        coming,
        words=plain or coming[0].words,
        span=_span(window, facts),
        days=facts.days,
        zone=zone_named(order.timezone),
    )
    uid = facts.uid("standing-order", order.pk, version.number, f"{window.opens:%H%M}")
    return Entry(uid, series, order.version, _changed_at(order))


def _coming(
    order: StandingOrder,
    version: RuleVersion,
    planned: Planned,
    occurrence: Occurrence | None,
    facts: Facts,
) -> Coming[EventWords] | None:
    """The date as an event; none when it does not come to this reader after all."""
    if occurrence is not None and occurrence.state in _GONE:
        return None
    override = _override(order, planned)
    times = times_of(planned, version, override)
    if occurrence is not None and occurrence.order is not None:
        return _made(order, version, planned.original, times, occurrence.order, facts)
    if order.buyer.archived_at:
        return None  # nothing is made for it any more
    items = _items(order, version, planned, override, facts)
    load = override.load if override else ""
    said = _words(order, version, items, _note(version, facts), facts, load)
    if said is None:
        return None
    if occurrence is not None and occurrence.state == Occurrence.State.HELD:
        said = replace(said, is_tentative=True)
    if facts.producer is not None:
        return Coming(planned.original, times.pickup_after, times.pickup_before, said)
    return Coming(planned.original, times.after, times.before, said)


def _made(
    order: StandingOrder,
    version: RuleVersion,
    original: datetime,
    times: Times | None,
    made: Order,
    facts: Facts,
) -> Coming[EventWords] | None:
    """A date whose order exists: as the order is now. `times` are those of its rule, if any."""
    if made.state in _OFF:
        return None
    parts = [part for part in facts.parts.get(made.pk, ()) if not part.is_refused]
    if order.kind == Order.Kind.SUPPLY and made.pk in facts.parts and not parts:
        return None
    items = words.in_order(i for part in parts for i in part.items) or words.items_of(version)
    note = parts[0].note if parts else _note(version, facts)
    said = _words(order, version, items, note, facts)
    if said is None:
        return None
    if facts.producer is None:
        return Coming(original, made.after, made.before, said)
    if parts:
        return Coming(original, parts[0].after, parts[0].before, said)
    return Coming(original, times.pickup_after, times.pickup_before, said) if times else None


def _left_over(order: StandingOrder, occurrence: Occurrence, facts: Facts) -> Entry | None:
    """An order that was kept when the rule, a pause or an end took its date away."""
    if occurrence.state != Occurrence.State.GENERATED or occurrence.order is None:
        return None
    original = datetime.fromisoformat(occurrence.original_start)
    version = next(v for v in order.versions.all() if v.pk == occurrence.version_id)
    coming = _made(order, version, original, None, occurrence.order, facts)
    if coming is None:
        return None
    uid = facts.uid("standing-order", order.pk, version.number, f"{original:%Y%m%dT%H%M}")
    return _alone(uid, coming, order.version, _changed_at(order), facts)


def _single(order: Order, facts: Facts) -> Entry | None:
    """An order by hand."""
    parts = list(facts.parts.get(order.pk, ()))
    items = words.in_order(i for part in parts if not part.is_refused for i in part.items)
    after, before = order.after, order.before
    is_off = order.state in _OFF
    if facts.producer is not None:
        part = parts[0]
        after, before = part.after, part.before
        items = words.in_order(part.items)
        is_off = is_off or part.is_refused
        said = words.prepared(order.buyer, facts.producer, items, part.note)
    elif order.kind == Order.Kind.SUPPLY:
        said = words.received(order.number, order.buyer, items)
    else:
        said = words.sent(order.number, order.delivery.recipient_name, None, "")
    coming = Coming(after.replace(tzinfo=None), after, before, replace(said, is_cancelled=is_off))
    return _alone(facts.uid("order", order.pk), coming, order.version, order.placed_at, facts)


def _alone(
    uid: str, coming: Coming[EventWords], sequence: int, changed_at: datetime, facts: Facts
) -> Entry:
    dated = Dated(coming.original, coming.start, coming.end, coming.words)
    series = Series(
        facts.cooperative.zone, coming.end - coming.start, coming.words, singles=(dated,)
    )
    return Entry(uid, series, sequence, changed_at)


def _words(
    order: StandingOrder,
    version: RuleVersion,
    items: tuple[Item, ...],
    note: str,
    facts: Facts,
    load: str = "",
) -> EventWords | None:
    """None when nothing of this is for the reader."""
    key = (version.pk, items, note, load)
    if key not in facts.said:
        facts.said[key] = _said(order, version, items, note, facts, load)
    return facts.said[key]


def _said(
    order: StandingOrder,
    version: RuleVersion,
    items: tuple[Item, ...],
    note: str,
    facts: Facts,
    load: str,
) -> EventWords | None:
    if facts.producer is not None:
        own = [item for item in items if item.producer_id == facts.producer.pk]
        return words.prepared(order.buyer, facts.producer, own, note) if own else None
    if order.kind == Order.Kind.DELIVERY:
        return words.parcel_words(order, version, load or version.load)
    return words.received(order.name, order.buyer, items) if items else None


def _items(
    order: StandingOrder,
    version: RuleVersion,
    planned: Planned,
    override: Override | None,
    facts: Facts,
) -> tuple[Item, ...]:
    """What can be fetched for this date, as far as is known today."""
    if override is not None and override.lines:
        lines = [(facts.products[pk], Decimal(quantity)) for pk, quantity in override.lines]
        wishes = _in_order(lines)
    else:
        if version.pk not in facts.wishes:
            lines = [(line.product, line.quantity) for line in version.lines.all()]
            facts.wishes[version.pk] = _in_order(lines)
        wishes = facts.wishes[version.pk]
    pickup_day = (planned.start - window_of(planned, version.windows.all()).pickup_lead).date()
    part_pauses = order.part_pauses.all()
    return tuple(item for product, item in wishes if not why_away(product, pickup_day, part_pauses))


def _in_order(lines: Sequence[tuple[Product, Decimal]]) -> list[tuple[Product, Item]]:
    """Products with their words, by producer and name."""
    items = {Item.of_product(product, quantity): product for product, quantity in lines}
    return [(items[item], item) for item in words.in_order(items)]


def _note(version: RuleVersion, facts: Facts) -> str:
    """What the customer writes to this producer; nothing for other readers."""
    return str(version.producer_notes.get(str(facts.producer.pk), "")) if facts.producer else ""


def _override(order: StandingOrder, planned: Planned) -> Override | None:
    name = planned.original.isoformat()
    return next((o for o in order.overrides.all() if o.original_start == name), None)


def _span(window: RuleWindow, facts: Facts) -> Span:
    if facts.producer is not None:
        return Span(-window.pickup_lead, timedelta(minutes=window.pickup_minutes))
    return Span(timedelta(), timedelta(minutes=window.minutes))


def _changed_at(order: StandingOrder) -> datetime:
    """When anything of it was last decided."""
    moments = [order.created_at, *(version.created_at for version in order.versions.all())]
    moments += [override.decided_at for override in order.overrides.all()]
    moments += [pause.created_at for pause in order.pauses.all()]
    moments += [pause.created_at for pause in order.part_pauses.all()]
    moments += [added.created_at for added in order.additions.all()]
    return max(moments)
