"""The demo's today holds what people look for, at whatever hour it is made."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from coopcycle.demo.build import build
from coopcycle.demo.towns import TOWNS
from dispatch.models import Incident, Task, Tour
from orders.models import Order, OrderPart
from recurring.selectors.waiting import held, waiting_dates
from tenants.context import forget_cooperatives, in_cooperative, in_federation
from tenants.models import Cooperative

TOWN = min(TOWNS, key=lambda town: len(town.standing))  # the least to live through
TODAY = datetime(2026, 11, 25, tzinfo=ZoneInfo("Europe/Rome"))  # a Wednesday
SUNDAY = datetime(2026, 11, 1, tzinfo=ZoneInfo("Europe/Rome"))  # and a holiday: All Saints


def made(now):
    """The town as it stands at `now`, by what a dispatcher finds; then it is gone again."""
    before = transaction.savepoint_create()
    try:
        build(TOWN, now)
        return found(now)
    finally:
        transaction.savepoint_rollback(before)
        forget_cooperatives()


def found(now):
    with in_federation():
        cooperative = Cooperative.objects.get(slug=TOWN.slug)
    with in_cooperative(cooperative):
        stops = Task.objects.filter(day=now.date())
        waiting = stops.filter(tour=None, status=Task.Status.TODO)
        incidents = Incident.objects.filter(resolved_at=None)
        return {
            "unassigned": sorted(waiting.values_list("place", "kind", "after")),
            "incidents": list(incidents.values_list("task__place", "reason")),
            "rounds": Tour.objects.filter(day=now.date(), tasks__isnull=False).distinct().count(),
            "states": set(Order.objects.values_list("state", flat=True)),
            "to decide": [
                (line.product.name, line.asked > line.left)
                for date in waiting_dates(held(now))
                for line in date.lines
            ],
            "to answer": OrderPart.objects.filter(state=OrderPart.State.NEW).exists(),
        }


def test_what_waits_for_a_dispatcher_does_not_depend_on_the_hour(db):
    night = made(TODAY.replace(hour=0, minute=30))
    late = made(TODAY.replace(hour=23, minute=30))

    assert len(night["unassigned"]) == 6  # three deliveries
    assert [reason for _place, reason in night["incidents"]] == ["address"]
    assert night["rounds"] == len(TOWN.couriers)
    assert (
        night["states"]
        == late["states"]
        == {"new", "accepted", "fulfilled", "refused", "cancelled"}
    )
    assert night["to answer"]
    assert set(night["to decide"]) == {("Ricotta", True)}
    assert len(night["to decide"]) in (3, 4)  # twice a week, as far as dates are made ahead
    for what in ("unassigned", "incidents", "rounds", "to answer", "to decide"):
        assert night[what] == late[what]


def test_a_sunday_has_a_board_too(db):
    town = made(SUNDAY.replace(hour=11))

    assert len(town["unassigned"]) == 6
    assert len(town["incidents"]) == 1
    assert town["rounds"] == len(TOWN.couriers)
    assert set(town["to decide"]) == {("Ricotta", True)}
