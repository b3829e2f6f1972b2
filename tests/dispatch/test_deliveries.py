"""Deliveries made by other apps."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dispatch import services
from dispatch.models import Delivery, Task, TaskEvent
from dispatch.plans import DeliveryPlan, StopPlan
from tests.factories import TUESDAY, AddressFactory, BusinessFactory

LATE = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # Tuesday 00:30 in Grenoble


def plan(sender_id: int, address_id: int, after: datetime = LATE) -> DeliveryPlan:
    stop = {"address_id": address_id, "after": after, "before": after + timedelta(hours=1)}
    return DeliveryPlan(
        sender_id,
        "Chez Odile",
        "fr",
        (
            StopPlan(Task.Kind.PICKUP, place="Ferme des Trois Ormes", load="5 crates", **stop),
            StopPlan(Task.Kind.DROPOFF, place="Chez Odile", weight_grams=41000, **stop),
        ),
    )


def test_deliveries_are_made_with_stops_on_the_local_day(db):
    business, address = BusinessFactory(), AddressFactory()

    made = services.create_deliveries([plan(business.pk, address.pk)] * 2, at=TUESDAY)

    first, second = made
    assert first.tracking_token != second.tracking_token
    assert [task.place for task in first.tasks_made] == ["Ferme des Trois Ormes", "Chez Odile"]
    assert {task.day for task in Task.objects.all()} == {date(2026, 11, 24)}
    assert TaskEvent.objects.filter(kind="created", recorded_at=TUESDAY).count() == 4


@pytest.mark.parametrize("count", [1, 30])
def test_statements_do_not_grow_with_deliveries(db, count, django_assert_num_queries):
    business, address = BusinessFactory(), AddressFactory()

    with django_assert_num_queries(5):  # three inserts in a savepoint
        services.create_deliveries([plan(business.pk, address.pk)] * count, at=TUESDAY)


def test_references_are_set_in_bulk(db, django_assert_num_queries):
    business, address = BusinessFactory(), AddressFactory()
    made = services.create_deliveries([plan(business.pk, address.pk)] * 2, at=TUESDAY)

    services.set_references([(made[0].pk, "G-1001"), (made[1].pk, "G-1002")])

    assert list(Delivery.objects.order_by("pk").values_list("reference", flat=True)) == [
        "G-1001",
        "G-1002",
    ]
