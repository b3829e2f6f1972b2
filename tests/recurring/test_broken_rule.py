"""A rule that cannot be read any more: what is done to others, and their pages, go on and say so."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business
from recurring import services
from recurring.models import RuleVersion, StandingOrder
from tests.factories import MembershipFactory
from tests.recurring.editing import TOMORROW, url


@pytest.fixture
def broken(daily) -> StandingOrder:
    RuleVersion.objects.filter(standing_order=daily).update(rrule="FREQ=HOURLY")
    return daily


@pytest.fixture
def whole(kitchen) -> StandingOrder:
    return kitchen.standing_order(
        at=timezone.now(),
        name="Whole",
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        first_day=TOMORROW.date(),
        holiday_policy="keep",
    )


@pytest.fixture
def office(kitchen, client_for):
    return client_for(kitchen.office)


@pytest.mark.parametrize("state", ["", "late"])
def test_the_list_says_what_is_wrong_with_it(office, broken, whole, state):
    rows = office.get(url("rule-list"), {"state": state}).context["rows"]
    (row,) = [row for row in rows if row.order == broken]
    assert (row.sentence, row.last_state) == ("Its rule cannot be read.", "failed")
    assert row.last_words.startswith("The finest rule is FREQ=DAILY")


def test_its_own_page_says_it_in_words(office, broken):
    page = office.get(url("rule-detail", broken.pk))
    assert page.status_code == 409
    assert "cannot be read" in page.content.decode()


def test_pages_of_its_people_go_on(kitchen, odile, client_for, broken, whole):
    assert "Whole" in odile.get(reverse("ordering:home")).content.decode()
    farm = Business.objects.get(name="Ferme des Trois Ormes")
    farmer = client_for(MembershipFactory(business=farm).user)
    assert "Tomatoes" in farmer.get(url("producer-weeks")).content.decode()


def test_one_act_for_many_leaves_it_as_it_is(kitchen, broken, whole):
    made = broken.occurrences.filter(state="generated").count()
    day = TOMORROW.date() + timedelta(days=5)
    services.close_day(day, "Inventory", actor=kitchen.office, at=timezone.now())
    found = services.pause_many(
        {broken.pk: 1, whole.pk: 1},
        from_day=day + timedelta(days=1),
        to_day=day + timedelta(days=1),
        reason="",
        cancels_made=True,
        actor=kitchen.office,
        at=timezone.now(),
    )
    assert len(found.of(whole.pk).cancelled) == 1
    assert not broken.pauses.exists()
    assert broken.occurrences.filter(state="generated").count() == made
