"""The law of the clock, for orders whose time a person said: placed by hand, or made and moved by hand.

As for dates of standing orders (law.py): what was said on the wall clock stays said, unless its list
is closed or somebody rides. The order itself keeps what was said.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from orders.ordering import changing
from orders.ordering.models import Order
from orders.ordering.placing import wall_clock
from orders.ordering.services import OPEN_STATES
from recurring.clock_news import Shift
from recurring.expansion import parse_local, resolve, zone_named
from recurring.times import Times
from tenants.models import Cooperative


def touched_by_hand(cooperative: Cooperative, *, at: datetime) -> list[int]:
    """Orders whose time is another instant now. One that does not say its time yet is read now."""
    since = at.astimezone(cooperative.zone).date() - timedelta(days=1)  # what an index can find
    coming = Order.objects.filter(
        Q(occurrence=None) | ~Q(wall_start=""), day__gte=since, after__gt=at, state__in=OPEN_STATES
    )
    unread, touched = [], []
    for order in coming.order_by("pk").only("after", "wall_start", "promised_timezone"):
        if not order.wall_start:
            order.wall_start = wall_clock(order.after, cooperative.zone)
            order.promised_timezone = cooperative.timezone
            unread.append(order)
        elif not _stands(order):
            touched.append(order.pk)
    Order.objects.bulk_update(unread, ["wall_start", "promised_timezone"], batch_size=1000)
    return touched


def follow_by_hand(ids: Iterable[int], *, at: datetime) -> tuple[list[Shift], list[Shift]]:
    """Bring these orders to where their clocks say them now; what moved, and what stayed."""
    moved: list[Shift] = []
    stayed: list[Shift] = []
    locked = Order.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    found = changing.with_contents(locked).select_related("occurrence__standing_order")
    for order in found:
        if order.state not in OPEN_STATES or _stands(order):
            continue  # somebody was faster
        row = getattr(order, "occurrence", None)
        said, times = parse_local(order.wall_start), shifted(order, _lawful(order) - order.after)
        if reason := why_it_stays(order, times, at=at):
            order.wall_start = wall_clock(order.after, zone_named(order.promised_timezone))
            order.save(update_fields=["wall_start"])
            stayed.append(Shift(order, row, said, parse_local(order.wall_start), reason))
        else:
            moved.append(Shift(move_order(order, times, at=at), row, said, said))
    return moved, stayed


def why_it_stays(order: Order, times: Times, *, at: datetime) -> str:
    """A code of recurring/words.py; empty when nothing keeps the order from these times."""
    if changing.is_begun(order):
        return "begun"
    if changing.is_late(order, at=at) or min(times.pickup_after, times.after) <= at:
        return "closed_list"
    return ""


def shifted(order: Order, shift: timedelta) -> Times:
    """Its windows, all later by so much."""
    pickups = [task for task in order.delivery.tasks.all() if task.is_pickup]
    return Times(
        order.after + shift,
        order.before + shift,
        min(task.after for task in pickups) + shift,
        min(task.before for task in pickups) + shift,
    )


def move_order(order: Order, times: Times, *, at: datetime) -> Order:
    """The order as it is then."""
    return changing.keep_wall_clock(
        (times.after, times.before),
        (times.pickup_after, times.pickup_before),
        order_id=order.pk,
        at=at,
    )


def _stands(order: Order) -> bool:
    """Whether it comes when its clock says. Of an hour that comes twice, either is right."""
    reading = wall_clock(order.after, zone_named(order.promised_timezone))
    return order.wall_start == reading or _lawful(order) == order.after


def _lawful(order: Order) -> datetime:
    """The instant of its time by the clocks of today's law."""
    return resolve(parse_local(order.wall_start), zone_named(order.promised_timezone)).at
