"""Files to take away: one's own data for oneself alone, and a whole co-op that opens elsewhere."""

import io
import json
import uuid
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Address, Business, User
from coopcycle import outbox
from coopcycle.db.owner import as_owner
from coopcycle.errors import DomainError
from orders.models import Order
from privacy.exports import services
from privacy.exports.cooperative import write_cooperative
from privacy.exports.person import data_of
from privacy.models import Export
from privacy.people import own_relations
from recurring.generation import generate
from recurring.models import RuleImport
from tenants.context import in_cooperative
from tenants.models import Cooperative
from tests.factories import (
    AddressFactory,
    CourierFactory,
    MembershipFactory,
    TaskFactory,
    TourFactory,
    UserFactory,
)
from tests.privacy.test_retention import parcel, with_proof
from tests.recurring.conftest import NOW, make_kitchen
from tests.recurring.test_notes_are_encrypted import kept
from tests.sign_in import give_app

AT = datetime(2027, 12, 1, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def ask(user, kind=Export.Kind.PERSON, at=None):
    with transaction.atomic():
        return services.request_export(
            kind=kind, user=user, at=at or timezone.now(), action_id=uuid.uuid4()
        )


def made(export):
    """As the worker makes it: the file, then the mail with its link."""
    outbox.send_due()
    outbox.send_due()
    export.refresh_from_db()
    return export


def link_of(message):
    return next(line for line in message.body.splitlines() if "/exports/" in line)


# --- a person's --------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_person_gets_all_that_names_them_and_nothing_of_others():
    courier = CourierFactory(user=UserFactory(name="Ana Silva", phone="+33 6 7", courier=True))
    tour = TourFactory(courier=courier)
    TaskFactory(done=True, tour=tour, position=0, contact="Odile Martin", phone="+33 6 9")
    seat = MembershipFactory(user=courier.user)
    other = UserFactory(name="Bruno Petit")
    RuleImport.objects.create(
        source="csv", text="day,place\n", created_at=AT, created_by=courier.user
    )
    parcel(3)
    Order.objects.update(placed_by=courier.user)

    sections = data_of(courier.user)

    text = json.dumps(sections, default=str)
    assert sections["account"][0]["name"] == "Ana Silva"
    assert sections["accounts.Membership · user"][0]["business"] == seat.business_id
    assert sections["dispatch.Task · courier"][0]["status"] == "DONE"
    assert len(sections["orders.Order · placed_by"]) == 1
    for foreign in ("Odile", "+33 6 9", other.name, "40B17", "password", "secret", "hash"):
        assert foreign not in text, foreign


@pytest.mark.django_db
def test_every_table_that_is_a_persons_own_is_in_their_export_or_deleted_with_them():
    labels = {relation.related_model._meta.label for relation in own_relations()}

    assert {"accounts.Membership", "recurring.CalendarFeed", "recurring.RuleImport"} <= labels


@pytest.mark.django_db
def test_a_file_is_made_by_the_worker_and_opens_for_its_person_alone(client_for, beta, settings):
    person, other = UserFactory(), UserFactory(administrator=True)
    browser = client_for(person)

    answer = browser.post(reverse("privacy:export-mine"), {"action_id": uuid.uuid4()})
    assert answer.status_code == 302
    export = made(Export.objects.get())

    [message] = mail.outbox
    assert message.to == [person.email]
    address = link_of(message)
    path = "/" + address.split("/", 3)[3]
    response = browser.get(path)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in response["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
        assert json.loads(archive.read("data.json"))["account"][0]["email"] == person.email
        assert "README.txt" in archive.namelist()
    assert client_for(other).get(path).status_code == 404
    assert client_for().get(path).status_code == 302  # to sign in
    assert browser.get(path[:-3] + "AA/").status_code == 404
    with in_cooperative(beta):
        theirs = User.objects.create_user("x@example.org", "x", name="X", id=person.pk)
    assert client_for(theirs, beta).get(path).status_code == 404
    Export.objects.filter(pk=export.pk).update(requested_at=timezone.now() - timedelta(hours=25))
    assert browser.get(path).status_code == 404


@pytest.mark.django_db
def test_asking_twice_makes_one_file_and_another_must_wait():
    person, action = UserFactory(), uuid.uuid4()
    for _ in range(2):
        services.request_export(kind="person", user=person, at=AT, action_id=action)

    with pytest.raises(DomainError, match="being made already"):
        ask(person, at=AT + timedelta(minutes=9))
    ask(person, at=AT + timedelta(minutes=11))
    assert Export.objects.count() == 2


@pytest.mark.django_db
def test_making_it_twice_is_making_it_once():
    export = ask(UserFactory())
    services.make_export("k", {"export": export.pk})
    services.make_export("k", {"export": export.pk})

    made(export)
    assert len(mail.outbox) == 1


# --- a whole co-op -------------------------------------------------------------------------------------
def rows_of(path):
    with zipfile.ZipFile(path) as archive:
        return {
            name: archive.read(name)
            for name in archive.namelist()
            if name.startswith(("rows/", "files/"))
        }


def test_a_co_op_goes_out_and_opens_elsewhere_equal(login_wall, tmp_path):
    with in_cooperative(login_wall.alpha):
        with transaction.atomic():
            kitchen = make_kitchen()
            farm = str(kitchen.tomatoes.producer_id)
            kitchen.standing_order(producer_notes={farm: "Yard, code 7B"})
            with_proof(parcel(3))
            AddressFactory(instructions="Code 40B17, “yard”\n=1+1")
            ana = UserFactory(email="ana@example.org", administrator=True)
            give_app(ana)
            outbox.put("mail", "reset-1", {"to": ana.email, "url": "https://a.example/r/s3cret"})
            Business.objects.update(created_at=AT.replace(microsecond=123))
        generate(login_wall.alpha, at=NOW)
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"

    call_command("export_cooperative", "alpha", first)
    call_command("import_cooperative", first, slug="gamma", name="Gamma")
    call_command("export_cooperative", "gamma", second)

    before, after = rows_of(first), rows_of(second)
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []
    assert b"Code 40B17" in before["rows/accounts.Address.jsonl"]
    for table in ("orders.OrderPart", "recurring.RuleVersion"):
        assert b"Yard, code 7B" in before[f"rows/{table}.jsonl"]
    assert b"reset-1" in before["rows/coopcycle.OutboxMessage.jsonl"]
    assert b"s3cret" not in before["rows/coopcycle.OutboxMessage.jsonl"]
    assert any(name.startswith("files/proofs/") for name in before)
    with as_owner():
        gamma = Cooperative.objects.get(slug="gamma")
    assert gamma.timezone == login_wall.alpha.timezone
    with in_cooperative(gamma):
        assert Order.objects.count() > 0
        ana = User.objects.get(email="ana@example.org")
        assert not ana.has_usable_password()
        assert not ana.has_second_factor  # its devices stayed behind: she sets up new ones
        assert outbox.count_due() == outbox.count_dead() == 0  # what waited goes out over there
        assert Address.objects.filter(instructions="").exists()
        sealed = [
            *kept("orders_orderpart", "note"),
            *kept("recurring_ruleversion", "producer_notes"),
        ]
        assert len(sealed) > 1
        assert [value for value in sealed if not value.startswith("k1.")] == []
        newest = Order.objects.order_by("-pk").first().pk
        assert UserFactory().pk > User.objects.get(email="ana@example.org").pk
        generate(gamma, at=NOW)  # it goes on where it was
        assert Order.objects.filter(pk__gt=newest).count() == 0


@pytest.mark.django_db
def test_the_sheets_hold_no_formula_and_the_readme_every_field(alpha, tmp_path):
    UserFactory(name="=HYPERLINK(1)", email="plus@example.org")
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        write_cooperative(archive, alpha, at=AT)

    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("sheets/accounts.User.csv").decode("utf-8-sig")
        readme = archive.read("README.md").decode()
        rows = archive.read("rows/accounts.User.jsonl").decode()
        names = archive.namelist()
    assert "'=HYPERLINK(1)" in sheet
    assert '"name":"=HYPERLINK(1)"' in rows
    assert '"password":"!"' in rows
    assert "| buyer_id | ForeignKey | → accounts.Business |" in readme
    assert not [name for name in names if "DataKey" in name or "Session" in name]
    assert not [name for name in names if "audit." in name or "second_factor" in name]


def test_what_is_no_export_is_refused_and_opens_nothing(login_wall, tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(b"no zip")
    with pytest.raises(CommandError, match="cannot be imported"):
        call_command("import_cooperative", path, slug="gamma")

    whole, half = tmp_path / "whole.zip", tmp_path / "half.zip"
    call_command("export_cooperative", "alpha", whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(half, "w") as copy:
        for name in source.namelist():
            if name != "rows/orders.PriceList.jsonl":
                copy.writestr(name, source.read(name))
    with pytest.raises(CommandError, match="cannot be imported"):
        call_command("import_cooperative", half, slug="gamma", name="Gamma")
    with as_owner():
        assert not Cooperative.objects.filter(slug="gamma").exists()


@pytest.mark.django_db
def test_administrators_ask_for_all_of_the_co_op(client_for):
    boss = UserFactory(administrator=True)
    browser = client_for(boss)

    browser.post(reverse("privacy:export-whole"), {"action_id": uuid.uuid4()})
    export = made(Export.objects.get())

    assert export.ready_at is not None
    path = "/" + link_of(mail.outbox[0]).split("/", 3)[3]
    assert browser.get(path).status_code == 200
    boss.is_administrator = False
    boss.save()
    assert browser.get(path).status_code == 404
