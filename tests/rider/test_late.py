"""What a phone tells late: it counts by itself, or is kept for the office; never lost, never twice."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dispatch import services
from dispatch.models import Incident, LateReport, Proof, Task, TaskEvent
from tests.factories import CourierFactory, TaskFactory, TourFactory, UserFactory
from tests.rider.test_actions import photo

pytestmark = pytest.mark.django_db
HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def maya():
    return UserFactory(dispatcher=True, name="Maya Roux")


@pytest.fixture
def stop():
    """A drop-off that waits in the round of a courier."""
    return TaskFactory(
        tour=TourFactory(courier__user__name="Lina Blanc"), position=0, place="Odile"
    )


@pytest.fixture
def phone(client_for, stop):
    """A phone of the stop's courier, that sends what it has kept."""
    browser = client_for(stop.tour.courier.user)

    def send(action, task=stop, **fields):
        told = {"action": action, "client_id": str(uuid.uuid4()), "seen": "1"} | fields
        answer = browser.post(reverse("rider:queued-action", args=[task.pk]), told)
        return answer.status_code, answer.json()["result"], answer.json()["sentence"]

    return send


def give_to(colleague, stop, maya):
    services.assign(
        {stop.pk: Task.objects.get(pk=stop.pk).version},
        courier_id=colleague.pk,
        actor=maya,
        at=timezone.now(),
    )


def cancel(stop, maya):
    services.cancel_tasks([stop.pk], actor=maya, at=timezone.now())


def test_what_was_kept_for_an_hour_counts_from_an_hour_ago_whatever_the_phone_s_clock_says(
    phone, stop
):
    wrong = (timezone.now() + timedelta(days=1)).isoformat()
    before = timezone.now() - timedelta(hours=1)

    assert phone("start", waited_ms=HOUR_MS, device_at=wrong) == (200, "recorded", "")

    stop.refresh_from_db()
    event = stop.events.get(kind="started")
    assert before <= stop.started_at <= before + timedelta(seconds=30)
    assert event.device_at.isoformat() == wrong  # both clocks are kept
    assert event.recorded_at > stop.started_at


def test_done_before_its_start_has_arrived_counts_and_the_start_sets_the_time(phone, stop):
    start, done = str(uuid.uuid4()), str(uuid.uuid4())

    assert phone("done", client_id=done, waited_ms=60_000)[1] == "recorded"
    assert phone("start", client_id=start, waited_ms=300_000)[1] == "recorded"
    assert phone("start", client_id=start, waited_ms=400_000)[1] == "recorded"

    stop.refresh_from_db()
    assert stop.status == Task.Status.DONE
    assert stop.finished_at - stop.started_at >= timedelta(minutes=3, seconds=50)
    assert TaskEvent.objects.filter(client_id__in=[start, done]).count() == 2


def test_done_at_a_cancelled_stop_is_kept_with_name_and_photo_and_the_stop_stays(phone, stop, maya):
    cancel(stop, maya)
    client_id = str(uuid.uuid4())

    told = [
        phone("done", client_id=client_id, waited_ms=HOUR_MS, recipient_name="Odile", photo=photo())
        for _ in range(3)
    ]

    report = LateReport.objects.get()
    stop.refresh_from_db()
    assert {(status, result) for status, result, _sentence in told} == {(200, "kept")}
    assert "cancelled meanwhile" in told[0][2]
    assert stop.status == Task.Status.CANCELLED
    assert (report.hindrance, report.recipient_name, report.outcome) == ("cancelled", "Odile", "")
    assert report.because.kind == "cancelled"
    assert report.photo.size > 0
    assert not TaskEvent.objects.filter(client_id=client_id).exists()


def test_done_at_a_stop_that_was_given_to_another_is_kept_and_the_other_keeps_it(phone, stop, maya):
    colleague = CourierFactory()
    give_to(colleague, stop, maya)

    status, result, sentence = phone("done", waited_ms=HOUR_MS)

    stop.refresh_from_db()
    assert (status, result) == (200, "kept")
    assert "left the courier’s round" in sentence
    assert (stop.status, stop.tour.courier) == (Task.Status.TODO, colleague)
    assert LateReport.objects.get().courier.user.name == "Lina Blanc"


