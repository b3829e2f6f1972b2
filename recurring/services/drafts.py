"""What the editor's sentence and its goods say, before anything is saved. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from recurring.models import RuleVersion
from recurring.rules import Rule


@dataclass(frozen=True, slots=True)
class WindowDraft:
    """One time of the day, on the wall clock.

    Without a pick-up of its own it is picked up in the hour before.
    """

    opens: time
    minutes: int = 90
    pickup_opens: time | None = None
    pickup_minutes: int = 60
    pickup_days_before: int = 0

    @property
    def pickup(self) -> tuple[time, int]:
        """When the pick-up opens, and how many days earlier."""
        if self.pickup_opens is not None:
            return self.pickup_opens, self.pickup_days_before
        opens = datetime.combine(date(2000, 1, 2), self.opens)
        pickup = opens - timedelta(hours=1)
        return pickup.time(), (opens.date() - pickup.date()).days


@dataclass(frozen=True, slots=True)
class RuleLineDraft:
    """So much of a product each time; at the price of its day, unless one is agreed.

    What cannot be had of it comes as its substitute.
    """

    product_id: int
    quantity: Decimal
    fixed_price_minor: int | None = None
    fixed_until: date | None = None
    substitute_id: int | None = None


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A standing order, or what it is to become. A COUNT in `rule` counts from `first_day`."""

    name: str
    kind: str
    rule: Rule
    first_day: date
    windows: tuple[WindowDraft, ...]
    holiday_policy: str = RuleVersion.HolidayPolicy.SKIP
    lines: tuple[RuleLineDraft, ...] = ()
    carriage_minor: int | None = None
    carriage_until: date | None = None
    usual_courier_id: int | None = None
    usual_tour_id: int | None = None
    note: str = ""
    producer_notes: Mapping[str, str] = field(default_factory=dict)
    recipient: str = ""
    recipient_phone: str = ""
    recipient_address_id: int | None = None
    load: str = ""
    weight_grams: int = 0

    @property
    def dtstart(self) -> datetime:
        """The rule's anchor: the first window of the first day."""
        return datetime.combine(self.first_day, min(window.opens for window in self.windows))
