"""What a courier does at a stop: once each, in the right order, for their own stops."""

import io
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from dispatch.models import Incident, Proof, Task, TaskEvent
from tenants.context import in_cooperative
from tests.factories import CourierFactory, TaskFactory, TourFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def act(browser, task, action, **fields):
    data = {"action": action, "client_id": str(uuid.uuid4())} | fields
    return browser.post(reverse("rider:action", args=[task.pk]), data)


def rider_of(task):
    return task.tour.courier.user


def photo():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return SimpleUploadedFile("door.jpg", out.getvalue(), "image/jpeg")


def test_a_stop_is_started_and_done_with_name_and_photo(client_for):
    task = TaskFactory(ridden=True)
    browser = client_for(rider_of(task))

    started = act(browser, task, "start")
    done = act(browser, task, "done", recipient_name="Odile", photo=photo())

    task.refresh_from_db()
    proof = Proof.objects.get(task=task)
    assert (started.status_code, done.status_code) == (302, 302)
    assert task.status == Task.Status.DONE
    assert proof.recipient_name == "Odile"
    assert Image.open(proof.photo).format == "JPEG"


def test_htmx_gets_the_round_anew(client_for):
    task = TaskFactory(ridden=True)

    response = client_for(rider_of(task)).post(
        reverse("rider:action", args=[task.pk]),
        {"action": "start", "client_id": str(uuid.uuid4())},
        headers={"HX-Request": "true"},
    )

    assert response.status_code == 200
    assert 'id="round"' in response.text
    assert 'value="done"' in response.text


def test_the_same_tap_sent_twice_counts_once(client_for):
    task = TaskFactory(ridden=True)
    browser = client_for(rider_of(task))
    client_id = str(uuid.uuid4())

    first = act(browser, task, "start", client_id=client_id)
    again = act(browser, task, "start", client_id=client_id)

    assert (first.status_code, again.status_code) == (302, 302)
    assert TaskEvent.objects.filter(task=task, kind="started").count() == 1


def test_the_clock_of_the_tap_counts_unless_it_is_wrong(client_for):
    tap = timezone.now() - timedelta(minutes=20)
    late, broken = TaskFactory(ridden=True), TaskFactory(ridden=True)

    act(client_for(rider_of(late)), late, "start", device_at=tap.isoformat())
    act(client_for(rider_of(broken)), broken, "start", device_at="2001-01-01T00:00:00Z")

    late.refresh_from_db()
    broken.refresh_from_db()
    assert late.started_at == tap
    assert broken.started_at > tap


def test_a_problem_opens_an_incident_and_can_be_taken_back(client_for):
    task = TaskFactory(doing=True)
    browser = client_for(rider_of(task))

    act(browser, task, "fail", reason="absent", note="Shutters down")
    incident = Incident.objects.get(task=task)
    assert (incident.reason, incident.note) == ("absent", "Shutters down")

    act(browser, task, "undo")
    task.refresh_from_db()
    incident.refresh_from_db()
    assert task.status == Task.Status.TODO
    assert incident.resolved_at is not None


def test_a_mistaken_start_is_undone_but_not_what_is_done(client_for):
    started, done = TaskFactory(doing=True), TaskFactory(done=True)

    assert act(client_for(rider_of(started)), started, "undo").status_code == 302
    assert act(client_for(rider_of(done)), done, "undo").status_code == 409

    started.refresh_from_db()
    done.refresh_from_db()
    assert (started.status, started.started_at) == (Task.Status.TODO, None)
    assert done.status == Task.Status.DONE


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "fly"},
        {"action": "fail", "reason": ""},
        {"action": "fail", "reason": "rain"},
        {"action": "done", "client_id": "not-an-id"},
        {"action": "done", "recipient_name": "x" * 121},
    ],
)
def test_wrong_input_comes_back_and_changes_nothing(client_for, wrong):
    task = TaskFactory(doing=True)

    response = act(client_for(rider_of(task)), task, **wrong)

    task.refresh_from_db()
    assert response.status_code == 422
    assert task.status == Task.Status.DOING


@pytest.mark.parametrize("content", [b"<html><script>", b"", b"\xff\xd8\xff\xe0 not a photo"])
def test_a_wrong_file_is_refused_in_words_and_the_name_stays(client_for, content):
    task = TaskFactory(doing=True)
    upload = SimpleUploadedFile("door.jpg", content, "image/jpeg")

    response = act(client_for(rider_of(task)), task, "done", recipient_name="Odile", photo=upload)

    task.refresh_from_db()
    assert response.status_code == 422
    assert "cannot be read as a photo" in response.text
    assert 'value="Odile"' in response.text
    assert task.status == Task.Status.DOING
    assert not Proof.objects.exists()


def test_a_stop_of_another_courier_is_not_found(client_for):
    task = TaskFactory(ridden=True)
    other = CourierFactory().user

    assert act(client_for(other), task, "start").status_code == 404
    assert client_for(other).get(reverse("rider:task", args=[task.pk])).status_code == 404
    task.refresh_from_db()
    assert task.status == Task.Status.TODO


def test_a_stop_of_another_co_op_is_not_found(client_for, beta):
    courier = CourierFactory().user
    with in_cooperative(beta):
        task = [TaskFactory(ridden=True) for _ in range(3)][-1]

    assert act(client_for(courier), task, "start").status_code == 404
    with in_cooperative(beta):
        task.refresh_from_db()
        assert task.status == Task.Status.TODO


def test_a_stop_moved_to_a_colleague_is_gone_from_the_phone(client_for):
    task = TaskFactory(ridden=True)
    browser = client_for(rider_of(task))
    task.tour = TourFactory()
    task.save()

    assert act(browser, task, "start").status_code == 404


def test_without_sign_in_nothing_happens(client):
    task = TaskFactory(ridden=True)

    assert act(client, task, "start").status_code == 302
    task.refresh_from_db()
    assert task.status == Task.Status.TODO


def test_an_action_needs_a_post(client_for):
    task = TaskFactory(ridden=True)
    response = client_for(rider_of(task)).get(reverse("rider:action", args=[task.pk]))

    assert response.status_code == 405


# --- the photo -------------------------------------------------------------------------------------
@pytest.fixture
def proof(client_for):
    task = TaskFactory(doing=True)
    act(client_for(rider_of(task)), task, "done", photo=photo())
    return Proof.objects.get(task=task)


def photo_for(client_for, user, proof):
    return client_for(user).get(reverse("rider:proof-photo", args=[proof.pk]))


def test_a_photo_is_given_out_as_a_picture_and_nothing_else(client_for, proof):
    response = photo_for(client_for, rider_of(proof.task), proof)

    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("inline; filename=")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"".join(response.streaming_content)[:2] == b"\xff\xd8"


def test_a_photo_is_for_the_office_and_its_courier(client_for, proof):
    assert photo_for(client_for, UserFactory(dispatcher=True), proof).status_code == 200
    assert photo_for(client_for, CourierFactory().user, proof).status_code == 404
    assert photo_for(client_for, None, proof).status_code == 302


def test_a_photo_of_another_co_op_is_not_found(client_for, proof, beta):
    with in_cooperative(beta):
        dispatcher = UserFactory(dispatcher=True)
    url = reverse("rider:proof-photo", args=[proof.pk])

    assert client_for(dispatcher, beta).get(url).status_code == 404
