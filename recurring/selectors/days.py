"""Each date of a standing order as people see it: how it stands, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from coopcycle.dates import format_clock, format_day
from coopcycle.money import format_money
from coopcycle.words import said_of
from orders.catalog.units import format_quantity
from orders.ordering.models import Order
from orders.protocols import ProductLike
from recurring.calendars import work_calendar
from recurring.holiday_names import told_name
from recurring.models import Occurrence, Override, RuleVersion, StandingOrder
from recurring.planning import Candidate, candidates_of
from recurring.schedule import Planned, Reason, Terms, WorkCalendar, schedule
from recurring.stock import questions
from recurring.storage import Known
from recurring.words import reason_words
from tenants.models import Cooperative

LOOK_AHEAD = timedelta(weeks=12)
_LOOKS = {
    Reason.RULE: "planned",
    Reason.ADDED: "added",
    Reason.MOVED: "moved",
    Reason.CHANGED: "changed",
    Reason.HOLIDAY_BEFORE: "moved",
    Reason.HOLIDAY_AFTER: "moved",
    Reason.SKIPPED: "skipped",
    Reason.PAUSED: "paused",
    Reason.HOLIDAY: "holiday",
    Reason.ASKED: "asked",
    Reason.COLLISION: "skipped",
    Reason.NO_WORKING_DAY: "skipped",
}
_OFF = {"skipped", "holiday", "asked", "paused", "cancelled", "missed"}
_BY_HAND = {"changed", "moved", "added"}


@dataclass(frozen=True, slots=True)
class Day:
    """One date of the calendar. `original` names it for ever; `start` is when it comes."""

    original: str
    start: datetime  # wall clock
    look: str
    words: str = ""
    order_id: int | None = None
    is_open: bool = False  # still to come
    is_by_hand: bool = False
    waits_until: datetime | None = None  # held: when somebody must have decided

    @property
    def kind(self) -> str:
        """For the calendar's drawing."""
        if self.look in _OFF:
            return "off"
        if self.look in _BY_HAND or self.is_by_hand:
            return "changed"
        if self.look == "failed":
            return "failed"
        return "made" if self.look == "generated" else "planned"

    @property
    def comes(self) -> bool:
        return self.kind not in ("off", "failed")

    @property
    def day(self) -> date:
        return self.start.date()


def days_of(
    terms: Terms,
    calendar: WorkCalendar,
    order: StandingOrder | None,
    *,
    first: date,
    last: date,
    at: datetime,
    made: Sequence[Occurrence] | None = None,
) -> list[Day]:
    """All dates of these days: what is planned, and over it what generation has done.

    `made` are the rows of these days, for those who have read them for many standing orders.
    """
    book = _Book.of(order, calendar, first=first, last=last, at=at, made=made)
    known = dict(book.made)
    days = [
        book.day(planned, known.pop(planned.original.isoformat(), None), at)
        for planned in schedule(terms, calendar, first, last)
    ]
    zone = terms.zone
    for row in known.values():
        local = row.starts_at.astimezone(zone).replace(tzinfo=None)
        if row.order_id and first <= local.date() <= last:
            days.append(book.off_the_rule(row, local, at))
    return sorted(days, key=lambda day: (day.start, day.original))


def calendar_for(cooperative: Cooperative, first: date, last: date) -> WorkCalendar:
    """The holidays around these days, far enough for what they shift, as the reader calls them."""
    around = timedelta(days=30)
    kept = work_calendar(cooperative, first - around, last + around)
    told = {day: told_name(cooperative, day, name) for day, name in kept.holidays.items()}
    return WorkCalendar(kept.weekdays, told)


def holidays_met(days: Iterable[Day], calendar: WorkCalendar) -> list[str]:
    """Names of the holidays on which nothing comes, in these days."""
    names = (calendar.holidays.get(day.day, "") for day in days if day.look == "holiday")
    return [name for name in dict.fromkeys(names) if name]


def next_day(days: Iterable[Day], at: datetime, terms: Terms) -> date | None:
    """The next date that is delivered."""
    now = at.astimezone(terms.zone).replace(tzinfo=None)
    return next((day.day for day in days if day.comes and day.start > now), None)


def find_day(days: Iterable[Day], original: str) -> Day | None:
    return next((day for day in days if day.original == original), None)


def change_words(
    override: Override, version: RuleVersion | None, products: Mapping[int, ProductLike]
) -> str:
    """“16 kg Tomatoes instead of 12 kg”: what a hand changed on one date.

    `products` that come on it, by id: for what the rule does not have.
    """
    if version is None or not override.lines:
        return str(override.note)
    usual = {line.product_id: line for line in version.lines.all()}
    said = []
    for product_id, text in override.lines:
        quantity, line = Decimal(text), usual.pop(product_id, None)
        if line is None and product_id in products:
            product = products[product_id]
            values = {"quantity": format_quantity(quantity, product.unit), "product": product.name}
            said.append(_("also %(quantity)s %(product)s") % values)
        elif line is not None and line.quantity != quantity:
            unit = line.product.unit
            values = {
                "quantity": format_quantity(quantity, unit),
                "usual": format_quantity(line.quantity, unit),
                "product": line.product.name,
            }
            said.append(_("%(product)s: %(quantity)s instead of %(usual)s") % values)
    said += [_("no %(product)s") % {"product": line.product.name} for line in usual.values()]
    return ", ".join(said) or override.note


