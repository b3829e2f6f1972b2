"""The administrator's month: its figures, its columns, and what waits."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Address
from dispatch.models import Tour
from recurring.overview.numbers import DayCount, Stretch, by_day, figures, hours
from recurring.overview.plot import BASE, plot
from recurring.overview.waiting import waiting
from tests.clock import local_today
from tests.factories import (
    TUESDAY,
    BusinessFactory,
    DeliveryFactory,
    ShiftFactory,
    TaskFactory,
    UserFactory,
)

DAY = TUESDAY.date()
MONTH = Stretch.of_month(DAY, DAY)


def url(**query):
    return reverse("overview:month", query=query)


@pytest.mark.parametrize(
    ("day", "today", "first", "last"),
    [
        (date(2026, 11, 3), date(2026, 11, 24), date(2026, 11, 1), date(2026, 11, 24)),
        (date(2026, 2, 9), date(2026, 11, 24), date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 1)),
    ],
)
def test_a_month_goes_as_far_as_it_has_come(day, today, first, last):
    assert Stretch.of_month(day, today) == Stretch(first, last)


def test_a_month_is_compared_with_the_same_days_of_the_one_before():
    assert Stretch(date(2026, 11, 1), date(2026, 11, 24)).before == (
        Stretch(date(2026, 10, 1), date(2026, 10, 24))
    )
    assert Stretch(date(2026, 3, 1), date(2026, 3, 31)).before == (
        Stretch(date(2026, 2, 1), date(2026, 2, 28))
    )


@pytest.mark.django_db
def test_deliveries_are_counted_in_time_late_and_standing():
    TaskFactory(done=True)
    TaskFactory(done=True, finished_at=TUESDAY + timedelta(hours=3))
    TaskFactory(done=True, delivery=DeliveryFactory(is_recurring=True))
    TaskFactory(done=True, pickup=True)
    TaskFactory(failed=True)
    TaskFactory()
    TaskFactory(done=True, day=DAY - timedelta(days=40))

    counted = figures(MONTH)

    assert (counted.made, counted.late, counted.standing) == (3, 1, 1)
    assert by_day(MONTH) == [DayCount(DAY, 3, 1)]


@pytest.mark.django_db
def test_hours_run_from_the_first_start_to_the_last_stop_of_a_day():
    shift = ShiftFactory()  # six hours
    tour = Tour.objects.create(courier=shift.courier, day=DAY)
    for position, hour in enumerate((1, 3)):
        TaskFactory(
            done=True, tour=tour, position=position, finished_at=TUESDAY + timedelta(hours=hour)
        )

    (rode,) = hours(MONTH)

    assert (rode.name, rode.ridden, rode.planned) == (shift.courier.user.name, 3, 6)


def test_columns_stand_on_the_base_with_the_late_ones_on_top():
    days = Stretch(date(2026, 11, 1), date(2026, 11, 3))
    counts = [DayCount(date(2026, 11, 2), 4, 1), DayCount(date(2026, 11, 3), 2, 0)]

    drawn = plot(days, counts, [DayCount(date(2026, 10, 2), 3, 0)])

    sunday, monday, tuesday = drawn.columns
    assert (sunday.made, sunday.height) == (0, 0)
    assert monday.in_time_top + monday.height == BASE
    assert monday.late_height * 3 == monday.height
    assert monday.height + monday.late_height == 2 * tuesday.height
    assert [number for number, _height in drawn.ticks] == [0, 1, 2, 3, 4]
    assert tuesday.top > drawn.average > monday.top


@pytest.mark.django_db
def test_what_waits_leads_to_where_it_is_settled():
    place = Address.objects.create(
        street="9 rue Brocherie",
        city="Grenoble",
        country="FR",
        latitude=45,
        longitude=5,
        is_approximate=True,
    )
    business = BusinessFactory(name="Chez Odile", address=place)
    TaskFactory(place="Mercato")

    lines = {line.title: (line.note, line.url) for line in waiting(DAY, TUESDAY)}

    assert lines == {
        "1 stop of today has no courier": ("Mercato", reverse("board:day")),
        "1 address has no sure place on the map": (
            "Chez Odile",
            reverse("accounts:business-edit", args=[business.pk]),
        ),
    }


@pytest.mark.django_db
def test_an_empty_month_says_so_and_a_wrong_one_is_this_one(client_for):
    browser = client_for(UserFactory(administrator=True))

    for asked in ({}, {"month": "2026-13"}, {"month": "9999-12"}, {"month": "x"}):
        page = browser.get(url(**asked))
        assert page.status_code == 200
        assert "Nothing has been delivered in these days." in page.text
        assert "Nobody has ridden in these days" in page.text


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 30])
def test_the_overview_asks_the_same_for_one_and_thirty(
    client_for, number, django_assert_num_queries
):
    browser = client_for(UserFactory(administrator=True))
    today = local_today()
    for _ in range(number):
        ShiftFactory(after=timezone.now() - timedelta(hours=1), before=timezone.now())
        TaskFactory(done=True, day=today)
        TaskFactory(day=today)
    browser.get(url())

    with django_assert_num_queries(26):
        browser.get(url())
