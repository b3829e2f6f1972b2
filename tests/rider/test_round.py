"""The round of a day: what is next, what is behind, and how it ends."""

from datetime import timedelta

import pytest
from django.urls import reverse

from dispatch.models import Task
from dispatch.rider.selectors import minutes_late, round_of
from tests.clock import local_today
from tests.factories import TUESDAY, CourierFactory, TaskFactory, TourFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = f"?day={TUESDAY.date().isoformat()}"


@pytest.fixture
def tour():
    return TourFactory()


def stop(tour, position, **fields):
    return TaskFactory(tour=tour, position=position, **fields)


def test_the_started_stop_is_next_else_the_first_that_waits(tour):
    user = tour.courier.user
    stop(tour, 0, done=True)
    waiting, started = stop(tour, 1), stop(tour, 2, doing=True)

    ridden = round_of(user, tour.day)
    assert ridden.next_stop == started
    assert [len(ridden.stops), len(ridden.finished), len(ridden.open)] == [3, 1, 2]

    started.status = Task.Status.DONE
    started.finished_at = TUESDAY
    started.save()
    assert round_of(user, tour.day).next_stop == waiting


def test_a_cancelled_stop_is_not_ridden(tour):
    stop(tour, 0, status=Task.Status.CANCELLED)

    assert round_of(tour.courier.user, tour.day).stops == ()


def test_only_the_own_round_is_shown(client_for, tour):
    stop(tour, 0, place="Chez Odile")
    stop(TourFactory(), 0, place="Chez un autre")

    page = client_for(tour.courier.user).get(reverse("rider:day") + DAY).text

    assert "Chez Odile" in page
    assert "Chez un autre" not in page


def test_the_card_says_where_how_and_whom_to_call(client_for, tour):
    task = stop(tour, 0, phone="+33 4 76 00 00 01", instructions="Code 40B17", load="2 crates")

    page = client_for(tour.courier.user).get(reverse("rider:day") + DAY).text

    assert 'href="tel:+33476000001"' in page
    assert f'href="geo:{task.address.latitude}' in page
    assert "Code 40B17" in page
    assert "2 crates" in page
    assert "08:00–09:00" in page


def test_the_way_in_is_told_once(client_for, tour):
    task = stop(tour, 0, instructions="Through the yard")
    task.address.instructions = "Through the yard"
    task.address.save()

    page = client_for(tour.courier.user).get(reverse("rider:day") + DAY).text

    shown = page.partition("<template")[0]  # behind it are the cards for a phone without a network
    assert shown.count("Through the yard") == 1


def test_the_page_speaks_french(client_for, tour):
    stop(tour, 0)
    tour.courier.user.language = "fr"
    tour.courier.user.save()

    response = client_for(tour.courier.user).get(reverse("rider:day") + DAY)

    assert response["Content-Language"] == "fr"
    assert "8:00–9:00" in response.text


def test_a_day_ends_with_its_numbers(client_for, tour):
    stop(tour, 0, done=True)
    stop(tour, 1, failed=True)

    page = client_for(tour.courier.user).get(reverse("rider:day") + DAY).text

    assert "Your round is done" in page
    assert "1 of 2" in page


def test_an_empty_day_says_so_and_names_the_next_one(client_for):
    tour = TourFactory(day=local_today() + timedelta(days=1))
    stop(tour, 0)

    page = client_for(tour.courier.user).get(reverse("rider:day")).text

    assert "No stops for you" in page
    assert f"?day={tour.day.isoformat()}" in page


@pytest.mark.parametrize("asked", ["2026-13-45", "nonsense", "", "0001-01-01", "9999-12-31"])
def test_a_wrong_day_is_today(client_for, asked):
    response = client_for(CourierFactory().user).get(reverse("rider:day"), {"day": asked})

    assert response.status_code == 200


def test_lateness_counts_for_open_stops_only(tour):
    task = stop(tour, 0)

    assert minutes_late(task, task.before) == 0
    assert minutes_late(task, task.before + timedelta(minutes=8, seconds=59)) == 8
    task.status = Task.Status.DONE
    assert minutes_late(task, task.before + timedelta(hours=1)) == 0


def test_only_couriers_have_a_round(client_for, client):
    assert client_for(UserFactory(dispatcher=True)).get(reverse("rider:day")).status_code == 404
    assert client.get(reverse("rider:day")).status_code == 302
    assert client_for(CourierFactory().user).post(reverse("rider:day")).status_code == 405


def test_the_manifest_is_of_the_co_op(client, alpha):
    response = client.get(reverse("rider:manifest"))

    content = response.json()
    assert response["Content-Type"] == "application/manifest+json"
    assert alpha.name in content["name"]
    assert (content["theme_color"], content["start_url"]) == (alpha.colour, "/ride/")


@pytest.mark.parametrize("count", [1, 30])
def test_the_round_asks_the_same_for_one_and_thirty(
    client_for, tour, count, django_assert_num_queries
):
    for position in range(count):
        stop(tour, position)
    browser = client_for(tour.courier.user)
    browser.get(reverse("rider:day") + DAY)

    with django_assert_num_queries(8):
        browser.get(reverse("rider:day") + DAY)
