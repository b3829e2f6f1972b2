"""One message a party when the law alters the clock: what stays on it, and what it calls otherwise."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import translation

from accounts.models import User
from coopcycle.dates import format_clock, format_day
from coopcycle.mail import Mail, put_mails
from orders.ordering.models import Order, OrderPart
from recurring.digest import addresses_of
from recurring.models import Occurrence
from recurring.words import reason_words
from tenants.models import Cooperative


@dataclass(frozen=True, slots=True)
class Shift:
    """One order: what the clock said of it before and says now; `reason` why it stayed.

    `row` is the date of a standing order that it was made for; None: placed by hand.
    """

    order: Order
    row: Occurrence | None
    before: datetime
    now: datetime
    reason: str = ""

    @property
    def facts(self) -> tuple[int, str, str]:
        """Which news this is: the same row, at the same instant."""
        if self.row is None or self.order.wall_start:  # its own time is not its date's
            return 0, f"order {self.order.pk}", self.order.after.isoformat()
        return self.row.standing_order_id, self.row.original_start, self.row.starts_at.isoformat()

    @property
    def name(self) -> str:
        """What its buyer knows it by."""
        return self.order.number if self.row is None else self.row.standing_order.name


def tell_law(cooperative: Cooperative, moved: Sequence[Shift], stayed: Sequence[Shift]) -> None:
    """Buyers and producers of their own dates, the office of all; written with what they tell of."""
    shifts = [*moved, *stayed]
    if not shifts:
        return
    put_mails(
        mail
        for found, is_buyer in ((_by_buyer(shifts), True), (_by_producer(shifts), False))
        for mail in _to_businesses(found, is_buyer=is_buyer)
    )
    office = User.objects.filter(Q(is_administrator=True) | Q(is_dispatcher=True), is_active=True)
    put_mails(
        _mail(cooperative.name, shifts, address, language, is_buyer=False)
        for address, language in office.order_by("pk").values_list("email", "language")
    )


def _by_buyer(shifts: Iterable[Shift]) -> dict[int, list[Shift]]:
    found = defaultdict(list)
    for shift in shifts:
        found[shift.order.buyer_id].append(shift)
    return found


def _by_producer(shifts: Sequence[Shift]) -> dict[int, list[Shift]]:
    of_order = {shift.order.pk: shift for shift in shifts}
    parts = OrderPart.objects.filter(order__in=list(of_order))
    found = defaultdict(list)
    for order_id, producer_id in parts.order_by("pk").values_list("order", "producer"):
        found[producer_id].append(of_order[order_id])
    return found


def _to_businesses(found: Mapping[int, Sequence[Shift]], *, is_buyer: bool) -> Iterator[Mail]:
    readers = addresses_of(found)
    for business_id, shifts in found.items():
        for name, address, language in readers[business_id]:
            yield _mail(name, shifts, address, language, is_buyer=is_buyer)


def _mail(
    name: str, shifts: Sequence[Shift], address: str, language: str, *, is_buyer: bool
) -> Mail:
    with translation.override(language):
        lines = [_line(shift, is_buyer=is_buyer) for shift in sorted(shifts, key=_when)]
    context = {
        "name": name,
        "moved": [line for line in lines if not line["reason"]],
        "stayed": [line for line in lines if line["reason"]],
    }
    key = f"clock-law-{_fingerprint(shifts)}-{'buyer' if is_buyer else 'other'}-{address}"
    return Mail(key, address, "clock_law", language, context)


def _when(shift: Shift) -> tuple[datetime, int]:
    return shift.now, shift.order.pk


def _line(shift: Shift, *, is_buyer: bool) -> dict[str, Any]:
    return {
        "day": format_day(shift.now.date(), "day_long"),
        "time": format_clock(shift.now.time()),
        "before": format_clock(shift.before.time()),
        "name": shift.name if is_buyer else shift.order.buyer.name,
        "reason": reason_words(shift.reason) if shift.reason else "",
    }


def _fingerprint(shifts: Iterable[Shift]) -> str:
    """The same for the same news: after a backup was restored, a mail is not a new one."""
    facts = sorted(shift.facts for shift in shifts)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
