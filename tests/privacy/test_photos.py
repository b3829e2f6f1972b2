"""Photos of the doors at which parcels were left: whose they are, and who takes them along."""

import io
import json
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from coopcycle.errors import DomainError
from dispatch.models import LateReport, Proof, Task
from privacy.exports import photos
from privacy.exports.person import data_of, files_of
from privacy.exports.photos import chosen
from privacy.exports.recipient import pack_recipient, parcels_of
from privacy.selectors import find_recipients
from tests.factories import CourierFactory, TaskFactory, UserFactory
from tests.privacy.test_retention import NOW, parcel, with_proof

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def boss(client_for):
    return client_for(UserFactory(administrator=True, dispatcher=True))


def unpacked(answer):
    """Name → content, of JSON as values."""
    content = b"".join(answer.streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    return found | {"data.json": json.loads(found["data.json"])}


def with_late_report(task: Task) -> LateReport:
    report = LateReport(
        task=task,
        courier=CourierFactory(),
        kind="done",
        hindrance="cancelled",
        client_id="00000000-0000-0000-0000-000000000001",
        happened_at=NOW,
        recorded_at=NOW,
        recipient_name="O. Martin",
    )
    report.photo.save("late.jpg", ContentFile(b"a late photo"), save=False)
    report.save()
    return report


def at_pickup(task: Task) -> Proof:
    """The sender's photo, of the same parcel."""
    return with_proof(
        TaskFactory(delivery=task.delivery, kind="PICKUP", done=True, finished_at=NOW)
    )


def taken(browser: Client, tasks, ticked):
    answer = browser.post(
        reverse("privacy:recipients-export"),
        {"deliveries": [task.delivery_id for task in tasks], "photos": ticked},
    )
    assert answer.status_code == 200
    return unpacked(answer)


def test_a_recipient_gets_the_photos_of_their_own_door_and_no_others(boss):
    mine, other = parcel(5), parcel(6)
    proof, report, theirs = with_proof(mine), with_late_report(mine), with_proof(other)
    sent = at_pickup(mine)
    every = [f"report-{report.pk}", *(f"proof-{each.pk}" for each in (proof, theirs, sent))]

    found = taken(boss, [mine], every)

    assert found.keys() == {
        "data.json",
        f"photos/proof-{proof.pk}.jpg",
        f"photos/report-{report.pk}.jpg",
    }
    assert found[f"photos/proof-{proof.pk}.jpg"] == b"a photo"
    (door,) = found["data.json"]["parcels"][0]["stops"]
    assert door["proofs"][0]["photo"] == f"photos/proof-{proof.pk}.jpg"
    (late,) = door["told_too_late"]
    assert (late["received_by"], late["photo"]) == ("O. Martin", f"photos/report-{report.pk}.jpg")


def test_a_photo_that_shows_somebody_else_is_left_out_and_said_to_be_there(boss):
    task = parcel(5)
    proof = with_proof(task)

    found = taken(boss, [task], [])

    assert found.keys() == {"data.json"}
    (door,) = found["data.json"]["parcels"][0]["stops"]
    (told,) = door["proofs"]
    assert (told["has_photo"], told["photo"]) == (True, None)
    assert told["received_by"] == proof.recipient_name


def test_the_administrator_sees_each_photo_before_it_is_handed_out(boss):
    task = parcel(5)
    proof, sent = with_proof(task), at_pickup(task)

    page = boss.get(reverse("privacy:recipients"), {"words": "Odile Martin"}, headers=ENGLISH).text

    address = reverse("rider:proof-photo", args=[proof.pk])
    assert f'<img src="{address}"' in page
    assert f'name="photos" value="proof-{proof.pk}" checked' in page
    assert reverse("rider:proof-photo", args=[sent.pk]) not in page
    assert boss.get(address).status_code == 200


def test_a_file_that_is_gone_is_left_out(boss):
    task = parcel(5)
    proof = with_proof(task)
    proof.photo.storage.delete(proof.photo.name)

    found = taken(boss, [task], [f"proof-{proof.pk}"])

    assert found.keys() == {"data.json"}


def test_too_many_photos_are_refused_before_any_is_read(boss, monkeypatch):
    task = parcel(5)
    key = f"proof-{with_proof(task).pk}"
    monkeypatch.setattr(photos, "MOST_BYTES", len(b"a photo") - 1)

    with pytest.raises(DomainError, match="too large for one file"):
        chosen(parcels_of([task.delivery_id]), [key])
    told = {"deliveries": [task.delivery_id], "photos": [key]}
    assert boss.post(reverse("privacy:recipients-export"), told).status_code == 422


@pytest.mark.parametrize(
    "key", ["proof-1 ", "proof-", "order-1", "proof-../1", "proof-" + "9" * 19]
)
def test_what_is_no_photo_is_refused(boss, key):
    told = {"deliveries": [parcel(5).delivery_id], "photos": [key]}

    assert boss.post(reverse("privacy:recipients-export"), told).status_code == 302


def test_a_couriers_own_file_holds_no_photo_of_anybodys_door():
    task = parcel(5)
    with_proof(task)
    rider = task.tour.courier.user

    assert list(files_of(rider)) == []
    assert "photo" not in json.dumps(data_of(rider), default=str)


def test_many_parcels_are_found_and_packed_in_as_many_queries_as_one(django_assert_num_queries):
    def made(count):
        return [with_proof(parcel(5)).task.delivery_id for _ in range(count)]

    few = made(1)
    with django_assert_num_queries(5):
        find_recipients("Odile Martin")
    with django_assert_num_queries(6):
        pack_recipient(few, [], at=NOW).file.close()
    many = made(6)
    with django_assert_num_queries(5):
        find_recipients("Odile Martin")
    with django_assert_num_queries(6):
        pack_recipient(many, [], at=NOW).file.close()