@dataclass(frozen=True, slots=True)
class _Book:
    """What is known of a standing order's dates, by their original starts."""

    made: Mapping[str, Occurrence]
    foreseen: Mapping[str, Candidate]
    overrides: Mapping[str, Override]
    versions: Mapping[int, RuleVersion]

    @classmethod
    def of(
        cls,
        order: StandingOrder | None,
        calendar: WorkCalendar,
        *,
        first: date,
        last: date,
        at: datetime,
        made: Sequence[Occurrence] | None,
    ) -> "_Book":
        if order is None:
            return cls({}, {}, {}, {})
        if made is None:
            made = occurrences_of([order.pk], first, last)
        foreseen = candidates_of(order, calendar, since=at, at=at, through=last)
        return cls(
            made={row.original_start: row for row in made},
            foreseen={each.planned.original.isoformat(): each for each in foreseen},
            overrides={override.original_start: override for override in order.overrides.all()},
            versions={version.number: version for version in order.versions.all()},
        )

    def day(self, planned: Planned, made: Occurrence | None, at: datetime) -> Day:
        original = planned.original.isoformat()
        start = planned.start
        if made is not None and made.promised_timezone:  # before the co-op moved to this clock
            start = made.starts_at.astimezone(planned.zone).replace(tzinfo=None)
        day = Day(
            original=original,
            start=start,
            look=_LOOKS[planned.reason],
            words=self._planned_words(planned),
            is_open=planned.at > at,
            is_by_hand=original in self.overrides and not planned.is_skipped,
        )
        foreseen = self.foreseen.get(original)
        if foreseen is not None and made is not None:
            foreseen = foreseen.after(_known(made))
        is_over = foreseen is not None and foreseen.is_question_over
        if made is not None and not (is_over and made.state == Occurrence.State.SKIPPED):
            return _as_made(day, made)
        if foreseen is not None and is_over:
            words = reason_words(foreseen.reason, planned.detail)
            return replace(day, look="holiday", words=words)
        if foreseen is None or planned.is_skipped or foreseen.planned.start != planned.start:
            return day
        return _as_foreseen(day, foreseen)

    def off_the_rule(self, made: Occurrence, local: datetime, at: datetime) -> Day:
        """A date whose order was made, and which the rule does not give any more."""
        day = Day(made.original_start, local, "planned", is_open=made.starts_at > at)
        return _as_made(day, made)

    def _planned_words(self, planned: Planned) -> str:
        if planned.is_skipped:
            return planned.detail or reason_words(planned.reason)
        if planned.reason in (Reason.HOLIDAY_BEFORE, Reason.HOLIDAY_AFTER):
            return planned.detail
        if planned.reason == Reason.MOVED:
            return _moved_words(planned)
        if planned.reason == Reason.CHANGED:
            original = planned.original.isoformat()
            foreseen = self.foreseen.get(original)
            products = (
                {wish.product.pk: wish.product for wish in foreseen.wishes} if foreseen else {}
            )
            return change_words(
                self.overrides[original], self.versions.get(planned.version), products
            )
        return ""


def occurrences_of(ids: Iterable[int], first: date, last: date) -> list[Occurrence]:
    """What generation has dealt with on these days, with its orders."""
    rows = Occurrence.objects.filter(
        standing_order__in=ids,
        starts_at__date__gte=first - timedelta(days=1),
        starts_at__date__lte=last,
    )
    return list(rows.select_related("order"))


def _moved_words(planned: Planned) -> str:
    if planned.start == planned.original:
        return _("on the holiday, as was decided")
    if planned.start.date() == planned.original.date():
        values = {
            "before": format_clock(planned.original.time()),
            "now": format_clock(planned.start.time()),
        }
        return _("from %(before)s to %(now)s") % values
    return _("instead of %(day)s") % {"day": format_day(planned.original)}


def _known(made: Occurrence) -> Known:
    return Known(made.state, made.reason, made.detail, is_told=not made.news)


def _as_foreseen(day: Day, foreseen: Candidate) -> Day:
    """With what speaks against it already today: a closed producer, a product that is gone."""
    if foreseen.state == Occurrence.State.SKIPPED:
        return replace(day, look="skipped", words=reason_words(foreseen.reason, foreseen.detail))
    if foreseen.left_out:
        return replace(day, words=left_out_words(foreseen.left_out))
    return day


def _as_made(day: Day, made: Occurrence) -> Day:
    state, order = Occurrence.State, made.order
    day = replace(day, order_id=made.order_id)
    if made.state == state.GENERATED and order is not None:
        if order.state == Order.State.CANCELLED:
            return replace(day, look="cancelled", words=_("the order was cancelled"))
        if order.state == Order.State.REFUSED:
            return replace(day, look="cancelled", words=_("the order was refused"))
        return replace(day, look="generated", words=_order_words(day, made, order))
    if made.state == state.SKIPPED and day.look != "planned":
        return day
    if made.state == state.HELD:
        return _as_held(day, made)
    return replace(day, look=str(made.state), words=reason_words(made.reason, made.detail))


def _as_held(day: Day, made: Occurrence) -> Day:
    """What it waits for; what was decided since against the date goes before."""
    if not day.comes:
        return day
    words = left_out_words(questions(made.left_out))
    return replace(day, look="held", words=words, waits_until=made.waits_until)


def _order_words(day: Day, made: Occurrence, order: Order) -> str:
    if made.left_out:
        return left_out_words(made.left_out)
    if day.words:
        return day.words
    if order.needs_price:
        return _("price to be set")
    return format_money(order.total_minor, order.currency)


def left_out_words(left_out: Iterable[Mapping[str, str]]) -> str:
    """“Chard: no longer offered”."""
    lines = (
        said_of(line["name"], reason_words(line["reason"], line.get("detail", "")))
        for line in left_out
    )
    return ", ".join(lines)
