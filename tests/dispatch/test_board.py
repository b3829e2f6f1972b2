"""The board as its views answer."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from dispatch.board.selectors import board_of
from dispatch.models import Courier, Incident, Shift, Task
from tenants.context import in_cooperative
from tests.clock import local_today
from tests.factories import (
    TUESDAY,
    CourierFactory,
    ShiftFactory,
    TaskFactory,
    TourFactory,
    UserFactory,
    VehicleFactory,
)

DAY = {"day": "2026-11-24"}


def post_operations(client, *operations):
    return client.post(
        reverse("board:operations"),
        json.dumps({"operations": operations}),
        content_type="application/json",
    )


def operation(*tasks, courier=None, **more):
    return {
        "tasks": [task.pk for task in tasks],
        "seen": {task.pk: task.version for task in tasks},
        "courier": courier and courier.pk,
    } | more


@pytest.fixture
def dispatcher(client_for, ines):
    return client_for(ines)


def test_board_shows_the_day(dispatcher, ana, make_pair):
    ShiftFactory(courier=ana)
    pickup, _dropoff = make_pair()
    TaskFactory(
        place="Tomorrow's",
        after=TUESDAY + timedelta(days=1, hours=1),
        before=TUESDAY + timedelta(days=1, hours=2),
    )

    page = dispatcher.get(reverse("board:day"), DAY).content.decode()

    assert "Ana Ferreira" in page
    assert pickup.place in page
    assert "07:00–13:00" in page  # her shift, in Grenoble's time
    assert "Tomorrow&#x27;s" not in page


def test_names_and_streets_cannot_break_out_of_the_board(dispatcher):
    TaskFactory(place='"><script>alert(1)</script>', address__street="Rue d'<i>Or</i>")

    for view in ("columns", "map", "hours"):
        page = dispatcher.get(reverse("board:day"), {**DAY, "view": view}).content.decode()
        assert "<script>alert" not in page
        assert "<i>" not in page
        assert 'data-name="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page


def test_board_without_a_day_or_with_nonsense_shows_today(dispatcher):
    for query in ({}, {"day": "soon"}):
        response = dispatcher.get(reverse("board:day"), query)
        assert response.context["board"].day == local_today()


def test_empty_day_says_what_to_do(dispatcher):
    page = dispatcher.get(reverse("board:day"), DAY).content.decode()

    assert "Nobody is on shift" in page
    assert "Nothing to ride on Tue 24 Nov" in page


@pytest.mark.parametrize("role", ["courier", None])
@pytest.mark.parametrize("name", ["board:day", "board:columns", "board:courier-list"])
def test_only_the_office_sees_the_board(client_for, role, name, db):
    person = UserFactory(**({role: True} if role else {}))

    assert client_for(person).get(reverse(name)).status_code == 404


def test_stranger_is_sent_to_sign_in(client, db):
    response = client.get(reverse("board:day"))

    assert response.status_code == 302
    assert "/sign-in/" in response.url


def test_operation_moves_and_answers_with_the_way_back(dispatcher, ana, make_pair):
    pickup, dropoff = make_pair()

    response = post_operations(dispatcher, operation(pickup, dropoff, courier=ana))

    assert response.status_code == 200
    assert response.json()["sentence"] == "2 stops go to Ana."
    assert Task.objects.filter(tour__courier=ana).count() == 2
    back = post_operations(dispatcher, *response.json()["undo"])
    assert back.json()["sentence"] == "2 stops are unassigned."
    assert Task.objects.filter(tour=None).count() == 2


def test_stale_operation_is_refused_with_a_sentence(dispatcher, client_for, theo, ana, make_pair):
    pickup, dropoff = make_pair()
    stale = operation(pickup, dropoff, courier=ana)
    other = CourierFactory(user__name="Malik Haddad")
    post_operations(client_for(theo), operation(pickup, dropoff, courier=other))

    response = post_operations(dispatcher, stale)

    assert response.status_code == 409
    assert "Théo Marchal gave" in response.json()["sentence"]
    assert set(Task.objects.values_list("tour__courier", flat=True)) == {other.pk}


@pytest.mark.parametrize(
    "body",
    [
        "nonsense",
        "[]",
        "{}",
        '{"operations": []}',
        '{"operations": {}}',
        '{"operations": [{"tasks": [], "seen": {}}]}',
        '{"operations": [{"tasks": ["x"], "seen": {}}]}',
        '{"operations": [{"tasks": [1, 1], "seen": {"1": 1}}]}',
        '{"operations": [{"tasks": [99999999999], "seen": {}}]}',
        '{"operations": [{"tasks": [1], "seen": []}]}',
    ],
)
def test_unreadable_operations_are_refused(dispatcher, body):
    response = dispatcher.post(reverse("board:operations"), body, content_type="application/json")

    assert response.status_code == 422
    assert "could not be read" in response.json()["sentence"]


def test_stop_that_is_gone_is_said_so(dispatcher, ana):
    response = post_operations(
        dispatcher, {"tasks": [987654], "seen": {"987654": 1}, "courier": ana.pk}
    )

    assert response.status_code == 409
    assert "no longer there" in response.json()["sentence"]


def test_form_without_script_assigns_one_stop(dispatcher, ana):
    task = TaskFactory()

    response = dispatcher.post(
        reverse("board:operations"),
        {"task": task.pk, "version": task.version, "courier": ana.pk, "alone": "1"},
    )

    assert (response.status_code, response.url) == (302, "/dispatch/?day=2026-11-24")
    assert Task.objects.get().tour.courier == ana


def test_dispatcher_of_another_co_op_finds_nothing(client_for, beta, ana):
    task = TaskFactory()
    with in_cooperative(beta):
        stranger = UserFactory(dispatcher=True)
    client = client_for(stranger, beta)

    for name in ("board:task-cancel", "board:task-restore"):
        assert client.post(reverse(name, args=[task.pk])).status_code == 404
    assert client.get(reverse("board:task-detail", args=[task.pk])).status_code == 404
    moved = post_operations(client, operation(task, courier=ana))
    assert moved.status_code == 409

    task.refresh_from_db()
    assert (task.status, task.version, task.tour) == ("TODO", 1, None)


def test_stop_is_cancelled_and_restored(dispatcher):
    task = TaskFactory()

    dispatcher.post(reverse("board:task-cancel", args=[task.pk]), {"version": 1})
    task.refresh_from_db()
    assert (task.status, task.version) == ("CANCELLED", 2)

    stale = dispatcher.post(reverse("board:task-restore", args=[task.pk]), {"version": 1})
    assert stale.status_code == 409

    dispatcher.post(reverse("board:task-restore", args=[task.pk]), {"version": 2})
    task.refresh_from_db()
    assert (task.status, task.version) == ("TODO", 3)


def test_incident_is_settled_from_the_stop(dispatcher, ines):
    event = TaskFactory(failed=True).events.create(kind="failed", recorded_at=TUESDAY)
    incident = Incident.objects.create(
        task=event.task, event=event, reason="closed", created_at=TUESDAY
    )

    response = dispatcher.post(
        reverse("board:incident-resolve", args=[incident.pk]), headers={"HX-Request": "true"}
    )

    incident.refresh_from_db()
    assert incident.resolved_by == ines
    assert response.headers["HX-Trigger"] == "board:refresh"
    assert "Settled by Inès Belkacem" in response.content.decode()


# --- couriers and shifts ---------------------------------------------------------------------------
def test_shift_over_midnight_is_added(dispatcher, ana):
    response = dispatcher.post(
        reverse("board:shift-edit"),
        {"courier": ana.pk, "day": "2026-11-24", "start": "18:00", "end": "01:30"},
    )

    assert response.status_code == 302
    shift = Shift.objects.get()
    assert f"{shift.after:%F %R} {shift.before:%F %R}" == "2026-11-24 17:00 2026-11-25 00:30"


def test_overlapping_shift_is_refused(dispatcher, ana):
    ShiftFactory(courier=ana)

    response = dispatcher.post(
        reverse("board:shift-edit"),
        {"courier": ana.pk, "day": "2026-11-24", "start": "12:00", "end": "14:00"},
    )

    assert response.status_code == 422
    assert "already has a shift" in response.content.decode()
    assert Shift.objects.count() == 1


@pytest.mark.parametrize(
    "hours", [{"start": "x", "end": "9:00"}, {"start": "08:00", "end": "08:00"}]
)
def test_impossible_hours_are_refused(dispatcher, ana, hours):
    sent = {"courier": ana.pk, "day": "2026-11-24"} | hours

    assert dispatcher.post(reverse("board:shift-edit"), sent).status_code == 422
    assert Shift.objects.count() == 0


def test_shift_is_removed_and_stops_stay(dispatcher, ana):
    shift = ShiftFactory(courier=ana)
    TaskFactory(tour=TourFactory(courier=ana), position=0)

    dispatcher.post(reverse("board:shift-remove", args=[shift.pk]))

    assert Shift.objects.count() == 0
    board = board_of(TUESDAY.date(), at=TUESDAY)
    assert [lane.courier for lane in board.lanes] == [ana]


def test_newcomer_gets_a_place_and_a_bike(dispatcher):
    newcomer, vehicle = UserFactory(courier=True, name="Lucie Tanguy"), VehicleFactory()
    assert "Lucie Tanguy" in dispatcher.get(reverse("board:courier-list")).content.decode()

    dispatcher.post(reverse("board:courier-edit"), {"user": newcomer.pk, "vehicle": vehicle.pk})

    courier = Courier.objects.get(user=newcomer)
    assert (courier.vehicle, courier.line) == (vehicle, 1)


def test_person_without_the_role_gets_no_place(dispatcher):
    person = UserFactory()

    response = dispatcher.post(reverse("board:courier-edit"), {"user": person.pk})

    assert response.status_code == 422
    assert not Courier.objects.exists()


@pytest.mark.parametrize("count", [1, 12])
def test_courier_list_takes_the_same_queries(dispatcher, count, django_assert_max_num_queries):
    for _ in range(count):
        ShiftFactory()

    with django_assert_max_num_queries(11):
        dispatcher.get(reverse("board:courier-list"), DAY)
