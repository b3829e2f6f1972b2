"""Operations of dispatchers on the board."""

from datetime import date, timedelta

import pytest
from django.db import connection

from coopcycle.errors import DomainError
from dispatch import services
from dispatch.models import Courier, Task, TaskEvent, Tour
from dispatch.services import Operation
from tests.factories import TUESDAY, DeliveryFactory, TaskFactory

AT = TUESDAY
TODAY = TUESDAY.date()


def seen(*tasks: Task) -> dict[int, int]:
    return {task.pk: task.version for task in tasks}


def again(*tasks: Task) -> list[Task]:
    for task in tasks:
        task.refresh_from_db()
    return list(tasks)


def stops_of(courier: Courier, day: date = TODAY) -> list[Task]:
    """The stops in order, with the numbers checked: 0, 1, 2 …"""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    stops = list(Task.objects.filter(tour__courier=courier, tour__day=day).order_by("position"))
    assert [stop.position for stop in stops] == list(range(len(stops)))
    return stops


def test_stop_goes_to_the_end_with_the_rest_of_its_delivery(make_pair, ines, ana):
    first = make_pair()
    second = make_pair()
    services.assign(seen(*first), courier_id=ana.pk, actor=ines, at=AT)

    pickup, dropoff = second
    operation = Operation((dropoff.pk,), seen(pickup, dropoff), ana.pk)
    applied = services.apply_operations([operation], actor=ines, at=AT)

    assert stops_of(ana) == [*first, *second]
    assert {task.pk for task in applied.moved} == {pickup.pk, dropoff.pk}
    assert [task.version for task in again(*second)] == [2, 2]
    assert [task.version for task in again(*first)] == [2, 2]  # only pushed along: not changed
    event = TaskEvent.objects.get(task=dropoff)
    assert (event.kind, event.actor, event.details) == (
        "assigned",
        ines,
        {"courier": "Ana Ferreira", "courier_id": ana.pk},
    )


def test_stop_goes_in_front_of_another(make_pair, ines, ana):
    first, second = make_pair(), make_pair()
    services.assign(seen(*first), courier_id=ana.pk, actor=ines, at=AT)

    services.assign(seen(*second), courier_id=ana.pk, before_id=first[1].pk, actor=ines, at=AT)

    assert stops_of(ana) == [first[0], *second, first[1]]


def test_one_stop_moves_alone_when_asked(make_pair, ines, ana, malik):
    pickup, dropoff = make_pair()

    services.assign(seen(dropoff), courier_id=ana.pk, alone=True, actor=ines, at=AT)
    services.assign(seen(pickup), courier_id=malik.pk, alone=True, actor=ines, at=AT)

    assert stops_of(ana) == [dropoff]
    assert stops_of(malik) == [pickup]


def test_reordering_inside_a_tour_leaves_the_partner_where_it_is(make_pair, ines, ana):
    first, second = make_pair(), make_pair()
    services.assign(seen(*first, *second), courier_id=ana.pk, actor=ines, at=AT)
    assert stops_of(ana) == [first[0], second[0], first[1], second[1]]

    again(*first, *second)
    services.assign(seen(first[1]), courier_id=ana.pk, before_id=second[0].pk, actor=ines, at=AT)

    assert stops_of(ana) == [first[0], first[1], second[0], second[1]]


def test_dropoff_cannot_stand_in_front_of_its_pickup(make_pair, ines, ana):
    pickup, dropoff = make_pair()
    services.assign(seen(pickup, dropoff), courier_id=ana.pk, actor=ines, at=AT)
    again(pickup, dropoff)

    with pytest.raises(DomainError, match="must be picked up before"):
        services.assign(seen(dropoff), courier_id=ana.pk, before_id=pickup.pk, actor=ines, at=AT)

    assert stops_of(ana) == [pickup, dropoff]
    assert again(dropoff)[0].version == 2


def test_second_dispatcher_is_told_who_was_faster_and_changes_nothing(
    make_pair, ines, theo, ana, malik
):
    pickup, dropoff = make_pair()
    as_theo_saw_it = seen(pickup, dropoff)
    services.assign(seen(pickup, dropoff), courier_id=ana.pk, actor=ines, at=AT)

    with pytest.raises(DomainError) as refusal:
        services.assign(as_theo_saw_it, courier_id=malik.pk, actor=theo, at=AT)

    assert refusal.value.status == 409
    assert f"Inès Belkacem gave “{pickup.place}” to Ana Ferreira" in str(refusal.value)
    assert stops_of(ana) == [pickup, dropoff]
    assert stops_of(malik) == []
    assert TaskEvent.objects.filter(actor=theo).count() == 0


