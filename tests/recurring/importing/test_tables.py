"""Reading a table: what each cell means, and a sentence for whatever cannot be used."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from orders.models import Product
from recurring.importing import selectors
from recurring.importing.cells import Known
from recurring.importing.columns import NAMES
from recurring.importing.example import example_table
from recurring.importing.exporting import write_table
from recurring.importing.files import MOST_ROWS
from recurring.importing.models import RuleImport
from recurring.importing.tables import safe_cell, without_quote
from recurring.services import RuleLineDraft, WindowDraft
from tests.factories import MembershipFactory, ProductFactory
from tests.recurring.conftest import NOW

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
GOOD = {
    "name": "Fruit",
    "business": "Chez Odile",
    "kind": "goods",
    "rule": "TU FR",
    "first_date": "2026-12-01",
    "windows": "06:30-08:00",
    "goods": "12 Tomatoes @ Ferme des Trois Ormes",
}
PARCEL = {
    **GOOD,
    "kind": "parcel",
    "goods": "",
    "recipient": "Paul Ferrand",
    "street": "3, rue des Essais",
    "postal_code": "38000",
    "city": "Grenoble",
    "load": "1 bag",
    "weight_kg": "2.5",
}


@pytest.fixture
def known(kitchen, alpha):
    return selectors.known_to(kitchen.odile, alpha)


def read(known: Known, *rows, text: str = ""):
    imported = RuleImport(source="csv", text=(text or write_table(rows)).removeprefix("\ufeff"))
    return selectors.rows_of(imported, known, today=TODAY)


def test_a_row_of_goods(kitchen, known):
    (row,) = read(known, {**GOOD, "note": "Ring", "holidays": "before", "last_date": "2027-06-30"})
    draft = row.draft
    assert (row.line, row.name, row.buyer, row.problems) == (2, "Fruit", kitchen.restaurant, ())
    assert str(draft.rule) == "FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=20270630"
    assert draft.first_day == date(2026, 12, 1)
    assert draft.windows == (WindowDraft(time(6, 30), 90),)
    assert draft.lines == (RuleLineDraft(kitchen.tomatoes.pk, Decimal(12)),)
    assert (draft.note, draft.holiday_policy, draft.kind) == ("Ring", "before", "supply")


def test_a_row_of_a_parcel(known):
    (row,) = read(known, {**PARCEL, "phone": "+33 6 00", "access": "Code 12"})
    assert row.problems == ()
    assert (row.draft.recipient, row.draft.weight_grams) == ("Paul Ferrand", 2500)
    assert (row.place.street, row.place.instructions, row.place.pk) == (
        "3, rue des Essais",
        "Code 12",
        None,
    )


def test_several_windows_with_their_pickups(known):
    cells = {"windows": "06:30-08:00 | 23:00–01:00", "pickups": "18:00-19:00/1 |"}
    (row,) = read(known, {**GOOD, **cells})
    assert row.draft.windows == (
        WindowDraft(time(6, 30), 90, time(18), 60, 1),
        WindowDraft(time(23), 120),
    )


def test_single_dates(known):
    cells = {
        "skipped_dates": "2026-12-25T06:30 | 2026-12-29T06:30",
        "moved_dates": "2026-12-22T06:30>2026-12-23T07:00",
        "added_dates": "2026-12-30T11:00:00",
    }
    (row,) = read(known, {**GOOD, **cells})
    assert row.exceptions.skipped == {datetime(2026, 12, 25, 6, 30), datetime(2026, 12, 29, 6, 30)}
    assert row.exceptions.moved == {
        datetime(2026, 12, 22, 6, 30): (datetime(2026, 12, 23, 7), None)
    }
    assert row.exceptions.added == {datetime(2026, 12, 30, 11)}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_of_all_spreadsheets(known, separator):
    names = list(GOOD)
    text = "\r\n".join([separator.join(names), separator.join(GOOD.values()), ""])
    (row,) = read(known, text=text)
    assert row.problems == ()


def test_the_line_is_the_one_of_the_file(known):
    text = write_table([{**GOOD, "note": "two\nlines"}]) + "\r\n\r\n" + "Bread,,goods\r\n"
    first, second = read(known, text=text)
    assert (first.line, second.line) == (2, 6)
    assert [p.column for p in second.problems] == ["rule", "first_date", "windows"]


@pytest.mark.parametrize(
    ("changes", "column", "sentence"),
    [
        ({"name": ""}, "name", "Fill this in."),
        ({"name": "x" * 121}, "name", "Write at most 120 letters."),
        ({"business": "Elsewhere"}, "business", "No business of this name"),
        ({"kind": "food"}, "kind", "Write one of: goods, parcel."),
        ({"rule": "Tuesdays"}, "rule", "NAME=VALUE"),
        ({"rule": "FREQ=HOURLY"}, "rule", "FREQ=DAILY"),
        ({"rule": "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2"}, "rule", "never gives a date"),
        ({"rule": "FREQ=WEEKLY;COUNT=2", "last_date": "2027-01-01"}, "last_date", "an end already"),
        ({"first_date": "1.12.2026"}, "first_date", "Write the day as 2026-12-01."),
        ({"first_date": "0001-12-01"}, "first_date", "Write the day as 2026-12-01."),
        ({"first_date": "2026-12-01", "last_date": "2026-11-30"}, "rule", "ends before its first"),
        ({"first_date": "2020-01-01", "last_date": "2020-03-01"}, "rule", "coming year"),
        ({"windows": "half past six"}, "windows", "Write windows as 06:30-08:00"),
        ({"windows": "25:00-26:00"}, "windows", "Write windows as 06:30-08:00"),
        ({"windows": "06:30-06:35"}, "windows", "a quarter of an hour"),
        ({"windows": "06:30-07:00|06:30-08:00"}, "windows", "open at the same time"),
        ({"pickups": "07:00-08:00"}, "pickups", "picked up before it is delivered"),
        ({"pickups": "05:00-06:00|05:30-06:00"}, "pickups", "more pick-ups than windows"),
        ({"pickups": "early"}, "pickups", "Write pick-ups as"),
        ({"holidays": "perhaps"}, "holidays", "Write one of: skip, before, after, keep, ask."),
        ({"goods": ""}, "goods", "at least one product"),
        ({"goods": "Tomatoes"}, "goods", "Write products as 12 Tomatoes"),
        ({"goods": "1 Leeks"}, "goods", "“Leeks” is not offered."),
        ({"goods": "0 Tomatoes"}, "goods", "Write a quantity above 0"),
        ({"goods": "99999 Tomatoes"}, "goods", "at most 9999"),
        ({"goods": "1 Tomatoes | 2 Tomatoes"}, "goods", "each product once"),
        ({"skipped_dates": "Christmas"}, "skipped_dates", "Write dates as"),
        ({"moved_dates": "2026-12-22T06:30"}, "moved_dates", "Write moves as"),
        ({"added_dates": "2026-12-22T06:30Z"}, "added_dates", "Write dates as"),
    ],
)
def test_what_is_wrong_is_said_with_its_column(known, changes, column, sentence):
    (row,) = read(known, {**GOOD, **changes})
    assert not row.is_good
    assert [problem.column for problem in row.problems] == [column]
    assert sentence in row.problems[0].sentence


@pytest.mark.parametrize(
    ("changes", "column"),
    [({"street": ""}, "street"), ({"weight_kg": "heavy"}, "weight_kg"), ({"city": ""}, "city")],
)
def test_what_is_wrong_with_a_parcel(known, changes, column):
    (row,) = read(known, {**PARCEL, **changes})
    assert [problem.column for problem in row.problems] == [column]


def test_a_product_that_several_offer_needs_its_producer(kitchen, known, alpha):
    other = ProductFactory(name="Tomatoes", note="crate of 8 kg", unit="crate")
    known = selectors.known_to(kitchen.odile, alpha)
    (row,) = read(known, {**GOOD, "goods": "1 Tomatoes"})
    assert "offered by several" in row.problems[0].sentence
    cell = f"1 tomatoes (crate of 8 kg) @ {other.producer.name.upper()}"
    (row,) = read(known, {**GOOD, "goods": cell})
    assert row.draft.lines == (RuleLineDraft(other.pk, Decimal(1)),)
    (row,) = read(known, {**GOOD, "goods": cell.replace("1 ", "1.5 ", 1)})
    assert "ordered whole" in row.problems[0].sentence


def test_one_business_need_not_be_named(kitchen, known, alpha):
    assert read(known, {**GOOD, "business": ""})[0].buyer == kitchen.restaurant
    MembershipFactory(user=kitchen.odile)
    kitchen.odile = type(kitchen.odile).objects.get(pk=kitchen.odile.pk)
    (row,) = read(selectors.known_to(kitchen.odile, alpha), {**GOOD, "business": ""})
    assert [problem.column for problem in row.problems] == ["business"]


def test_staff_and_strangers_bring_nothing_for_a_business(kitchen, alpha):
    staff = MembershipFactory(business=kitchen.restaurant, staff=True).user
    (row,) = read(selectors.known_to(staff, alpha), GOOD)
    assert [problem.column for problem in row.problems] == ["business"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,kind\r\nFruit,goods\r\n", "These columns are missing"),
        ('name,kind\r\n"Fruit,goods\r\n', "Line 2 cannot be read"),
        ("\r\n \r\n", "This table is empty"),
        ("<html><body>no</body></html>", "These columns are missing"),
    ],
)
def test_what_is_no_such_table(known, text, sentence):
    with pytest.raises(ValidationError, match=sentence):
        read(known, text=text)


def test_too_many_rows_and_too_many_cells(known):
    with pytest.raises(ValidationError, match=f"{MOST_ROWS} rows"):
        read(known, *[GOOD] * (MOST_ROWS + 1))
    text = f"{','.join(GOOD)}\r\n{','.join(GOOD.values())},more\r\n"
    assert "more cells" in read(known, text=text)[0].problems[0].sentence


def test_a_cell_that_is_too_large_for_the_reader(known):
    with pytest.raises(ValidationError, match="Line 2 cannot be read"):
        read(known, text=f"{','.join(GOOD)}\r\n{'x' * 140_000}\r\n")


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@cmd", "\t=1", "\r=1"])
def test_no_cell_is_a_formula_and_it_comes_back(value):
    assert safe_cell(value) == f"'{value}"
    assert without_quote(safe_cell(value)) == value.strip()
    assert without_quote("'quoted'") == "'quoted'"


def test_the_example_names_only_what_a_cell_can_name(kitchen, alpha):
    kitchen.apples.delete()
    farm = kitchen.tomatoes.producer
    ProductFactory(name="A | b", producer=farm)
    ProductFactory(name="Plums", producer=farm)  # there are several of this name
    small = ProductFactory(name="Plums", note="small", producer=farm)
    known = selectors.known_to(kitchen.odile, alpha)
    text = example_table(known, today=TODAY)
    assert text.startswith("\ufeffname,business,")
    assert len(text.splitlines()[0].split(",")) == len(NAMES)
    goods, parcel = read(known, text=text)
    assert [line.product_id for line in goods.draft.lines] == [small.pk, kitchen.tomatoes.pk]
    assert (goods.problems, parcel.problems) == ((), ())


def test_where_nothing_is_offered_the_example_is_a_parcel(kitchen, alpha):
    Product.objects.update(archived_at=NOW)
    known = selectors.known_to(kitchen.odile, alpha)
    [parcel] = read(known, text=example_table(known, today=TODAY))
    assert (parcel.draft.kind, parcel.buyer, parcel.problems) == (
        "delivery",
        kitchen.restaurant,
        (),
    )


def test_without_a_business_the_example_has_a_made_up_one(alpha):
    known = Known(cooperative=alpha, buyers={}, products=[])
    [parcel] = read(known, text=example_table(known, today=TODAY))
    assert [problem.column for problem in parcel.problems] == ["business"]
