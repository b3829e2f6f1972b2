"""Somebody is erased: what that does is said before, the law keeps what it keeps, a restore undoes nothing."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.urls import reverse

from accounts.models import Membership, Session, User
from accounts.sessions.store import SessionStore
from audit.models import SecurityEvent
from coopcycle.errors import DomainError
from coopcycle.models import OutboxMessage
from dispatch.models import Courier, Delivery, Task
from dispatch.services.assignment import moved_details
from orders.models import Order
from privacy.erasing import consequences_for, erase_deliveries, erase_person
from privacy.models import Erasure
from recurring.models import CalendarFeed
from tenants.context import in_cooperative
from tests.factories import (
    CourierFactory,
    MembershipFactory,
    TaskFactory,
    TourFactory,
    UserFactory,
)
from tests.privacy.test_photos import unpacked
from tests.privacy.test_retention import parcel
from tests.sign_in import give_app, grow_stale
from tests.tenants.conftest import back_up, run

AT = datetime(2027, 12, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def boss():
    return UserFactory(administrator=True)


@pytest.mark.django_db
def test_an_erased_person_leaves_nothing_of_theirs_and_the_co_op_keeps_its_records(boss):
    person = UserFactory(
        email="lea@example.org", name="Léa Morel", phone="+33 6 1", dispatcher=True
    )
    seat = MembershipFactory(user=person, staff=True)
    CalendarFeed.objects.create(
        business=seat.business,
        content="receives",
        name="Léa's phone",
        secret_hash="x",
        created_at=AT,
        created_by=person,
    )
    task = parcel(10)
    order = Order.objects.get(delivery=task.delivery_id)
    Order.objects.update(placed_by=person)
    OutboxMessage.objects.create(kind="mail", key="k", payload={"to": "Lea@example.org"})
    give_app(person)
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session.create()

    erase_person(person_id=person.pk, actor=boss, at=AT)

    person.refresh_from_db()
    assert person.email == f"{person.pk}@erased.invalid"
    assert (person.phone, person.is_active, person.is_dispatcher) == ("", False, False)
    assert "Morel" not in person.name
    assert not person.has_usable_password()
    assert not person.has_second_factor
    assert not Membership.objects.filter(user=person).exists()
    assert not CalendarFeed.objects.exists()
    assert not OutboxMessage.objects.exists()
    assert not Session.objects.exists()
    order.refresh_from_db()
    assert order.placed_by_id == person.pk
    erasure = Erasure.objects.get()
    assert (erasure.kind, erasure.object_id, erasure.by_id) == ("person", person.pk, boss.pk)
    event = SecurityEvent.objects.get(kind="erased")
    assert (event.user_id, event.about_id) == (boss.pk, person.pk)


@pytest.mark.django_db
def test_what_goes_and_what_stays_is_said_before(boss):
    person = UserFactory(name="Léa Morel")
    seat = MembershipFactory(user=person, staff=True)
    parcel(10)
    Order.objects.update(placed_by=person)

    found = consequences_for(person)

    assert f"Their place at {seat.business.name}" in found.goes
    assert found.stays == [
        "1 order that they placed, without their name: your country wants accounts kept for 10 years"
    ]
    assert found.hindrance == ""


@pytest.mark.django_db
def test_nobody_is_erased_who_still_rides_or_is_the_last(boss):
    courier = CourierFactory()
    TaskFactory(tour=TourFactory(courier=courier), position=0)
    owner = MembershipFactory()

    for person, words in (
        (courier.user, "still has 1 stop to ride"),
        (boss, "last administrator"),
        (owner.user, "last owner"),
    ):
        with pytest.raises(DomainError, match=words):
            erase_person(person_id=person.pk, actor=boss, at=AT)
        person.refresh_from_db()
        assert person.is_active
    assert not Erasure.objects.exists()


@pytest.mark.django_db
def test_a_courier_who_is_erased_is_archived_and_their_rounds_stay(boss):
    courier = CourierFactory()
    done = TaskFactory(done=True, tour=TourFactory(courier=courier), position=0)
    other = CourierFactory(user__name="Noé Petit")
    moved = done.events.create(
        kind="assigned", recorded_at=AT, details=moved_details(courier, other)
    )

    erase_person(person_id=courier.user_id, actor=boss, at=AT)

    assert Courier.objects.get(pk=courier.pk).archived_at is not None
    assert Task.objects.get(pk=done.pk).tour.courier_id == courier.pk
    moved.refresh_from_db()
    assert moved.details == {
        "courier": "Ancien membre",
        "courier_id": courier.pk,
        "from": "Noé Petit",
        "from_id": other.pk,
    }


@pytest.mark.django_db
def test_a_recipient_is_erased_from_parcels_that_are_over_only(boss):
    over, running = parcel(5), parcel(0, status=Task.Status.TODO)
    both = [over.delivery_id, running.delivery_id]

    with pytest.raises(DomainError, match="still on its way"):
        erase_deliveries(delivery_ids=both, actor=boss, at=AT)
    assert erase_deliveries(delivery_ids=both[:1], actor=boss, at=AT) == 1

    assert Delivery.objects.get(pk=over.delivery_id).recipient_name == ""
    assert Delivery.objects.get(pk=running.delivery_id).recipient_name == "Odile Martin"


def test_a_restore_brings_nobody_back(login_wall, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    with in_cooperative(login_wall.alpha), transaction.atomic():
        boss = UserFactory(administrator=True)
        person = UserFactory(name="Léa Morel", email="lea@example.org")
        task = parcel(5)
    path = back_up(tmp_path)
    with in_cooperative(login_wall.alpha):
        erase_person(person_id=person.pk, actor=boss, at=AT)
        erase_deliveries(delivery_ids=[task.delivery_id], actor=boss, at=AT)

    run("restore", path)

    with in_cooperative(login_wall.alpha):
        assert User.objects.get(pk=person.pk).email == f"{person.pk}@erased.invalid"
        assert Delivery.objects.get(pk=task.delivery_id).recipient_name == ""
        assert Erasure.objects.count() == 2


# --- the pages -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_name_must_be_typed(client_for, boss):
    person = UserFactory(name="Léa Morel")
    browser = client_for(boss)
    address = reverse("privacy:person-erase", args=[person.pk])

    asked = browser.get(address)
    refused = browser.post(address, {"name": "Lea"})
    person.refresh_from_db()
    assert (asked.status_code, refused.status_code, person.name) == (200, 422, "Léa Morel")

    done = browser.post(address, {"name": "léa morel"})
    person.refresh_from_db()
    assert done.status_code == 302
    assert person.email.endswith("@erased.invalid")


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["dispatcher", "courier"])
def test_only_administrators_erase_and_see_the_register(client_for, role):
    browser = client_for(UserFactory(**{role: True}))
    other = UserFactory()

    for address in (
        reverse("privacy:register"),
        reverse("privacy:recipients"),
        reverse("privacy:person-erase", args=[other.pk]),
    ):
        assert browser.get(address).status_code == 404
    assert browser.post(reverse("privacy:export-whole"), {}).status_code == 404
    assert browser.post(reverse("privacy:recipients-erase"), {}).status_code == 404
    assert browser.post(reverse("privacy:recipients-export"), {}).status_code == 404


@pytest.mark.django_db
def test_a_recipient_is_found_by_name_or_phone_and_erased(client_for, boss):
    task = parcel(5)
    browser = client_for(boss)

    for words in ("odile martin", "0611223344"[1:], "+33 6 11 22 33 44"):
        page = browser.get(reverse("privacy:recipients"), {"words": words})
        assert "Odile Martin" in page.text, words
    assert "Odile" not in browser.get(reverse("privacy:recipients"), {"words": "od"}).text

    erased = browser.post(reverse("privacy:recipients-erase"), {"deliveries": [task.delivery_id]})
    assert erased.status_code == 302
    assert Delivery.objects.get(pk=task.delivery_id).recipient_name == ""


@pytest.mark.django_db
def test_a_recipient_gets_what_is_kept_of_them_also_of_a_parcel_on_its_way(client_for, boss):
    task = parcel(5)
    parcel(6)
    Order.objects.filter(delivery=task.delivery_id).update(note="Code 40B17")
    Task.objects.filter(delivery=task.delivery_id).update(status=Task.Status.TODO)
    browser, export = client_for(boss), reverse("privacy:recipients-export")

    page = browser.get(
        reverse("privacy:recipients"), {"words": "odile martin"}, headers={"accept-language": "en"}
    )
    assert page.text.count("on its way") == 1
    answer = browser.post(export, {"deliveries": [task.delivery_id]})

    assert answer["Content-Disposition"].endswith('.zip"')
    assert "no-store" in answer["Cache-Control"]
    (told,) = unpacked(answer)["data.json"]["parcels"]
    assert (told["recipient"], told["note"]) == ("Odile Martin", "Code 40B17")
    (door,) = told["stops"]
    assert (door["phone"], door["address"]["street"]) == (task.phone, task.address.street)
    event = SecurityEvent.objects.get(kind="exported")
    assert event.details == {"what": "recipient", "deliveries": 1, "photos": 0}
    assert browser.post(export, {}).status_code == 302
    grow_stale(browser)
    assert browser.post(export, {"deliveries": [task.delivery_id]})["Location"].startswith("/me/c")


@pytest.mark.django_db
def test_the_register_shows_what_last_night_erased(client_for, boss):
    from privacy.models import ErasureRun

    page = client_for(boss).get(reverse("privacy:register"))
    assert "The first run comes within a day." in page.text

    at = AT - timedelta(hours=2)
    ErasureRun.objects.create(started_at=at, finished_at=at, counts={"access": 12})
    page = client_for(boss).get(reverse("privacy:register"))
    assert "12 entries erased" in page.text
    assert "1 year after the delivery" in page.text


@pytest.mark.django_db
def test_the_register_asks_as_much_of_the_database_with_thirty_runs_as_with_one(client_for, boss):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from privacy.models import ErasureRun

    browser = client_for(boss)
    counts = []
    browser.get(reverse("privacy:register"))  # the host is remembered from then on
    for number in (1, 29):
        for _ in range(number):
            ErasureRun.objects.create(started_at=AT, finished_at=AT, counts={})
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("privacy:register"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_ids_that_are_no_numbers_erase_nothing(client_for, boss):
    parcel(5)
    for said in (["x"], ["9" * 30], ["-1"], [str(uuid.uuid4())], []):
        answer = client_for(boss).post(reverse("privacy:recipients-erase"), {"deliveries": said})
        assert answer.status_code == 302
    assert not Erasure.objects.exists()
