"""The recipient's link: their stages and window, nothing of anybody else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dispatch.models import Task
from dispatch.tracking.selectors import progress_of
from tenants.context import in_cooperative
from tests.clock import local_today
from tests.factories import TUESDAY, DeliveryFactory, TaskFactory, TourFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery():
    """Of today: a pickup and a drop-off that wait."""
    made = DeliveryFactory(recipient_name="Odile Morel")
    now = timezone.now()
    tour = TourFactory(
        day=local_today(), courier__user=UserFactory(courier=True, name="Ana Ferreira")
    )
    for position, kind in enumerate(["PICKUP", "DROPOFF"]):
        TaskFactory(
            delivery=made,
            kind=kind,
            tour=tour,
            position=position,
            after=now,
            before=now + timedelta(hours=1),
            day=local_today(),
            phone="+33 4 76 00 00 01",
            load="4 crates",
            instructions="Code 40B17",
        )
    return made


def set_status(delivery, kind, status):
    task = delivery.tasks.get(kind=kind)
    task.status = status
    task.started_at = TUESDAY
    task.finished_at = TUESDAY if status in ("DONE", "FAILED") else None
    task.save()


def link(delivery):
    return reverse("tracking:delivery", args=[delivery.tracking_token])


def test_stages_follow_the_stops(delivery):
    assert progress_of(delivery).state == "waiting"

    set_status(delivery, "PICKUP", "DONE")
    assert progress_of(delivery).state == "underway"
    assert progress_of(delivery).picked_up_at == TUESDAY
    assert progress_of(delivery).courier == ""

    set_status(delivery, "DROPOFF", "DOING")
    assert progress_of(delivery).courier == "Ana"

    set_status(delivery, "DROPOFF", "DONE")
    assert (progress_of(delivery).state, progress_of(delivery).courier) == ("done", "")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("DOING", "Ana is on the way"),
        ("DONE", "Delivered at"),
        ("FAILED", "The delivery didn"),
        ("CANCELLED", "This delivery was called off"),
    ],
)
def test_the_page_says_what_is_so_and_nothing_else(client, delivery, status, sentence):
    TaskFactory(place="The neighbour")
    set_status(delivery, "DROPOFF", status)

    response = client.get(link(delivery))

    dropoff = delivery.tasks.get(kind="DROPOFF")
    assert response.status_code == 200
    assert sentence in response.text
    secrets = [
        "Ferreira",
        "Odile Morel",
        "The neighbour",
        "40B17",
        "4 crates",
        "+33",
        dropoff.address.street,
        dropoff.place,
        delivery.sender.name,
    ]
    assert [secret for secret in secrets if secret in response.text] == []


def test_of_a_cancelled_delivery_nothing_is_to_come(client, delivery):
    for kind in ("PICKUP", "DROPOFF"):
        delivery.tasks.filter(kind=kind).update(status="CANCELLED")

    page = client.get(link(delivery)).text

    assert "Called off" in page
    assert "to come" not in page
    assert "Picked up" not in page


def test_the_link_leaves_no_trace(client, delivery):
    response = client.get(link(delivery))

    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    assert "no-store" in response["Cache-Control"]
    assert 'name="robots" content="noindex' in response.text


def test_the_page_looks_again_by_itself_until_it_is_over(client, delivery):
    assert 'hx-trigger="every 60s"' in client.get(link(delivery)).text
    assert 'http-equiv="refresh"' in client.get(link(delivery)).text

    set_status(delivery, "DROPOFF", "DONE")
    assert "every 60s" not in client.get(link(delivery)).text


def test_the_page_speaks_the_recipients_language(client, delivery):
    delivery.recipient_language = "fr"
    delivery.save()

    response = client.get(link(delivery), headers={"accept-language": "en"})

    assert response["Content-Language"] == "fr"
    assert '<html lang="fr"' in response.text


def test_a_link_opens_until_a_week_after_and_then_is_as_unknown(client, delivery):
    today = local_today()
    delivery.tasks.update(day=today - timedelta(days=7))
    assert client.get(link(delivery)).status_code == 200

    delivery.tasks.update(day=today - timedelta(days=8))
    expired = client.get(link(delivery))
    unknown = client.get(reverse("tracking:delivery", args=["A" * 32]))

    assert expired.status_code == unknown.status_code == 404


def test_a_link_of_one_co_op_is_unknown_at_another(client_for, delivery, beta):
    assert client_for(None, beta).get(link(delivery)).status_code == 404
    with in_cooperative(beta):
        assert not Task.objects.exists()


def test_only_reading(client, delivery):
    assert client.post(link(delivery)).status_code in (403, 405)


def test_the_link_asks_the_same_for_thirty_pickups(client, delivery, django_assert_num_queries):
    address = reverse("tracking:delivery", args=[delivery.tracking_token])
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    for _ in range(29):
        TaskFactory(delivery=delivery, kind="PICKUP", day=local_today())

    with django_assert_num_queries(len(queries)):
        assert client.get(address).status_code == 200
