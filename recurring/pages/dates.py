"""The panel of one date: how it stands, until when it can be changed, and what can be done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from orders.catalog.models import Product
from orders.ordering.models import Order
from recurring.calendars import terms_of
from recurring.expansion import parse_local
from recurring.forms.dates import AddForm, ChangeForm, MoveForm, initial_added, initial_move
from recurring.forms.editor import current_version, products_on_offer
from recurring.models import Override, RuleVersion, RuleWindow, StandingOrder
from recurring.selectors import days
from recurring.selectors.days import Day
from recurring.services.dates import answered_days
from recurring.services.deciding import closes_at
from tenants.models import Cooperative

_AROUND = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DatePanel:
    """One date, for the panel below the calendar."""

    day: Day
    minutes: int
    pickup: datetime | None  # wall clock
    closes: datetime | None
    is_closed: bool  # for the person who looks
    override: Override | None
    lines: list[tuple[Product, Decimal]]
    move: MoveForm
    change: ChangeForm
    answers: list[tuple[str, date]]  # a holiday's, when it is asked about

    @property
    def end(self) -> datetime:
        return self.day.start + timedelta(minutes=self.minutes)

    @property
    def can_be_changed(self) -> bool:
        return self.day.is_open and not self.is_closed

    @property
    def can_be_restored(self) -> bool:
        return self.can_be_changed and (
            self.override is not None or self.day.look in ("cancelled", "added")
        )

    @property
    def has_errors(self) -> bool:
        return bool(self.move.errors or self.change.errors)


def date_panel(
    order: StandingOrder,
    original: str,
    *,
    user: User,
    cooperative: Cooperative,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    form: str = "",
) -> DatePanel | None:
    """The date of this name; None if the standing order has none such. `order` is loaded.

    `data` is what was sent to the `form` (move or change).
    """
    day = _find(order, original, cooperative, at)
    if day is None:
        return None
    version = _version_of(order, original)
    override = next((o for o in order.overrides.all() if o.original_start == original), None)
    window = _window(version, day)
    minutes = (override and override.minutes) or window.minutes
    own_lead = override.pickup_lead if override else None
    lead = window.pickup_lead if own_lead is None else own_lead
    pickup_minutes = (override and override.pickup_minutes) or window.pickup_minutes
    quantities = _quantities(version, override)
    products = _products(version, quantities)
    brought = {product.pk for product in products}
    closes = closes_at(order, original, at=at) if day.is_open else None
    sent = {form: data} if data is not None else {}
    note = (override.note if override else "") or version.note
    return DatePanel(
        day=day,
        minutes=minutes,
        pickup=day.start - lead if day.comes else None,
        closes=closes,
        is_closed=not user.works_at_office and closes is not None and at >= closes,
        override=override,
        lines=[
            (product, quantities[product.pk]) for product in products if product.pk in quantities
        ],
        answers=_answers(day),
        move=MoveForm(
            sent.get("move"), initial=initial_move(day.start, minutes, lead, pickup_minutes)
        ),
        change=ChangeForm(
            sent.get("change"),
            initial={"note": note},
            products=products,
            others=_others(order, brought) if day.is_open else (),
            quantities=quantities,
            parcel=_parcel(version, override, order),
        ),
    )


def add_form(
    order: StandingOrder, *, cooperative: Cooperative, at: datetime, data: Any = None
) -> AddForm:
    """For one date more, at the time at which it usually comes."""
    tomorrow = at.astimezone(cooperative.zone).date() + timedelta(days=1)
    usual = parse_local(current_version(order).dtstart)
    return AddForm(data, initial=initial_added(tomorrow, usual))


def _find(
    order: StandingOrder, original: str, cooperative: Cooperative, at: datetime
) -> Day | None:
    """Looked for where it was, and where a hand or a holiday has moved it."""
    start = parse_local(original)
    places = {start.date()}
    places |= {
        parse_local(override.new_start).date()
        for override in order.overrides.all()
        if override.original_start == original and override.new_start
    }
    first, last = min(places) - _AROUND, max(places) + _AROUND
    calendar = days.calendar_for(cooperative, first, last)
    shown = days.days_of(terms_of(order), calendar, order, first=first, last=last, at=at)
    return days.find_day(shown, original)


def _answers(day: Day) -> list[tuple[str, date]]:
    if day.look != "asked":
        return []
    return [(str(answer), on) for answer, on in answered_days(day.day).items()]


def _version_of(order: StandingOrder, original: str) -> RuleVersion:
    """The version that governs this original start."""
    numbers = {version.number: version for version in order.versions.all()}
    terms = terms_of(order)
    start = parse_local(original)
    governing = [term for term in terms.versions if term.valid_from <= start]
    return numbers[(governing or list(terms.versions[:1]))[-1].number]


def _window(version: RuleVersion, day: Day) -> RuleWindow:
    windows = list(version.windows.all())
    opens = parse_local(day.original).time()
    return next((window for window in windows if window.opens == opens), windows[0])


def _quantities(version: RuleVersion, override: Override | None) -> dict[int, Decimal]:
    if override is not None and override.lines:
        return {product_id: Decimal(quantity) for product_id, quantity in override.lines}
    return {line.product_id: line.quantity for line in version.lines.all()}


def _products(version: RuleVersion, quantities: Mapping[int, Decimal]) -> Sequence[Product]:
    """Those of the rule, and those that a hand put on this date."""
    usual = [line.product for line in version.lines.all() if not line.product.archived_at]
    others = set(quantities) - {product.pk for product in usual}
    added = Product.objects.filter(pk__in=others, archived_at=None) if others else ()
    return [*usual, *added]


def _others(order: StandingOrder, brought: Collection[int]) -> Sequence[Product]:
    """What else could come with it."""
    if order.kind == Order.Kind.DELIVERY:
        return ()
    return [product for product in products_on_offer() if product.pk not in brought]


def _parcel(
    version: RuleVersion, override: Override | None, order: StandingOrder
) -> tuple[str, int] | None:
    if order.kind != Order.Kind.DELIVERY:
        return None
    load = (override.load if override else "") or version.load
    grams = override.weight_grams if override and override.weight_grams else version.weight_grams
    return load, grams
