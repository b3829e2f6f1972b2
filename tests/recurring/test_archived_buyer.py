"""A business in the archive: its standing orders rest, what is made stays, and they go on with it."""

from datetime import date, timedelta

import pytest

from accounts.services import archive_business, restore_business
from recurring.generation import generate
from recurring.totals import coming_totals
from tests.recurring.conftest import NOW
from tests.recurring.editing import url
from tests.recurring.life.conftest import coming

LATER = NOW + timedelta(days=7)


@pytest.fixture
def archived(kitchen):
    order = kitchen.standing_order()
    archive_business(business_id=kitchen.restaurant.pk, at=NOW)
    return order


def test_nothing_more_is_made_and_nothing_is_called_late(alpha, kitchen, archived, client_for):
    before = coming(archived)
    run = generate(alpha, at=LATER)
    assert (run.generated, run.missed, run.failed) == (0, 0, 0)
    assert coming(archived) == before
    office = client_for(kitchen.office)
    for state, names in (("ended", [archived.name]), ("late", []), ("active", [])):
        rows = office.get(url("rule-list"), {"state": state}).context["rows"]
        assert [row.order.name for row in rows] == names


def test_its_producers_plan_nothing_for_it(alpha, kitchen, archived):
    totals = coming_totals(kitchen.tomatoes.producer, alpha, at=LATER)
    assert sum(total.planned for total in totals) == 0
    assert sum(total.ordered for total in totals) == 24  # 1 and 4 December are made


def test_out_of_the_archive_it_goes_on_from_then(alpha, kitchen, archived):
    generate(alpha, at=LATER)
    restore_business(business_id=kitchen.restaurant.pk)
    assert generate(alpha, at=LATER).generated == 2
    last = archived.occurrences.latest("starts_at")
    assert last.starts_at.date() == date(2026, 12, 11)
    assert not archived.occurrences.filter(state="missed").exists()
