"""The office lets a late report count, or puts it aside."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from coopcycle.errors import DomainError
from dispatch import services
from dispatch.models import Incident, LateReport, Proof, Task
from tests.factories import TUESDAY, CourierFactory, TaskFactory, TourFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = TUESDAY + timedelta(hours=3)
DONE_AT = TUESDAY + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def lina():
    return CourierFactory(user__name="Lina Blanc")


@pytest.fixture
def maya():
    return UserFactory(dispatcher=True, name="Maya Roux")


def report_of(task, courier, **fields):
    known = {
        "task_id": task.pk,
        "courier": courier,
        "kind": LateReport.Kind.DONE,
        "client_id": uuid.uuid4(),
        "at": AT,
        "happened_at": DONE_AT,
    }
    return services.keep_report(**(known | fields))


def history(task):
    return list(task.events.values_list("kind", "actor__name"))


def test_a_cancelled_stop_is_done_after_all_when_the_office_accepts(lina, maya):
    task = TaskFactory(tour=TourFactory(courier=lina), position=0)
    services.cancel_tasks([task.pk], actor=maya, at=DONE_AT)
    report = report_of(task, lina, recipient_name="Odile", photo=ContentFile(b"jpeg", "p.jpg"))

    accepted = services.accept_report(report.pk, actor=maya, at=AT)
    services.accept_report(report.pk, actor=maya, at=AT)  # a double click

    task.refresh_from_db()
    proof = Proof.objects.get()
    assert (task.status, task.started_at, task.finished_at) == ("DONE", DONE_AT, DONE_AT)
    assert (accepted.outcome, accepted.settled_by, accepted.photo.name) == ("counts", maya, "")
    assert (proof.recipient_name, proof.taken_at, proof.photo.size) == ("Odile", DONE_AT, 4)
    assert history(task) == [
        ("cancelled", "Maya Roux"),
        ("restored", "Maya Roux"),
        ("done", "Lina Blanc"),
    ]
    assert task.events.last().client_id == report.client_id
    assert task.events.last().details == {"accepted_by_id": maya.pk}


def test_a_stop_that_another_rides_by_now_goes_back_to_who_made_it(lina, maya):
    other = CourierFactory(user__name="Noé Petit")
    TaskFactory(tour=TourFactory(courier=lina), position=4)
    task = TaskFactory(tour=TourFactory(courier=other), position=0)
    report = report_of(task, lina)

    services.accept_report(report.pk, actor=maya, at=AT)

    task.refresh_from_db()
    assert (task.status, task.tour.courier, task.position) == ("DONE", lina, 5)
    assert task.events.get(kind="assigned").details == {
        "courier": "Lina Blanc",
        "courier_id": lina.pk,
        "from": "Noé Petit",
        "from_id": other.pk,
    }


def test_a_stop_of_nobody_and_a_courier_without_a_round_are_brought_together(lina, maya):
    task = TaskFactory(cancelled=True)
    report = report_of(task, lina, kind="failed", reason="absent", note="Rang twice")

    services.accept_report(report.pk, actor=maya, at=AT)

    task.refresh_from_db()
    incident = Incident.objects.get()
    assert (task.status, task.tour.courier, task.tour.day) == ("FAILED", lina, task.day)
    assert (incident.reason, incident.note, incident.resolved_at) == ("absent", "Rang twice", None)


def test_a_stop_that_is_done_already_keeps_its_time_and_gets_the_name(lina, maya):
    task = TaskFactory(done=True)
    report = report_of(task, lina, recipient_name="Odile")

    services.accept_report(report.pk, actor=maya, at=AT)

    before = task.finished_at, task.tour
    task.refresh_from_db()
    assert (task.finished_at, task.tour) == before
    assert Proof.objects.get().recipient_name == "Odile"


def test_a_problem_never_undoes_what_is_done(lina, maya):
    task = TaskFactory(done=True)
    report = report_of(task, lina, kind="failed", reason="absent")

    with pytest.raises(DomainError, match="can't become"):
        services.accept_report(report.pk, actor=maya, at=AT)

    report.refresh_from_db()
    assert report.waits


def test_a_drop_off_counts_only_after_its_pick_up(lina, maya):
    task = TaskFactory(tour=TourFactory(courier=lina), position=0)
    TaskFactory(delivery=task.delivery, pickup=True)
    report = report_of(task, lina)

    with pytest.raises(DomainError, match="First finish the pick-up"):
        services.accept_report(report.pk, actor=maya, at=AT)


def test_put_aside_changes_nothing_and_says_why_and_stays_so(lina, maya):
    task = TaskFactory(cancelled=True)
    report = report_of(task, lina)

    services.put_report_aside(report.pk, actor=maya, at=AT, reason="Wrong door")
    services.put_report_aside(report.pk, actor=maya, at=AT, reason="Another click")

    report.refresh_from_db()
    task.refresh_from_db()
    assert (report.outcome, report.aside_because) == ("aside", "Wrong door")
    assert task.status == Task.Status.CANCELLED
    with pytest.raises(DomainError, match="Maya Roux has already decided"):
        services.accept_report(report.pk, actor=UserFactory(dispatcher=True), at=AT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "counts"},
        {"outcome": "aside", "settled_at": AT, "aside_because": ""},
        {"kind": "failed", "reason": ""},
        {"kind": "done", "reason": "absent"},
    ],
)
def test_the_database_keeps_no_half_decision(lina, maya, wrong):
    report = report_of(TaskFactory(cancelled=True), lina)
    decided = {"settled_by": maya} if "settled_at" in wrong else {}

    with pytest.raises(IntegrityError), transaction.atomic():
        LateReport.objects.filter(pk=report.pk).update(**wrong, **decided)


# --- the board -------------------------------------------------------------------------------------
@pytest.fixture
def waiting(lina, maya):
    task = TaskFactory(tour=TourFactory(courier=lina), position=0, place="Chez Odile")
    services.cancel_tasks([task.pk], actor=maya, at=DONE_AT)
    return report_of(task, lina, recipient_name="Odile")


def board(browser, day):
    return browser.get(reverse("board:day"), {"day": day.isoformat()}).text


def test_the_board_says_who_did_what_when_and_what_had_happened(client_for, waiting, maya):
    page = board(client_for(maya), waiting.task.day)

    assert "1 late report to decide" in page
    assert "Delivered to Odile at 08:00" in page
    assert "told at 10:00" in page
    assert "Maya Roux cancelled “Chez Odile” at 08:00." in page
    assert "Accept as done" in page


def test_two_plain_choices_on_the_board(client_for, waiting, maya):
    browser = client_for(maya)
    accept = reverse("board:report-accept", args=[waiting.pk])
    aside = reverse("board:report-put-aside", args=[waiting.pk])

    silent = browser.post(aside, {"reason": " "})
    assert silent.status_code == 422
    assert "Say why" in silent.text
    answer = browser.post(accept, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "board:refresh")
    assert browser.post(aside, {"reason": "Too late"}).status_code == 409
    assert "late report to decide" not in board(browser, waiting.task.day)
    assert Task.objects.get(pk=waiting.task_id).status == "DONE"


def test_readers_see_it_and_decide_nothing(client_for, waiting):
    reader = client_for(UserFactory(is_reader=True))

    page = board(reader, waiting.task.day)
    assert "1 late report to decide" in page
    assert "Accept as done" not in page
    accept = reverse("board:report-accept", args=[waiting.pk])
    assert reader.post(accept).status_code in {403, 404}


def test_the_stop_s_own_page_tells_of_it(client_for, waiting, maya):
    page = client_for(maya).get(reverse("board:task-detail", args=[waiting.task_id])).text

    assert "Late report of Lina Blanc" in page
    assert "The stop was cancelled meanwhile. The office decides" in page


def test_the_overview_leads_to_it(client_for, waiting):
    page = client_for(UserFactory(administrator=True)).get(reverse("overview:month")).text

    assert "1 late report of a courier to decide" in page


@pytest.mark.parametrize("count", [1, 30])
def test_reports_cost_the_board_one_query(client_for, lina, maya, count, django_assert_num_queries):
    tour = TourFactory(courier=lina)
    for position in range(count):
        task = TaskFactory(tour=tour, position=position)
        services.cancel_tasks([task.pk], actor=maya, at=DONE_AT)
        report_of(task, lina)
    from dispatch.board.selectors import waiting_reports

    with django_assert_num_queries(1):
        told = waiting_reports(LateReport.objects.filter(task__day=tour.day))

    assert len(told) == count
