"""Standing orders that are ridden together: on a usual tour, and with whoever rides it."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from dispatch.models import Task, UsualTour
from recurring import services
from recurring.models import StandingOrder
from tests.factories import CourierFactory
from tests.recurring.conftest import NOW
from tests.recurring.editing import same, url
from tests.recurring.life.conftest import made, seen

FIRST = "2026-11-24T06:30:00"


@pytest.fixture
def tour(kitchen):
    return UsualTour.objects.create(name="Morning, centre")


def riders(order) -> set[object]:
    return {task.tour and task.tour.courier for task in made(order, FIRST).delivery.tasks.all()}


def test_orders_of_a_tour_wait_together_on_the_board(kitchen, tour):
    order = kitchen.standing_order(usual_tour_id=tour.pk)
    assert made(order, FIRST).delivery.usual_tour == tour
    assert riders(order) == {None}
    assert tour.deliveries.count() == 4


def test_whoever_usually_rides_the_tour_gets_them_at_once(kitchen, tour):
    tour.courier = CourierFactory()
    tour.save()
    order = kitchen.standing_order(usual_tour_id=tour.pk)
    assert riders(order) == {tour.courier}


def test_a_tour_put_away_still_names_its_stops_and_gives_them_to_nobody(kitchen, tour):
    tour.courier, tour.archived_at = CourierFactory(), NOW
    tour.save()
    order = kitchen.standing_order(usual_tour_id=tour.pk)
    assert made(order, FIRST).delivery.usual_tour == tour
    assert riders(order) == {None}


def test_another_tour_takes_orders_to_come_along_and_stands_in_the_history(kitchen, tour):
    order = kitchen.standing_order()
    services.edit_standing_order(
        replace(kitchen.draft(), usual_tour_id=tour.pk),
        **seen(order),
        actor=kitchen.office,
        at=NOW,
    )
    assert made(order, FIRST).delivery.usual_tour == tour
    change = {"what": "usual_tour", "before": None, "after": "Morning, centre"}
    assert order.events.first().changes == [change]
    assert Task.objects.filter(tour=None).count() == Task.objects.count()


def test_a_courier_and_a_tour_at_once_are_refused_by_the_database(kitchen, tour):
    order = kitchen.standing_order(usual_courier_id=CourierFactory().pk)
    with pytest.raises(IntegrityError, match="one_usual_way"), transaction.atomic():
        StandingOrder.objects.filter(pk=order.pk).update(usual_tour=tour)


def test_the_office_chooses_a_tour_in_the_editor(kitchen, daily, client_for, tour):
    browser = client_for(kitchen.office)
    page = browser.get(url("rule-detail", daily.pk)).content.decode()
    assert f'<option value="tour-{tour.pk}">Morning, centre</option>' in page
    sent = same(kitchen, version=1, usual_courier=f"tour-{tour.pk}", prices="live")
    assert browser.post(url("rule-edit", daily.pk), {**sent, "scope": "all"}).status_code == 302
    daily.refresh_from_db()
    assert (daily.usual_tour, daily.usual_courier) == (tour, None)
    page = browser.get(url("rule-detail", daily.pk)).content.decode()
    assert f'<option value="tour-{tour.pk}" selected>Morning, centre</option>' in page


def test_an_edit_keeps_a_tour_that_was_put_away(kitchen, daily, client_for, tour):
    StandingOrder.objects.filter(pk=daily.pk).update(usual_tour=tour)
    tour.archived_at = NOW
    tour.save()
    page = client_for(kitchen.office).get(url("rule-detail", daily.pk)).content.decode()
    assert f'<option value="tour-{tour.pk}" selected>Morning, centre</option>' in page


def test_what_is_no_tour_is_refused(kitchen, daily, client_for):
    sent = same(kitchen, version=1, usual_courier="tour-999999", prices="live", scope="all")
    assert client_for(kitchen.office).post(url("rule-edit", daily.pk), sent).status_code == 422