def test_done_at_a_stop_that_was_changed_after_the_phone_saw_it_is_kept(phone, stop, maya):
    phone("start", waited_ms=HOUR_MS)
    TaskEvent.objects.create(
        task=stop,
        kind="changed",
        actor=maya,
        recorded_at=timezone.now(),
        details={"fields": ["address"], "version": 2},
    )

    assert phone("done", seen="1")[1] == "kept"
    assert LateReport.objects.get().hindrance == "changed"
    assert phone("done", seen="2")[1] == "recorded"  # who saw the change has gone there


def test_a_problem_at_a_stop_that_is_finished_is_kept_and_does_not_overwrite(phone, stop):
    phone("start")
    phone("done")

    assert phone("fail", reason="absent", note="Rang twice")[1] == "kept"

    stop.refresh_from_db()
    report = LateReport.objects.get()
    assert stop.status == Task.Status.DONE
    assert (report.kind, report.reason, report.note) == ("failed", "absent", "Rang twice")
    assert not Incident.objects.exists()


def test_out_of_turn_is_refused_at_once_and_kept_later(phone, stop):
    TaskFactory(delivery=stop.delivery, pickup=True, tour=stop.tour, position=1)

    status, result, sentence = phone("done")
    assert (status, result) == (409, "refused")
    assert "First finish the pick-up" in sentence
    assert not LateReport.objects.exists()

    assert phone("done", waited_ms=HOUR_MS)[1] == "kept"
    assert LateReport.objects.get().hindrance == "early"


def test_a_start_of_a_cancelled_stop_is_refused_with_a_sentence(phone, stop, maya):
    cancel(stop, maya)

    status, result, sentence = phone("start", waited_ms=HOUR_MS)

    assert (status, result) == (409, "refused")
    assert "Odile" in sentence
    assert not LateReport.objects.exists()


def test_a_photo_that_cannot_be_read_does_not_undo_what_was_done(phone, stop):
    from django.core.files.uploadedfile import SimpleUploadedFile

    phone("start")
    broken = SimpleUploadedFile("door.jpg", b"no photo", "image/jpeg")

    status, result, sentence = phone("done", recipient_name="Odile", photo=broken)

    proof = Proof.objects.get()
    assert (status, result) == (200, "recorded")
    assert sentence.startswith("It counts without its photo.")
    assert (proof.recipient_name, bool(proof.photo)) == ("Odile", False)


def test_a_phone_tells_of_no_stop_that_was_never_its_own(phone, client_for, stop, beta):
    stranger = client_for(CourierFactory().user)
    url = reverse("rider:queued-action", args=[stop.pk])
    told = {"action": "done", "client_id": str(uuid.uuid4())}

    assert stranger.post(url, told).status_code == 404
    assert client_for(stop.tour.courier.user).get(url).status_code == 405
    assert not LateReport.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"action": "fly"}, {"client_id": "x"}, {"waited_ms": "-1"}, {"reason": "rain"}]
)
def test_what_cannot_be_read_is_refused_in_words(phone, stop, wrong):
    assert phone(**({"action": "start"} | wrong)) == (
        422,
        "refused",
        "The phone sent something that can't be read.",
    )


def test_without_script_a_late_done_is_kept_too_and_the_courier_reads_it(client_for, stop, maya):
    browser = client_for(stop.tour.courier.user)
    cancel(stop, maya)
    told = {"action": "done", "client_id": str(uuid.uuid4())}

    answer = browser.post(reverse("rider:action", args=[stop.pk]), told, follow=True)

    assert answer.status_code == 200
    assert "the office decides" in answer.text
    assert "With the office" in answer.text


def test_the_round_tells_what_the_office_has_decided(phone, client_for, stop, maya):
    cancel(stop, maya)
    phone("done", waited_ms=HOUR_MS)
    report = LateReport.objects.get()
    day = f"?day={stop.day.isoformat()}"
    page = lambda: client_for(stop.tour.courier.user).get(reverse("rider:day") + day).text  # noqa: E731

    assert "The office decides." in page()
    services.put_report_aside(
        report.pk, actor=maya, at=timezone.now(), reason="Odile had phoned: wrong door"
    )
    assert "Maya put it aside: Odile had phoned: wrong door" in page()


def test_the_photo_of_a_report_is_for_the_office_and_its_courier(phone, client_for, stop, maya):
    cancel(stop, maya)
    phone("done", photo=photo())
    url = reverse("rider:report-photo", args=[LateReport.objects.get().pk])

    shown = client_for(maya).get(url)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert client_for(stop.tour.courier.user).get(url).status_code == 200
    assert client_for(CourierFactory().user).get(url).status_code == 404
    assert client_for(None).get(url).status_code == 302
