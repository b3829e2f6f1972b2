"""Deliveries made by other apps."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dispatch import services
from dispatch.models import Delivery, Task, TaskEvent
from dispatch.plans import DeliveryPlan, StopPlan
from dispatch.rows import TaskRow
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
    assert Delivery.objects.values("tracking_token").distinct().count() == 2
    assert [Task.objects.get(pk=pk).place for pk in first.task_ids] == [
        "Ferme des Trois Ormes",
        "Chez Odile",
    ]
    assert second.task_ids[0] == Delivery.objects.get(pk=second.id).tasks.get(kind="PICKUP").pk
    assert {task.day for task in Task.objects.all()} == {date(2026, 11, 24)}
    assert TaskEvent.objects.filter(kind="created", recorded_at=TUESDAY).count() == 4


@pytest.mark.parametrize("count", [1, 30])
def test_statements_do_not_grow_with_deliveries(db, count, django_assert_num_queries):
    business, address = BusinessFactory(), AddressFactory()

    with django_assert_num_queries(5):  # two reservations and three copies
        services.create_deliveries([plan(business.pk, address.pk)] * count, at=TUESDAY)


def test_a_new_stop_begins_as_its_plan_says():
    assert TaskRow._fields == ("id", "delivery_id", "day", *StopPlan._fields)


def test_a_delivery_has_the_reference_of_its_plan(db):
    business, address = BusinessFactory(), AddressFactory()
    named = plan(business.pk, address.pk)._replace(reference="26-1001")

    [made] = services.create_deliveries([named], at=TUESDAY)

    assert Delivery.objects.get().reference == "26-1001"
    assert Delivery.objects.get().pk == made.id
