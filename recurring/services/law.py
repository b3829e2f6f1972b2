"""A country alters its clock changes by law: what is said on the wall clock stays said.

Each date with an order keeps the time of the clock that its instant was read off. Where a newer
time zone database reads another instant off it, the order follows; unless it is closed or on the way.
Such a one comes at the moment that was promised, and what the clock calls that now is said. An order
whose window a hand has set keeps that time itself (law_by_hand.py), beside its date. Read off the rows, so a run that was killed, came late or comes twice does no harm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F

from coopcycle.failpoints import reach
from orders.ordering import changing
from orders.ordering.services import OPEN_STATES
from recurring.calendars import tzdata_release
from recurring.clock_news import Shift, tell_law
from recurring.expansion import parse_local, resolve, zone_named
from recurring.models import Occurrence, StandingOrder, StandingOrderEvent
from recurring.planning import Candidate
from recurring.services.acting import Kind, require_cooperative
from recurring.services.law_by_hand import (
    follow_by_hand,
    move_order,
    shifted,
    touched_by_hand,
    why_it_stays,
)
from recurring.services.outlook import outlook_of
from recurring.services.settling import row_key, rows_made
from recurring.storage import lock_generation
from recurring.times import Times, times_of


@dataclass(slots=True)
class Followed:
    """What became of the dates whose instant is another one by law."""

    moved: list[Shift] = field(default_factory=list)
    stayed: list[Shift] = field(default_factory=list)


@transaction.atomic
def follow_law(*, at: datetime) -> Followed:
    """Bring dates to come of the active co-op to where its clocks say them now, and tell all once."""
    lock_generation()
    found, cooperative = Followed(), require_cooperative()
    if rules := _touched(at):
        list(StandingOrder.objects.select_for_update().filter(pk__in=rules).order_by("pk"))
        _follow(rules, found, at=at)
        reach("law followed")
    if by_hand := touched_by_hand(cooperative, at=at):
        moved, stayed = follow_by_hand(by_hand, at=at)
        found.moved += moved
        found.stayed += stayed
    _log(found, at=at)
    tell_law(cooperative, found.moved, found.stayed)
    return found


def _touched(at: datetime) -> list[int]:
    """Standing orders with such dates. A row that does not say its time yet is read now."""
    coming = Occurrence.objects.filter(starts_at__gt=at).order_by("pk")
    unread, touched = [], set()
    for row in coming.select_related("standing_order").only(
        "starts_at", "wall_start", "promised_timezone", "standing_order__timezone"
    ):
        if not row.wall_start:
            row.wall_start = _reading(row).isoformat()
            unread.append(row)
        elif _lawful(row) != row.starts_at:
            touched.add(row.standing_order_id)
    Occurrence.objects.bulk_update(unread, ["wall_start"], batch_size=1000)
    return sorted(touched)


def _follow(rules: Sequence[int], found: Followed, *, at: datetime) -> None:
    _orders, outlook = outlook_of(rules, require_cooperative(), at=at)
    made = [row for row in rows_made(rules, at) if _lawful(row) != row.starts_at]
    hands = changing.hand_changed_fields([row.order_id for row in made if row.order_id])
    for row in made:
        _follow_one(row, outlook.dates.get(row_key(row)), hands, found, at=at)
    without_order = Occurrence.objects.filter(
        standing_order__in=rules, starts_at__gt=at, order=None
    ).select_related("standing_order")
    plain = [row for row in without_order if row.wall_start]
    for row in plain:
        row.starts_at = _lawful(row)
    Occurrence.objects.bulk_update(plain, ["starts_at"], batch_size=1000)


def _follow_one(
    row: Occurrence,
    candidate: Candidate | None,
    hands: Mapping[int, frozenset[str]],
    found: Followed,
    *,
    at: datetime,
) -> None:
    order = row.order
    assert order is not None  # noqa: S101 - read by its order
    is_open = order.state in OPEN_STATES
    times = _times_by_law(row, candidate, hands.get(order.pk, frozenset()))
    if not is_open or order.wall_start:
        row.starts_at = _lawful(row)  # where it would come again, or by the rule
    elif reason := why_it_stays(order, times, at=at):
        before, row.wall_start = parse_local(row.wall_start), _reading(row).isoformat()
        found.stayed.append(Shift(order, row, before, _reading(row), reason))
    else:
        move_order(order, times, at=at)
        row.starts_at = _lawful(row)
        local = parse_local(row.wall_start)
        found.moved.append(Shift(order, row, local, local))
    row.save(update_fields=["starts_at", "wall_start"])


def _times_by_law(row: Occurrence, candidate: Candidate | None, hand: frozenset[str]) -> Times:
    """Both windows as the clock says them; what no rule asks for, or a hand has set, by its own shift."""
    order = row.order
    assert order is not None  # noqa: S101
    own = shifted(order, _lawful(row) - row.starts_at)
    is_of_rule = candidate is not None and candidate.planned.start.isoformat() == row.wall_start
    if candidate is None or not is_of_rule or "window" in hand:
        return own
    candidate = candidate.on_clock(row.promised_timezone)
    times = times_of(
        candidate.planned, candidate.version, candidate.override, row.promised_timezone
    )
    if "pickup" not in hand:
        return times
    return times._replace(pickup_after=own.pickup_after, pickup_before=own.pickup_before)


def _lawful(row: Occurrence) -> datetime:
    """The instant of its time by the clocks of today's law."""
    return resolve(parse_local(row.wall_start), zone_named(_zone(row))).at


def _reading(row: Occurrence) -> datetime:
    """What the clock says at its instant, naive."""
    return row.starts_at.astimezone(zone_named(_zone(row))).replace(tzinfo=None)


def _zone(row: Occurrence) -> str:
    return row.promised_timezone or row.standing_order.timezone


def _log(found: Followed, *, at: datetime) -> None:
    """One line in the history of each standing order with orders; who has its page open loads anew."""
    counts: dict[int, dict[str, int]] = {}
    for name, shifts in (("updated", found.moved), ("locked", found.stayed)):
        for shift in shifts:
            if shift.row is not None:
                own = counts.setdefault(shift.row.standing_order_id, {})
                own[name] = own.get(name, 0) + 1
    if not counts:
        return
    change = {"what": "tzdata", "before": None, "after": tzdata_release()}
    StandingOrder.objects.filter(pk__in=list(counts)).update(version=F("version") + 1)
    StandingOrderEvent.objects.bulk_create(
        StandingOrderEvent(standing_order_id=pk, kind=Kind.LAW, at=at, changes=[change], counts=own)
        for pk, own in counts.items()
    )
