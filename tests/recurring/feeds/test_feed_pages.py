"""The page of a business's calendars, and what its secret addresses answer."""

import uuid
from datetime import timedelta

import icalendar
import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import SecurityEvent
from audit.recording import Kind
from recurring.feeds.models import CalendarFeed
from recurring.feeds.services import MOST_FEEDS, hash_secret
from tenants.context import in_cooperative
from tests.clock import local_today
from tests.factories import BusinessFactory, MembershipFactory, UserFactory
from tests.recurring.feeds.conftest import opened


@pytest.fixture
def odile(kitchen, client_for):
    return client_for(kitchen.odile)


@pytest.fixture
def order(kitchen):
    return kitchen.standing_order(at=timezone.now(), first_day=local_today() + timedelta(days=1))


def page(business, name="feed-list", *args) -> str:
    return reverse(f"feeds:{name}", args=[business.pk, *args])


def address(feed) -> str:
    return reverse("feeds:calendar", args=[feed.secret])


def sent(**changes):
    return {"name": "Kitchen’s phone", "action_id": uuid.uuid4(), **changes}


# --- the page --------------------------------------------------------------------------------------
def test_31_the_address_is_shown_once_and_only_its_hash_is_kept(kitchen, odile, client):
    response = odile.post(page(kitchen.restaurant), sent())
    shown = response.context["address"]
    secret = shown.rpartition("/")[2].removesuffix(".ics")
    feed = CalendarFeed.objects.get()
    assert len(secret) == 43  # 256 bits
    assert feed.secret_hash == hash_secret(secret)
    assert shown in response.content.decode()
    assert secret not in odile.get(page(kitchen.restaurant)).content.decode()
    assert response["Cache-Control"] == "private, no-store"
    assert client.get(reverse("feeds:calendar", args=[secret])).status_code == 200


def test_the_same_form_sent_twice_makes_one_address(kitchen, odile):
    form = sent()
    odile.post(page(kitchen.restaurant), form)
    again = odile.post(page(kitchen.restaurant), form)
    assert again.url == page(kitchen.restaurant)
    assert CalendarFeed.objects.count() == 1


def test_an_address_needs_a_name(kitchen, odile):
    assert odile.post(page(kitchen.restaurant), sent(name="")).status_code == 422
    assert not CalendarFeed.objects.exists()


def test_a_restaurant_cannot_ask_for_what_producers_see(kitchen, odile):
    odile.post(page(kitchen.restaurant), sent(content="prepares"))
    assert CalendarFeed.objects.get().content == "receives"


def test_a_producer_chooses_what_it_shows(kitchen, client_for):
    farm = kitchen.tomatoes.producer
    farmer = client_for(MembershipFactory(business=farm).user)
    assert farmer.post(page(farm), sent(content="everything")).status_code == 422
    farmer.post(page(farm), sent(content="prepares"))
    assert CalendarFeed.objects.get().content == "prepares"


def test_there_are_not_endlessly_many(kitchen, odile):
    for _number in range(MOST_FEEDS):
        opened(kitchen.restaurant, kitchen.odile)
    response = odile.post(page(kitchen.restaurant), sent())
    assert response.status_code == 409
    assert CalendarFeed.objects.count() == MOST_FEEDS


def test_31_a_renewed_address_replaces_the_old_one(kitchen, odile, client, feed):
    response = odile.post(page(kitchen.restaurant, "feed-renew", feed.pk))
    assert client.get(address(feed)).status_code == 404
    assert client.get(response.context["address"]).status_code == 200
    assert CalendarFeed.objects.count() == 1


def test_31_a_closed_address_opens_nothing_and_is_not_renewed(kitchen, odile, client, feed):
    odile.post(page(kitchen.restaurant, "feed-revoke", feed.pk))
    assert client.get(address(feed)).status_code == 404
    assert "None yet" in odile.get(page(kitchen.restaurant)).content.decode()
    assert odile.post(page(kitchen.restaurant, "feed-renew", feed.pk)).status_code == 409


@pytest.mark.parametrize("name", ["feed-renew", "feed-revoke"])
def test_acts_are_posted(kitchen, odile, feed, name):
    assert odile.get(page(kitchen.restaurant, name, feed.pk)).status_code == 405


@pytest.mark.parametrize("name", ["feed-list", "feed-renew", "feed-revoke"])
def test_another_business_does_not_find_the_page(kitchen, client_for, feed, name):
    stranger = client_for(MembershipFactory().user)
    args = [] if name == "feed-list" else [feed.pk]
    assert stranger.post(page(kitchen.restaurant, name, *args), sent()).status_code == 404
    feed.refresh_from_db()
    assert CalendarFeed.objects.count() == 1
    assert feed.revoked_at is None
    assert feed.secret_hash == hash_secret(feed.secret)


@pytest.mark.parametrize("name", ["feed-renew", "feed-revoke"])
def test_an_address_of_another_business_is_not_found_under_mine(client_for, feed, name):
    membership = MembershipFactory()
    stranger = client_for(membership.user)
    assert stranger.post(page(membership.business, name, feed.pk)).status_code == 404
    feed.refresh_from_db()
    assert feed.revoked_at is None


def test_couriers_and_strangers_have_no_calendars(kitchen, client, client_for):
    assert "/sign-in/" in client.get(page(kitchen.restaurant)).url
    rider = client_for(UserFactory(courier=True))
    assert rider.get(page(kitchen.restaurant)).status_code == 404
    assert rider.get(reverse("feeds:home")).status_code == 404


