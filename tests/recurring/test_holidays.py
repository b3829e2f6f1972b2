"""Public holidays of countries and their parts, and what a newer library would change."""

from datetime import date

import pytest
from django.utils import translation

from recurring.calendars import work_calendar
from recurring.holiday_names import told_name
from recurring.holidays import Difference, difference, is_public_holiday, public_holidays
from recurring.models import HolidayDay
from tenants.models import Cooperative


@pytest.mark.parametrize("subdivision", ["57", "FR-57", "6AE", "67", "FR-68"])
def test_good_friday_and_st_stephen_only_in_alsace_and_moselle(subdivision):
    for day in (date(2026, 4, 3), date(2026, 12, 26)):
        assert is_public_holiday("FR", subdivision, day)
        assert not is_public_holiday("FR", "ARA", day)
        assert not is_public_holiday("FR", None, day)


@pytest.mark.parametrize(
    ("country", "subdivision", "day"),
    [
        ("FR", None, date(2026, 7, 14)),
        ("DE", "BY", date(2026, 1, 6)),
        ("IT", None, date(2026, 6, 2)),
        ("BE", None, date(2026, 7, 21)),
        ("NL", None, date(2026, 4, 27)),
        ("ES", "CT", date(2026, 9, 11)),
    ],
)
def test_each_country_of_the_federation_has_its_days(country, subdivision, day):
    assert is_public_holiday(country, subdivision, day)


def test_a_day_of_one_german_land_is_none_of_another():
    assert not is_public_holiday("DE", "BE", date(2026, 1, 6))


def test_the_working_day_before_and_a_country_we_do_not_know_are_no_holiday():
    assert not is_public_holiday("FR", None, date(2026, 7, 13))
    assert not is_public_holiday("XX", None, date(2026, 12, 25))


def test_an_unknown_region_has_its_countrys_days():
    assert public_holidays("FR", "nowhere", 2026) == public_holidays("FR", "", 2026)


def test_names_come_in_the_language_asked_for():
    assert public_holidays("FR", "", 2026, "fr")[date(2026, 7, 14)] == "Fête nationale"
    assert public_holidays("FR", "", 2026, "en")[date(2026, 7, 14)] == "National Day"


def test_what_a_newer_library_says_otherwise_is_shown_day_by_day():
    kept = {
        date(2027, 1, 1): "New Year",
        date(2027, 5, 8): "Victory Day",
        date(2027, 7, 14): "Bastille Day",
    }
    library = {
        date(2027, 1, 1): "New Year",
        date(2027, 3, 26): "Good Friday",
        date(2027, 7, 14): "National Day",
    }
    assert difference(kept, library) == Difference(
        added={date(2027, 3, 26): "Good Friday"},
        removed={date(2027, 5, 8): "Victory Day"},
        renamed={date(2027, 7, 14): ("Bastille Day", "National Day")},
    )


def test_no_difference_is_nothing_to_ask():
    days = public_holidays("FR", "57", 2026)
    assert not difference(days, dict(days))
    assert difference({}, days)


CHRISTMAS, INVENTORY = date(2027, 12, 25), date(2027, 11, 2)
YEAR = (date(2027, 1, 1), date(2027, 12, 31))


@pytest.mark.django_db
def test_a_local_closure_is_a_holiday_beside_the_years_copy(alpha):
    HolidayDay.objects.create(day=INVENTORY, name="Inventory", is_local=True)
    calendar = work_calendar(alpha, *YEAR)
    assert calendar.holidays[INVENTORY] == "Inventory"
    assert CHRISTMAS in calendar.holidays  # though the co-op had a day in that year already


@pytest.mark.django_db
def test_a_holiday_that_the_co_op_took_out_does_not_come_back(alpha):
    work_calendar(alpha, *YEAR)
    HolidayDay.objects.filter(day=CHRISTMAS).delete()
    assert CHRISTMAS not in work_calendar(alpha, *YEAR).holidays


def test_a_reader_finds_holidays_in_their_own_language():
    torino = Cooperative(country="IT", default_language="en")
    grenoble = Cooperative(country="FR", default_language="fr")
    unity = date(2026, 11, 1)

    with translation.override("fr"):
        assert (
            told_name(torino, date(2026, 12, 8), "Immaculate Conception") == "Immaculée Conception"
        )
        assert told_name(torino, unity, "All Saints' Day; National Unity Day") == (
            "Toussaint, Jour de l’Unité nationale"
        )
        assert told_name(torino, date(2026, 12, 8), "Our assembly") == "Our assembly"
    with translation.override("en"):
        assert told_name(torino, date(2026, 12, 25), "Christmas Day") == "Christmas Day"
        assert told_name(grenoble, date(2026, 12, 25), "Noël") == "Christmas Day"
