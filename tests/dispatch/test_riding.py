"""The life of a stop, from the courier's tap to proof or incident."""

from datetime import timedelta
from uuid import uuid4

import pytest

from coopcycle.errors import DomainError
from dispatch import services, states
from dispatch.models import FailureReason, Incident, Proof, Task, TaskEvent
from dispatch.signals import deliveries_changed
from tests.factories import TUESDAY, TaskFactory, TourFactory, UserFactory

AT = TUESDAY
ALLOWED = {
    ("TODO", "DOING"),
    ("TODO", "FAILED"),
    ("TODO", "CANCELLED"),
    ("DOING", "TODO"),
    ("DOING", "DONE"),
    ("DOING", "FAILED"),
    ("DOING", "CANCELLED"),
    ("FAILED", "TODO"),
    ("CANCELLED", "TODO"),
}


@pytest.mark.parametrize("now", Task.Status.values)
@pytest.mark.parametrize("then", Task.Status.values)
def test_table_of_moves(now, then):
    task = Task(place="Chez Odile", status=now)

    if (now, then) in ALLOWED:
        states.move(task, Task.Status(then))
        assert task.status == then
    else:
        with pytest.raises(DomainError, match="Chez Odile"):
            states.move(task, Task.Status(then))
        assert task.status == now


@pytest.fixture
def tour(ana):
    return TourFactory(courier=ana)


def act(action, task, user, **more):
    more = {"client_id": uuid4(), "at": AT} | more
    return action(task_id=task.pk, actor=user, **more)


def test_courier_rides_a_pair_with_proof(make_pair, tour, ana):
    pickup, dropoff = make_pair()
    for position, task in enumerate((pickup, dropoff)):
        Task.objects.filter(pk=task.pk).update(tour=tour, position=position)
    changed: list[int] = []
    heard = lambda delivery_ids, **_rest: changed.extend(delivery_ids)  # noqa: E731
    deliveries_changed.connect(heard)

    act(services.start_task, pickup, ana.user)
    act(services.complete_task, pickup, ana.user)
    act(services.start_task, dropoff, ana.user)
    tap = AT - timedelta(minutes=3)
    done = act(services.complete_task, dropoff, ana.user, recipient_name="Odile", device_at=tap)
    deliveries_changed.disconnect(heard)

    assert (done.status, done.finished_at, done.version) == ("DONE", tap, 3)
    assert Proof.objects.get().recipient_name == "Odile"
    assert changed == [pickup.delivery_id] * 4
    assert list(dropoff.events.values_list("kind", flat=True)) == ["started", "done"]


def test_dropoff_waits_for_its_pickup(make_pair, tour, ana):
    pickup, dropoff = make_pair()
    for position, task in enumerate((pickup, dropoff)):
        Task.objects.filter(pk=task.pk).update(tour=tour, position=position)
    act(services.start_task, dropoff, ana.user)

    with pytest.raises(DomainError, match="First finish the pick-up"):
        act(services.complete_task, dropoff, ana.user)

    dropoff.refresh_from_db()
    assert dropoff.status == Task.Status.DOING


def test_nothing_can_be_handed_out_after_a_failed_pickup(make_pair, tour, ana):
    pickup, dropoff = make_pair()
    for position, task in enumerate((pickup, dropoff)):
        Task.objects.filter(pk=task.pk).update(tour=tour, position=position)
    act(services.fail_task, pickup, ana.user, reason=FailureReason.CLOSED)
    act(services.start_task, dropoff, ana.user)

    with pytest.raises(DomainError, match="Nothing was picked up"):
        act(services.complete_task, dropoff, ana.user)


def test_replayed_action_changes_nothing(tour, ana):
    task = TaskFactory(tour=tour, position=0)
    client_id = uuid4()

    first = act(services.start_task, task, ana.user, client_id=client_id)
    second = act(services.start_task, task, ana.user, client_id=client_id)

    assert (first.status, first.version) == (second.status, second.version) == ("DOING", 2)
    assert TaskEvent.objects.filter(client_id=client_id).count() == 1


def test_replayed_failure_opens_one_incident(tour, ana):
    task = TaskFactory(tour=tour, position=0)
    client_id = uuid4()

    for _ in range(2):
        act(
            services.fail_task,
            task,
            ana.user,
            client_id=client_id,
            reason=FailureReason.ABSENT,
            note="Rang twice",
        )

    incident = Incident.objects.get()
    assert (incident.reason, incident.note, incident.resolved_at) == ("absent", "Rang twice", None)


def test_action_id_of_another_stop_is_refused(tour, ana):
    one, other = TaskFactory(tour=tour, position=0), TaskFactory(tour=tour, position=1)
    client_id = uuid4()
    act(services.start_task, one, ana.user, client_id=client_id)

    with pytest.raises(DomainError, match="another stop"):
        act(services.start_task, other, ana.user, client_id=client_id)


def test_stop_of_another_courier_cannot_be_ridden(tour, malik, ines):
    task = TaskFactory(tour=tour, position=0)

    with pytest.raises(DomainError, match="Ana Ferreira"):
        act(services.start_task, task, malik.user)

    assert act(services.start_task, task, ines).status == Task.Status.DOING


def test_stop_without_a_round_cannot_be_ridden(ana):
    with pytest.raises(DomainError, match="no longer in a round"):
        act(services.start_task, TaskFactory(), ana.user)


def test_clock_ahead_of_ours_is_not_believed(tour, ana):
    task = TaskFactory(tour=tour, position=0)

    started = act(services.start_task, task, ana.user, device_at=AT + timedelta(hours=1))

    assert started.started_at == AT


def test_failed_stop_is_restored_and_its_incident_settled(tour, ana, ines):
    task = TaskFactory(tour=tour, position=0)
    act(services.fail_task, task, ana.user, reason=FailureReason.CLOSED)

    restored = services.restore_task(task.pk, actor=ines, at=AT)

    assert (restored.status, restored.finished_at, restored.tour) == ("TODO", None, tour)
    incident = Incident.objects.get()
    assert (incident.resolved_at, incident.resolved_by) == (AT, ines)


def test_done_stop_cannot_be_cancelled_and_others_stay(ines):
    waiting, done = TaskFactory(), TaskFactory(done=True)

    with pytest.raises(DomainError):
        services.cancel_tasks([waiting.pk, done.pk], actor=ines, at=AT)

    waiting.refresh_from_db()
    assert waiting.status == Task.Status.TODO


def test_cancelling_twice_leaves_one_trace(ines):
    task = TaskFactory()

    services.cancel_tasks([task.pk], actor=ines, at=AT)
    services.cancel_tasks([task.pk], actor=ines, at=AT)

    assert list(task.events.values_list("kind", flat=True)) == ["cancelled"]


def test_stale_cancel_is_refused(ines, theo, ana, make_pair):
    task, _partner = make_pair()
    services.assign({task.pk: 1}, courier_id=ana.pk, alone=True, actor=ines, at=AT)

    with pytest.raises(DomainError, match="Inès Belkacem"):
        services.cancel_tasks([task.pk], actor=theo, at=AT, seen={task.pk: 1})


def test_incident_is_resolved_once(tour, ana, ines):
    task = TaskFactory(tour=tour, position=0)
    act(services.fail_task, task, ana.user, reason=FailureReason.OTHER)
    incident = Incident.objects.get()

    services.resolve_incident(incident.pk, actor=ines, at=AT)
    later = services.resolve_incident(
        incident.pk, actor=UserFactory(dispatcher=True), at=AT + timedelta(hours=1)
    )

    assert (later.resolved_at, later.resolved_by) == (AT, ines)
