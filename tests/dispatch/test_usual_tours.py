"""Rounds that come again: named by the office, given to somebody in one act."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from dispatch import services
from dispatch.board.selectors import board_of
from dispatch.models import Delivery, Task, UsualTour
from tests.factories import TUESDAY, CourierFactory, TaskFactory, UserFactory

DAY = TUESDAY.date()
CREW = reverse("board:courier-list", urlconf="coopcycle.urls")
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client_for):
    return client_for(UserFactory(dispatcher=True))


def create(office, **said):
    return office.post(reverse("board:tour-create"), {"name": "Morning, centre", **said})


def edit(office, tour: UsualTour, **said):
    url = reverse("board:tour-edit", args=[tour.pk])
    return office.post(url, {"name": tour.name, "courier": "", **said})


def test_a_tour_is_named_with_who_usually_rides_it(office):
    courier = CourierFactory()
    assert create(office, courier=courier.pk).status_code == 302
    tour = UsualTour.objects.get()
    assert (tour.name, tour.courier) == ("Morning, centre", courier)
    assert 'value="Morning, centre"' in office.get(CREW).content.decode()


def test_a_name_is_taken_once_and_free_again_when_put_away(office):
    create(office)
    response = create(office, name="morning, CENTRE")
    assert response.status_code == 422
    assert "There is a tour of this name already." in response.content.decode()
    tour = UsualTour.objects.get()
    office.post(reverse("board:tour-archive", args=[tour.pk]))
    assert create(office).status_code == 302
    assert UsualTour.objects.filter(archived_at=None).count() == 1


def test_the_database_keeps_names_apart():
    UsualTour.objects.create(name="Morning")
    with pytest.raises(IntegrityError, match="usual_tour_named_once"), transaction.atomic():
        UsualTour.objects.create(name="Morning")


def test_another_name_and_another_rider(office):
    create(office)
    tour, courier = UsualTour.objects.get(), CourierFactory()
    assert edit(office, tour, name="Hills", courier=courier.pk).status_code == 302
    tour.refresh_from_db()
    assert (tour.name, tour.courier) == ("Hills", courier)


def test_a_tour_needs_a_name(office):
    assert create(office, name="  ").status_code == 422
    assert not UsualTour.objects.exists()


def test_what_is_put_away_is_not_found_any_more(office):
    create(office)
    tour = UsualTour.objects.get()
    office.post(reverse("board:tour-archive", args=[tour.pk]))
    assert edit(office, tour, name="Hills").status_code == 404
    assert tour.name not in office.get(CREW).content.decode().partition("usual-tours")[2]


def test_only_the_office_settles_tours(client_for):
    tour = UsualTour.objects.create(name="Morning")
    browser = client_for(UserFactory(courier=True))
    assert create(browser, name="Mine").status_code == 404
    assert edit(browser, tour, name="Mine").status_code == 404
    assert list(UsualTour.objects.values_list("name", flat=True)) == ["Morning"]


def test_another_co_op_does_not_find_it(client_for, beta, in_coop):
    tour = UsualTour.objects.create(name="Morning")
    with in_coop(beta):
        theirs = UserFactory(dispatcher=True)
    browser = client_for(theirs, beta)
    assert edit(browser, tour, name="Ours").status_code == 404
    tour.refresh_from_db()
    assert tour.name == "Morning"


def test_another_method_is_refused(office):
    assert office.get(reverse("board:tour-create")).status_code == 405


def test_the_board_bundles_what_waits_of_a_tour(office):
    tour = UsualTour.objects.create(name="Morning, centre")
    stops = [TaskFactory(), TaskFactory()]
    TaskFactory()
    deliveries = Delivery.objects.filter(tasks__in=stops)
    services.put_on_usual_tour([each.pk for each in deliveries], tour_id=tour.pk)
    [bundle] = board_of(DAY, at=TUESDAY).bundles
    assert (bundle.name, bundle.waiting) == ("Morning, centre", 2)
    page = office.get(reverse("board:day"), {"day": f"{DAY:%F}"}).content.decode()
    assert f'data-assign-tour="{tour.pk}"' in page
    assert page.count(f'data-usual-tour="{tour.pk}"') == 2
    services.assign(
        {stop.pk: 1 for stop in stops}, courier_id=CourierFactory().pk, actor=None, at=TUESDAY
    )
    assert board_of(DAY, at=TUESDAY).bundles == []


class TestGivingAwayWithoutScripts:
    """The form beside the button, as a browser without scripts sends it."""

    @pytest.fixture
    def tour(self, make_pair):
        tour = UsualTour.objects.create(name="Morning, centre")
        deliveries = {make_pair()[0].delivery_id, make_pair()[0].delivery_id}
        services.put_on_usual_tour(deliveries, tour_id=tour.pk)
        return tour

    def fields(self, page: str) -> dict[str, list[str]]:
        """What its form sends."""
        form = page.partition('<form class="bundle__form"')[2].partition("</form>")[0]
        found: dict[str, list[str]] = {}
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form):
            if name != "csrfmiddlewaretoken":
                found.setdefault(name, []).append(value)
        return found

    def send(self, browser, courier, **sent):
        return browser.post(reverse("board:operations"), {"courier": courier.pk, **sent})

    def board(self, office) -> str:
        return office.get(reverse("board:day"), {"day": f"{DAY:%F}"}).content.decode()

    def test_all_its_stops_go_to_whoever_is_chosen(self, office, tour):
        courier = CourierFactory(user__name="Ana Ferreira")
        page = self.board(office)
        assert f'<option value="{courier.pk}">Ana Ferreira</option>' in page
        sent = self.fields(page)
        assert {name: len(values) for name, values in sent.items()} == {"task": 4, "version": 4}
        response = self.send(office, courier, **sent)
        assert response.headers["Location"] == f"{reverse('board:day')}?day={DAY:%F}"
        assert set(Task.objects.values_list("tour__courier", flat=True)) == {courier.pk}
        assert board_of(DAY, at=TUESDAY).bundles == []

    def test_what_somebody_rides_of_its_deliveries_comes_along(self, office, tour):
        pickup = Task.objects.filter(kind="PICKUP").first()
        services.assign(
            {pickup.pk: 1}, courier_id=CourierFactory().pk, actor=None, at=TUESDAY, alone=True
        )
        courier, sent = CourierFactory(), self.fields(self.board(office))
        assert (len(sent["task"]), sent["along"]) == (3, [f"{pickup.pk}:2"])
        assert self.send(office, courier, **sent).status_code == 302
        assert set(Task.objects.values_list("tour__courier", flat=True)) == {courier.pk}

    def test_a_stop_that_has_changed_since_is_refused_and_nothing_moves(self, office, tour):
        sent = self.fields(self.board(office))
        Task.objects.filter(pk=sent["task"][0]).update(version=7)
        assert self.send(office, CourierFactory(), **sent).status_code == 409
        assert not Task.objects.filter(tour__isnull=False).exists()

    @pytest.mark.parametrize("along", ["12", "x:1", "1:2:3", ""])
    def test_what_cannot_be_read_is_refused(self, office, tour, along):
        sent = self.fields(self.board(office)) | {"along": [along]}
        assert self.send(office, CourierFactory(), **sent).status_code == 422

    def test_a_courier_and_somebody_who_only_looks_find_no_such_form(
        self, client_for, tour, office
    ):
        sent, courier = self.fields(self.board(office)), CourierFactory()
        looking = client_for(UserFactory(is_reader=True))
        assert 'class="bundle__form"' not in self.board(looking)
        for browser in (looking, client_for(courier.user)):
            assert self.send(browser, courier, **sent).status_code == 404
        assert not Task.objects.filter(tour__isnull=False).exists()

    def test_what_a_script_fetches_anew_brings_no_list_of_couriers(self, office, tour):
        page = office.get(reverse("board:columns"), {"day": f"{DAY:%F}"}).content.decode()
        assert f'data-assign-tour="{tour.pk}"' in page
        assert self.fields(page) == {}


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_asks_the_same_for_one_tour_and_thirty(office, count, django_assert_num_queries):
    for number in range(count):
        UsualTour.objects.create(name=f"Tour {number}", courier=CourierFactory())
    office.get(CREW)
    with django_assert_num_queries(10):
        office.get(CREW)
