"""The pages: a file is looked at, then made once; others' files and hostile ones are refused."""

import csv
import uuid
from datetime import time, timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from recurring.importing import services
from recurring.importing.exporting import write_table
from recurring.importing.models import RuleImport
from recurring.models import Added, Occurrence, Override, StandingOrder
from recurring.services import WindowDraft
from tests.clock import local_today
from tests.factories import AddressFactory, MembershipFactory, ProductFactory, UserFactory
from tests.recurring.importing.test_calendars import calendar, event
from tests.recurring.importing.test_tables import GOOD, PARCEL

TOMORROW = local_today() + timedelta(days=1)
ROW = {**GOOD, "rule": "FREQ=DAILY", "first_date": f"{TOMORROW}", "holidays": "keep"}


def url(name: str, *args: object) -> str:
    return reverse(f"importing:{name}", args=args)


def upload(text: str | bytes, name="file.csv", **fields: object) -> dict[str, object]:
    content = text if isinstance(text, bytes) else text.encode()
    return {
        "file": SimpleUploadedFile(name, content),
        "kind": "supply",
        "action_id": uuid.uuid4(),
        **fields,
    }


@pytest.fixture
def odile(kitchen, client_for):
    return client_for(kitchen.odile)


@pytest.fixture
def brought(odile):
    """A table with a good row, and one whose product nobody offers."""
    rows = [ROW, {**ROW, "name": "Leeks", "goods": "1 Leeks"}]
    odile.post(url("import-create"), upload(write_table(rows)))
    return RuleImport.objects.get()


# --- looking ---------------------------------------------------------------------------------------
def test_a_file_is_looked_at_before_anything_is_made(kitchen, odile):
    response = odile.post(url("import-create"), upload(write_table([ROW])))
    imported = RuleImport.objects.get()
    assert response.url == url("import-detail", imported.pk)
    page = odile.get(response.url)
    assert page.status_code == 200
    assert page.context["rows"][0].sentence == "Every day, at 06:30"
    assert page.context["rows"][0].goods == "12 kg Tomatoes"
    assert [p.original.date() for p in page.context["rows"][0].coming] == [
        TOMORROW + timedelta(days=n) for n in range(3)
    ]
    assert "1 standing order can be made." in page.content.decode()
    assert not StandingOrder.objects.exists()


def test_what_is_wrong_is_said_with_line_and_column(odile, brought):
    page = odile.get(url("import-detail", brought.pk)).content.decode()
    assert "1 row is left out" in page
    assert '<b class="num">3</b>' in page
    assert '<code class="code">goods</code> “Leeks” is not offered.' in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04xl/workbook.xml", "spreadsheet or an archive"),
        ("Prénom;é".encode("cp1252"), "cannot be read. Save it again"),
        (b"name\x00kind", "no text in this file"),
        (b"   ", "no text in this file"),
        (b"", "empty"),
        (b"x" * (256 * 1024 + 1), "larger than 256 kB"),
    ],
)
def test_files_that_are_no_table(odile, content, sentence):
    response = odile.post(url("import-create"), upload(content))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not RuleImport.objects.exists()


def test_a_table_without_its_columns_is_refused_on_its_page(odile):
    odile.post(url("import-create"), upload("<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"))
    imported = RuleImport.objects.get()
    page = odile.get(url("import-detail", imported.pk))
    assert page.status_code == 422
    assert "These columns are missing" in page.content.decode()
    assert odile.post(url("import-finish", imported.pk)).status_code == 422