def test_the_office_makes_one_for_a_business(kitchen, client_for):
    office = client_for(kitchen.office)
    assert office.post(page(kitchen.restaurant), sent()).status_code == 200
    assert office.get(reverse("feeds:home")).url == reverse("accounts:business-list")
    archived = BusinessFactory(archived=True)
    assert office.get(page(archived)).status_code == 404


def test_47_each_new_secret_is_kept_as_a_way_out(kitchen, odile):
    odile.post(page(kitchen.restaurant), sent())
    odile.post(page(kitchen.restaurant, "feed-renew", CalendarFeed.objects.get().pk))
    events = SecurityEvent.objects.filter(kind=Kind.EXPORTED)
    assert {(event.user_id, event.details["business"]) for event in events} == {
        (kitchen.odile.pk, kitchen.restaurant.name)
    }
    assert events.count() == 2


def test_calendars_open_with_the_person_s_own_business(kitchen, odile):
    assert odile.get(reverse("feeds:home")).url == page(kitchen.restaurant)


def test_the_list_takes_the_same_queries_for_one_and_ten(
    kitchen, odile, feed, django_assert_num_queries
):
    odile.get(page(kitchen.restaurant))
    with django_assert_num_queries(6):
        odile.get(page(kitchen.restaurant))
    for _number in range(9):
        opened(kitchen.restaurant, kitchen.odile)
    with django_assert_num_queries(6):
        assert odile.get(page(kitchen.restaurant)).content.decode().count("Not read yet") == 10


# --- the calendar ----------------------------------------------------------------------------------
def test_a_program_reads_the_calendar_without_signing_in(client, feed, order):
    response = client.get(address(feed))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    calendar = icalendar.Calendar.from_ical(response.content)
    assert calendar["X-WR-CALNAME"] == "Chez Odile · Alpha"
    assert calendar.walk("VTIMEZONE")[0]["TZID"] == "Europe/Paris"
    assert "Delivery: Tomatoes and apples" in [e["SUMMARY"] for e in calendar.walk("VEVENT")]


def test_what_has_not_changed_is_not_sent_again(client, feed, order, kitchen):
    first = client.get(address(feed))
    same = client.get(address(feed), headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert same["Cache-Control"] == "private, no-cache"
    assert same["Referrer-Policy"] == "no-referrer"
    order.version += 1
    order.save()
    changed = client.get(address(feed), headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_wrong_and_foreign_addresses_are_a_plain_404(client, client_for, feed, beta):
    with in_cooperative(beta):
        elsewhere = client_for(cooperative=beta)
    wrong = client.get(reverse("feeds:calendar", args=["x" * 43]))
    foreign = elsewhere.get(address(feed))
    assert wrong.status_code == foreign.status_code == 404
    assert wrong.content == foreign.content == b"Not found\n"
    assert wrong["Cache-Control"] == "private, no-cache"


def test_the_hash_of_one_co_op_opens_nothing_in_another(client_for, feed, beta):
    """Even if somebody copied the row."""
    with in_cooperative(beta):
        member = MembershipFactory()
        CalendarFeed.objects.create(
            business=member.business,
            content="receives",
            name="Stolen",
            secret_hash=feed.secret_hash,
            created_at=timezone.now(),
            created_by=member.user,
        )
    assert client_for(cooperative=beta).get(address(feed)).status_code == 404


def test_only_reading_is_possible(client, feed):
    assert client.post(address(feed)).status_code == 405


@pytest.mark.parametrize("loss", ["seat", "account", "business"])
def test_an_address_closes_with_the_rights_of_its_maker(kitchen, client, feed, loss):
    assert client.get(address(feed)).status_code == 200
    if loss == "seat":
        kitchen.odile.memberships.all().delete()
    elif loss == "account":
        kitchen.odile.is_active = False
        kitchen.odile.save()
    else:
        kitchen.restaurant.archived_at = timezone.now()
        kitchen.restaurant.save()
    assert client.get(address(feed)).status_code == 404


def test_when_a_program_last_came_is_shown(kitchen, odile, client, feed):
    client.get(address(feed))
    first = CalendarFeed.objects.get().last_read_at
    client.get(address(feed))
    assert CalendarFeed.objects.get().last_read_at == first
    assert "Last read on" in odile.get(page(kitchen.restaurant)).content.decode()


def test_the_calendar_speaks_the_language_of_the_business(kitchen, client, feed, order):
    kitchen.restaurant.language = "fr"
    kitchen.restaurant.save()
    response = client.get(address(feed), headers={"Accept-Language": "en"})
    assert response["Content-Language"] == "fr"
    assert "SUMMARY:Livraison : Tomatoes and apples" in response.content.decode()


def test_the_calendar_takes_the_same_queries_for_one_and_twelve(
    kitchen, client, feed, order, django_assert_num_queries
):
    client.get(address(feed))
    with django_assert_num_queries(17):
        client.get(address(feed))
    for number in range(11):
        kitchen.standing_order(
            at=timezone.now(),
            name=str(number),
            first_day=local_today() + timedelta(days=1),
        )
    with django_assert_num_queries(17):
        response = client.get(address(feed))
    assert response.content.count(b"RRULE:") == 12
