"""The page of couriers, vehicles and shifts."""

import pytest
from django.urls import reverse

from tests.factories import TUESDAY, CourierFactory, ShiftFactory, UserFactory, VehicleFactory


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_of_couriers_asks_the_same_for_one_and_thirty(
    db, client_for, count, django_assert_num_queries
):
    browser = client_for(UserFactory(dispatcher=True))
    for _ in range(count):
        ShiftFactory(courier=CourierFactory(vehicle=VehicleFactory()))
        UserFactory(courier=True)  # has the role, but no place on the board yet
    page = reverse("board:courier-list", query={"day": TUESDAY.date().isoformat()})
    browser.get(page)

    with django_assert_num_queries(10):
        assert browser.get(page).status_code == 200