def test_marks_in_cells_and_names_stay_text(odile):
    marked = "<script>alert(1)</script>{{7*7}}"
    odile.post(
        url("import-create"),
        upload(write_table([{**ROW, "name": marked, "kind": marked}]), name=f"../../{marked}.csv"),
    )
    page = odile.get(url("import-detail", RuleImport.objects.get().pk)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert ".." not in RuleImport.objects.get().file_name


def test_a_calendar_needs_its_business(kitchen, client_for):
    office = client_for(kitchen.office)
    text = calendar(event("RRULE:FREQ=WEEKLY"))
    response = office.post(url("import-create"), upload(text, name="a.ics"))
    assert response.status_code == 422
    assert "for which business" in response.content.decode()


def test_the_page_takes_the_same_queries_for_one_row_and_thirty(odile, django_assert_num_queries):
    for rows in (1, 30):
        odile.post(url("import-create"), upload(write_table([ROW] * rows)))
        last = RuleImport.objects.latest("pk")
        odile.get(url("import-detail", last.pk))
        with django_assert_num_queries(7):
            page = odile.get(url("import-detail", last.pk))
        assert page.content.decode().count("brought__line") == rows


# --- making ----------------------------------------------------------------------------------------
def test_the_good_rows_are_made_once(kitchen, odile, brought):
    first = odile.post(url("import-finish", brought.pk))
    again = odile.post(url("import-finish", brought.pk))
    assert first.url == again.url == reverse("recurring:rule-list")
    order = StandingOrder.objects.get()
    assert (order.name, order.buyer, order.created_by) == (
        "Fruit",
        kitchen.restaurant,
        kitchen.odile,
    )
    assert order.occurrences.filter(state="generated").count() >= 12
    brought.refresh_from_db()
    assert (brought.made, brought.text) == (1, "")
    assert (
        "1 standing order is made." in odile.get(url("import-detail", brought.pk)).content.decode()
    )


def test_nothing_is_half_done(odile, brought, monkeypatch):
    """It breaks when all rows are written: none of them is there."""
    odile.post(url("import-create"), upload(write_table([ROW, {**ROW, "name": "Second"}])))
    last = RuleImport.objects.latest("pk")
    written = []

    def breaks(_cooperative, *, only, **_options):
        written.extend(order.name for order in only)
        raise services.DomainError("No.")

    monkeypatch.setattr(services, "generate", breaks)
    assert odile.post(url("import-finish", last.pk)).status_code == 409
    assert written == ["Fruit", "Second"]
    assert not StandingOrder.objects.exists()
    assert not Occurrence.objects.exists()
    last.refresh_from_db()
    assert last.finished_at is None


@pytest.mark.parametrize("source", ["csv", "ics"])
def test_thirty_rules_are_made_with_the_statements_of_one(
    kitchen, odile, source, django_assert_max_num_queries
):
    def bring(count: int) -> None:
        if source == "csv":
            rows = [{**ROW, "name": f"Rule {number}"} for number in range(count)]
            text, fields, contents = write_table(rows), {}, {}
        else:
            start = f"{TOMORROW:%Y%m%d}"
            events = [
                event("RRULE:FREQ=DAILY", start=f"{start}T063000", end=f"{start}T073000")
                for _number in range(count)
            ]
            text = calendar(
                *(
                    [line.replace("UID:1", f"UID:{n}") for line in lines]
                    for n, lines in enumerate(events)
                )
            )
            fields = {"buyer": kitchen.restaurant.pk}
            contents = {f"quantity-{kitchen.tomatoes.pk}": "3"}
        odile.post(url("import-create"), upload(text, name=f"file.{source}", **fields))
        odile.post(url("import-finish", RuleImport.objects.latest("pk").pk), contents)

    bring(1)  # reads what is kept in memory afterwards
    with django_assert_max_num_queries(200) as one:
        bring(1)
    with django_assert_max_num_queries(len(one)):
        bring(30)
    assert StandingOrder.objects.count() == 32


def test_single_dates_of_the_file_hold_from_the_first_run(odile, alpha):
    day = [TOMORROW + timedelta(days=n) for n in range(1, 5)]
    cells = {
        "skipped_dates": f"{day[0]}T06:30",
        "moved_dates": f"{day[1]}T06:30>{day[1]}T11:00",
        "added_dates": f"{day[2]}T17:00",
    }
    odile.post(url("import-create"), upload(write_table([{**ROW, **cells}])))
    odile.post(url("import-finish", RuleImport.objects.get().pk))
    order = StandingOrder.objects.get()
    states = dict(order.occurrences.values_list("original_start", "state"))
    assert states[f"{day[0]}T06:30:00"] == "skipped"
    assert states[f"{day[2]}T17:00:00"] == "generated"
    moved = order.occurrences.get(original_start=f"{day[1]}T06:30:00")
    assert moved.order.after.astimezone(alpha.zone).hour == 11
    assert (Override.objects.count(), Added.objects.count()) == (2, 1)


def test_a_parcel_is_made_with_its_place(odile):
    row = {**PARCEL, "rule": "FREQ=DAILY", "first_date": f"{TOMORROW}", "phone": "+33 6 00 00"}
    odile.post(url("import-create"), upload(write_table([row])))
    odile.post(url("import-finish", RuleImport.objects.get().pk))
    version = StandingOrder.objects.get().versions.get()
    assert (version.recipient, version.recipient_phone, version.weight_grams) == (
        "Paul Ferrand",
        "+33 6 00 00",
        2500,
    )
    assert str(version.recipient_address) == "3, rue des Essais, 38000 Grenoble"


def test_a_calendar_asks_once_what_its_dates_bring(kitchen, odile):
    start = f"{TOMORROW:%Y%m%d}"
    text = calendar(
        event("RRULE:FREQ=WEEKLY", start=f"{start}T063000", end=f"{start}T073000"),
        [line.replace("UID:1", "UID:2") for line in event("RRULE:FREQ=HOURLY")],
    )
    odile.post(url("import-create"), upload(text, name="fruit.ics", buyer=kitchen.restaurant.pk))
    imported = RuleImport.objects.get()
    page = odile.get(url("import-detail", imported.pk)).content.decode()
    assert f'name="quantity-{kitchen.tomatoes.pk}"' in page
    assert odile.post(url("import-finish", imported.pk)).status_code == 422
    odile.post(url("import-finish", imported.pk), {f"quantity-{kitchen.tomatoes.pk}": "3"})
    order = StandingOrder.objects.get()
    assert (order.buyer, order.versions.get().rrule) == (kitchen.restaurant, "FREQ=WEEKLY")
    assert order.versions.get().lines.get().quantity == 3


def test_a_calendar_of_parcels(kitchen, odile):
    start = f"{TOMORROW:%Y%m%d}"
    text = calendar(event("RRULE:FREQ=WEEKLY", start=f"{start}T063000", end=f"{start}T073000"))
    fields = {"buyer": kitchen.restaurant.pk, "kind": "delivery"}
    odile.post(url("import-create"), upload(text, name="fruit.ics", **fields))
    imported = RuleImport.objects.get()
    assert odile.post(url("import-finish", imported.pk), {"recipient": "P"}).status_code == 422
    parcel = {name: PARCEL[name] for name in ("recipient", "street", "postal_code", "city", "load")}
    odile.post(url("import-finish", imported.pk), {**parcel, "weight_kg": "2"})
    assert StandingOrder.objects.get().versions.get().recipient == "Paul Ferrand"


def test_nothing_good_is_nothing_made(odile):
    odile.post(url("import-create"), upload(write_table([{**ROW, "goods": "1 Leeks"}])))
    assert odile.post(url("import-finish", RuleImport.objects.get().pk)).status_code == 409


# --- who -------------------------------------------------------------------------------------------
def test_another_person_does_not_find_the_file(client_for, brought):
    stranger = client_for(MembershipFactory().user)
    assert stranger.get(url("import-detail", brought.pk)).status_code == 404
    assert stranger.post(url("import-finish", brought.pk)).status_code == 404
    assert not StandingOrder.objects.exists()


def test_rows_of_other_businesses_are_left_out(client_for, kitchen):
    stranger = client_for(MembershipFactory().user)
    stranger.post(url("import-create"), upload(write_table([ROW])))
    imported = RuleImport.objects.get()
    assert (
        "No business of this name"
        in stranger.get(url("import-detail", imported.pk)).content.decode()
    )
    assert stranger.post(url("import-finish", imported.pk)).status_code == 409
    assert not StandingOrder.objects.exists()


def test_a_calendar_for_another_business_is_refused(client_for, kitchen):
    stranger = client_for(MembershipFactory().user)
    sent = upload(calendar(event("RRULE:FREQ=WEEKLY")), buyer=kitchen.restaurant.pk)
    assert stranger.post(url("import-create"), sent).status_code == 422


@pytest.mark.parametrize("name", ["import-create", "example", "export"])
def test_signed_out_people_are_sent_to_the_gate(client, db, name):
    assert "/sign-in/" in client.get(url(name)).url


def test_staff_and_couriers_bring_nothing(kitchen, client_for):
    staff = client_for(MembershipFactory(business=kitchen.restaurant, staff=True).user)
    assert staff.get(url("import-create")).status_code == 404
    assert staff.get(url("export")).status_code == 200
    courier = client_for(UserFactory(courier=True))
    assert courier.get(url("export")).status_code == 404


def test_the_office_brings_for_each_business(kitchen, client_for):
    office = client_for(kitchen.office)
    office.post(url("import-create"), upload(write_table([ROW])))
    office.post(url("import-finish", RuleImport.objects.get().pk))
    assert StandingOrder.objects.get().buyer == kitchen.restaurant


def test_only_forms_are_posted(odile, brought):
    assert odile.get(url("import-finish", brought.pk)).status_code == 405
    assert odile.post(url("export")).status_code == 405


# --- taking along ----------------------------------------------------------------------------------
def table(response) -> list[dict[str, str]]:
    text = response.content.decode().removeprefix("\ufeff")
    return list(csv.DictReader(StringIO(text)))


def test_what_is_exported_can_be_brought_again(kitchen, odile):
    size = ProductFactory(name="Pears", note="crate of 8 kg", unit="crate")
    kitchen.standing_order(
        at=timezone.now(),
        first_day=TOMORROW,
        name="=HYPERLINK(1)",
        windows=(WindowDraft(time(6, 30), 30, time(18), 60, 1), WindowDraft(time(17), 1440)),
        lines=((kitchen.tomatoes.pk, "1.5"), (size.pk, 2)),
        holiday_policy="before",
    )
    kitchen.standing_order(
        at=timezone.now(),
        first_day=TOMORROW,
        kind="delivery",
        name="Bread",
        lines=(),
        recipient="Paul; Ferrand | & Co",
        recipient_address_id=AddressFactory(instructions="Code\n“12”").pk,
        load="1 bag",
        weight_grams=2500,
        last_day=TOMORROW + timedelta(days=90),
    )
    Override.objects.bulk_create(
        Override(
            standing_order=StandingOrder.objects.get(name="Bread"),
            original_start=f"{TOMORROW + timedelta(days=n)}T06:30:00",
            action=action,
            new_start=new and f"{TOMORROW + timedelta(days=n)}T{new}",
            decided_at=timezone.now(),
        )
        for n, action, new in ((30, "cancel", ""), (31, "move", "09:00:00"))
    )
    first = odile.get(url("export"))
    assert first["Content-Disposition"].startswith('attachment; filename="standing-orders-')
    assert first["Cache-Control"] == "private, no-store"
    rows = table(first)
    assert [row["name"] for row in rows] == ["'=HYPERLINK(1)", "Bread"]
    assert rows[0]["goods"].startswith("1.5 Tomatoes @ Ferme des Trois Ormes | 2 Pears (crate of")

    StandingOrder.objects.update(state="ended")
    odile.post(url("import-create"), upload(first.content))
    imported = RuleImport.objects.get()
    page = odile.get(url("import-detail", imported.pk))
    assert [each.row.problems for each in page.context["rows"]] == [(), ()]
    odile.post(url("import-finish", imported.pk))
    assert table(odile.get(url("export"))) == rows


def test_only_one_s_own_are_exported(kitchen, client_for):
    kitchen.standing_order()
    stranger = client_for(MembershipFactory().user)
    assert table(stranger.get(url("export"))) == []


def test_the_export_takes_the_same_queries_for_one_and_ten(
    kitchen, odile, django_assert_max_num_queries
):
    kitchen.standing_order()
    odile.get(url("export"))
    with django_assert_max_num_queries(30) as one:
        odile.get(url("export"))
    for number in range(9):
        kitchen.standing_order(name=str(number))
    with django_assert_max_num_queries(len(one)):
        assert len(table(odile.get(url("export")))) == 10


@pytest.mark.parametrize(
    ("language", "names"),
    [("en", ["Tomatoes", "Bread for the school"]), ("fr", ["Tomates", "Pain pour l’école"])],
)
def test_the_example_brought_unchanged_can_be_made(kitchen, client_for, language, names):
    """In a co-op that says all in its own language, too."""
    kitchen.apples.delete()
    kitchen.tomatoes.name = names[0]
    kitchen.tomatoes.save()
    kitchen.restaurant.name = "=À la bonne heure"
    kitchen.restaurant.save()
    kitchen.odile.language = language
    kitchen.odile.save()
    odile = client_for(kitchen.odile)
    response = odile.get(url("example"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert [row["name"] for row in table(response)] == names
    odile.post(url("import-create"), upload(response.content))
    imported = RuleImport.objects.get()
    page = odile.get(url("import-detail", imported.pk))
    assert [each.row.problems for each in page.context["rows"]] == [(), ()]
    odile.post(url("import-finish", imported.pk))
    orders = StandingOrder.objects.order_by("pk")
    assert [(order.name, order.buyer) for order in orders] == [
        (name, kitchen.restaurant) for name in names
    ]