def test_partner_that_changed_unseen_stops_the_move(make_pair, ines, theo, ana, malik):
    pickup, dropoff = make_pair()
    before = seen(pickup, dropoff)
    services.assign(seen(pickup), courier_id=ana.pk, alone=True, actor=ines, at=AT)

    operation = Operation((dropoff.pk,), before, malik.pk)
    with pytest.raises(DomainError, match="Inès Belkacem gave"):
        services.apply_operations([operation], actor=theo, at=AT)

    assert again(dropoff)[0].tour_id is None


def test_one_refused_operation_refuses_all(make_pair, ines, ana):
    first, second = make_pair(), make_pair()
    good = Operation((first[0].pk, first[1].pk), seen(*first), ana.pk)
    stale = Operation((second[0].pk,), {second[0].pk: 7}, ana.pk, alone=True)

    with pytest.raises(DomainError):
        services.apply_operations([good, stale], actor=ines, at=AT)

    assert stops_of(ana) == []


def test_undo_brings_stops_back_to_their_places(make_pair, ines, ana, malik):
    first, second, third = make_pair(), make_pair(), make_pair()
    services.assign(seen(*first, *second), courier_id=ana.pk, actor=ines, at=AT)
    before = stops_of(ana)
    again(*first, *second, *third)

    applied = services.apply_operations(
        [
            Operation((first[0].pk, first[1].pk), seen(*first), malik.pk),
            Operation((third[0].pk, third[1].pk), seen(*third), malik.pk),
        ],
        actor=ines,
        at=AT,
    )
    assert stops_of(malik) == [*first, *third]
    services.apply_operations(applied.undo, actor=ines, at=AT)

    assert stops_of(ana) == before
    assert stops_of(malik) == []
    assert {task.tour_id for task in again(*third)} == {None}


def test_undo_is_refused_after_somebody_else_moved_it(make_pair, ines, theo, ana, malik):
    pair = make_pair()
    applied = services.assign(seen(*pair), courier_id=ana.pk, actor=ines, at=AT)
    services.assign(seen(*again(*pair)), courier_id=malik.pk, actor=theo, at=AT)

    with pytest.raises(DomainError, match="Théo Marchal"):
        services.apply_operations(applied.undo, actor=ines, at=AT)

    assert stops_of(malik) == list(pair)


def test_ridden_stop_cannot_be_moved(ines, ana):
    task = TaskFactory(done=True)

    with pytest.raises(DomainError, match="Only stops that still wait"):
        services.unassign(seen(task), actor=ines, at=AT)

    assert again(task)[0].status == Task.Status.DONE


def test_taken_back_stop_closes_the_gap(make_pair, ines, ana):
    first, second = make_pair(), make_pair()
    services.assign(seen(*first), courier_id=ana.pk, actor=ines, at=AT)
    services.assign(seen(*second), courier_id=ana.pk, actor=ines, at=AT)

    services.unassign(seen(*again(*first)), actor=ines, at=AT)

    assert stops_of(ana) == list(second)
    assert Tour.objects.get(courier=ana).version == 4


def test_stops_of_two_days_go_to_the_tours_of_their_days(ines, ana):
    delivery = DeliveryFactory()
    tomorrow = TUESDAY + timedelta(days=1)
    pickup = TaskFactory(delivery=delivery, pickup=True)
    dropoff = TaskFactory(delivery=delivery, after=tomorrow, before=tomorrow + timedelta(hours=1))

    services.assign(seen(pickup, dropoff), courier_id=ana.pk, actor=ines, at=AT)

    assert stops_of(ana) == [pickup]
    assert stops_of(ana, tomorrow.date()) == [dropoff]


def test_archived_courier_gets_nothing(make_pair, ines, ana):
    pair = make_pair()
    Courier.objects.filter(pk=ana.pk).update(archived_at=AT)

    with pytest.raises(DomainError, match="no longer rides"):
        services.assign(seen(*pair), courier_id=ana.pk, actor=ines, at=AT)


@pytest.mark.parametrize("pairs", [1, 25])
def test_statements_do_not_grow_with_stops(pairs, make_pair, ines, ana, django_assert_num_queries):
    tasks = [task for _ in range(pairs) for task in make_pair()]
    wanted = seen(*tasks)

    # savepoint and release, 3 reads, tours found and made, 2 locks, 3 writes
    with django_assert_num_queries(11):
        services.assign(wanted, courier_id=ana.pk, actor=ines, at=AT)

    assert len(stops_of(ana)) == pairs * 2
