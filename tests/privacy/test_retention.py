"""The night's erasing: what is due and nothing else, in batches, and a second night finds nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.invitations import hash_secret
from accounts.models import Address, Invitation, Session, User
from coopcycle.models import OutboxMessage
from dispatch.models import Delivery, Incident, Proof, Task, TaskEvent
from orders.models import Order
from privacy import retention
from privacy.models import ErasureRun
from privacy.retention import erase_due
from privacy.tasks import erase_everywhere
from tenants.context import in_federation
from tests.factories import (
    AddressFactory,
    BusinessFactory,
    DeliveryFactory,
    TaskFactory,
    TourFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 12, 1, 3, 0, tzinfo=UTC)


def parcel(days_ago, *, status=Task.Status.DONE, address=None):
    """A parcel to a person, delivered so many days before NOW."""
    at = NOW - timedelta(days=days_ago)
    sender = BusinessFactory()
    delivery = DeliveryFactory(sender=sender, recipient_name="Odile Martin", created_at=at)
    place = address or AddressFactory(
        name="Martin", instructions="Code 40B17", latitude=Decimal("45.188529")
    )
    task = TaskFactory(
        delivery=delivery,
        address=place,
        place="Odile Martin",
        contact="Odile Martin",
        phone="+33 6 11 22 33 44",
        instructions="Code 40B17 · third floor",
        status=status,
        tour=TourFactory(day=at.date()),
        position=0,
        after=at - timedelta(hours=1),
        before=at,
        finished_at=at if status == Task.Status.DONE else None,
    )
    Order.objects.create(
        kind=Order.Kind.DELIVERY,
        buyer=sender,
        delivery=delivery,
        day=at.date(),
        after=at - timedelta(hours=1),
        before=at,
        currency="EUR",
        delivery_minor=900,
        note="She is deaf: ring long",
        placed_at=at,
    )
    return task


def with_proof(task, photo=b"a photo"):
    event = TaskEvent.objects.create(task=task, kind="done", recorded_at=task.finished_at)
    proof = Proof(task=task, event=event, recipient_name="O. Martin", taken_at=task.finished_at)
    proof.photo.save("a.jpg", ContentFile(photo), save=False)
    proof.save()
    return proof


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_phones_and_ways_in_go_a_month_after_the_stop_and_names_stay():
    old, recent, open_stop = parcel(31), parcel(29), parcel(40, status=Task.Status.TODO)

    run = erase_due(at=NOW)

    assert run.counts["access"] == 1
    old.refresh_from_db()
    assert (old.phone, old.instructions, old.contact) == ("", "", "Odile Martin")
    for task in (recent, open_stop):
        task.refresh_from_db()
        assert task.phone == "+33 6 11 22 33 44"


def test_recipients_and_their_doors_go_after_a_year_and_the_order_stays():
    task = parcel(366)
    proof = with_proof(task)
    photo = proof.photo.name
    Incident.objects.create(
        task=task,
        event=TaskEvent.objects.create(task=task, kind="failed", recorded_at=NOW),
        reason="absent",
        note="Madame Martin was not there",
        created_at=NOW - timedelta(days=366),
    )

    run = erase_due(at=NOW)

    assert run.counts["recipients"] == 1
    task.refresh_from_db()
    address = Address.objects.get(pk=task.address_id)
    assert (task.contact, task.place, task.phone) == ("", "Grenoble", "")
    assert (address.name, address.street, address.instructions) == ("", "", "")
    assert (address.city, address.latitude) == ("Grenoble", Decimal("45.190000"))
    assert Delivery.objects.get(pk=task.delivery_id).recipient_name == ""
    order = Order.objects.get(delivery=task.delivery_id)
    assert (order.note, order.delivery_minor) == ("", 900)
    assert Incident.objects.get().note == ""
    assert not Proof.objects.exists()
    assert not default_storage.exists(photo)


def test_an_address_that_somebody_needs_still_stays():
    kept = AddressFactory(street="1, place Notre-Dame")
    BusinessFactory(address=kept)
    parcel(366, address=kept)
    again = AddressFactory(street="2, rue Neuve")
    parcel(366, address=again)
    parcel(5, address=again)

    erase_due(at=NOW)

    assert Address.objects.get(pk=kept.pk).street == "1, place Notre-Dame"
    assert Address.objects.get(pk=again.pk).street == "2, rue Neuve"


def test_a_second_night_finds_nothing_and_is_written_down_too():
    with_proof(parcel(400))
    first = erase_due(at=NOW)
    second = erase_due(at=NOW + timedelta(days=1))

    assert first.total > 0
    assert second.total == 0
    assert list(ErasureRun.objects.all()) == [second, first]


def test_more_than_a_batch_goes_in_one_night(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        parcel(40)

    assert erase_due(at=NOW).counts["access"] == 5


def test_doors_mails_invitations_and_sessions_go_in_their_time():
    def message(key, days, state):
        return OutboxMessage.objects.create(
            kind="mail",
            key=key,
            payload={"to": "ana@example.org"},
            state=state,
            sent_at=NOW if state == "sent" else None,
            created_at=NOW - timedelta(days=days),
        )

    message("old", 31, "sent")
    message("unwanted", 31, "dropped")
    waiting, recent = message("waiting", 90, "waiting"), message("recent", 29, "sent")
    for number, days in enumerate((38, 36)):
        at = NOW - timedelta(days=days)
        Invitation.objects.create(
            email=f"i{number}@example.org",
            name="Ines",
            roles=["is_courier"],
            secret_hash=hash_secret(str(number)),
            created_at=at,
            expires_at=at + timedelta(days=7),
        )
    for days, key in ((2, "a" * 64), (0, "b" * 64)):
        ends_at = NOW - timedelta(days=days)
        opened_at = ends_at - timedelta(hours=12)
        Session.objects.create(
            key_hash=key,
            values="x",
            opened_at=opened_at,
            seen_at=opened_at,
            idle=timedelta(hours=2),
            ends_at=ends_at,
        )

    counts = erase_due(at=NOW).counts

    assert (counts["mails"], counts["invitations"], counts["sessions"]) == (2, 1, 1)
    assert set(OutboxMessage.objects.all()) == {waiting, recent}
    assert Invitation.objects.get().email == "i1@example.org"
    assert Session.objects.get().key_hash == "b" * 64


def test_the_federations_own_mails_go_too(alpha):
    def message(key, days):
        return OutboxMessage.objects.create(
            kind="mail",
            key=key,
            payload={"to": "solene@federation.example"},
            state="sent",
            sent_at=NOW,
            created_at=timezone.now() - timedelta(days=days),
        )

    with in_federation():
        _old, recent = message("old", 31), message("recent", 29)

    erase_everywhere()

    with in_federation():
        assert list(OutboxMessage.objects.all()) == [recent]


def test_closed_accounts_are_emptied_after_two_years():
    gone = UserFactory(is_active=False, last_login=NOW - timedelta(days=731), phone="1")
    closed = UserFactory(is_active=False, last_login=NOW - timedelta(days=700))
    here = UserFactory(last_login=NOW - timedelta(days=2000))

    assert erase_due(at=NOW).counts["people"] == 1

    gone.refresh_from_db()
    assert (gone.name, gone.email, gone.phone) == (
        "Ancien membre",
        f"{gone.pk}@erased.invalid",
        "",
    )
    assert User.objects.get(pk=closed.pk).name == closed.name
    assert User.objects.get(pk=here.pk).name == here.name
