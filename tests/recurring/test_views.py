"""The pages: they work, refuse wrong input in words, and hide what belongs to others."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from recurring.models import Override, StandingOrder
from tests.factories import MembershipFactory, UserFactory

TOMORROW = timezone.now() + timedelta(days=1)


def url(name: str, *args: object) -> str:
    return reverse(f"recurring:{name}", args=args)


def fields(kitchen, **changes: object) -> dict[str, object]:
    return {
        "action_id": uuid.uuid4(),
        "kind": "supply",
        "buyer": kitchen.restaurant.pk,
        "name": "Tomatoes",
        "interval": 1,
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "start": "06:30",
        "end": "07:00",
        "first_day": f"{TOMORROW:%Y-%m-%d}",
        "ending": "never",
        "holidays": "keep",
        f"quantity-{kitchen.tomatoes.pk}": "12",
        **changes,
    }


@pytest.fixture
def odile(kitchen, client_for):
    return client_for(kitchen.odile)


@pytest.fixture
def daily(kitchen) -> StandingOrder:
    return kitchen.standing_order(
        at=timezone.now(),
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        first_day=TOMORROW.date(),
        holiday_policy="keep",
    )


def test_a_restaurant_makes_a_standing_order(kitchen, odile):
    response = odile.post(url("rule-create"), fields(kitchen))
    order = StandingOrder.objects.get()
    assert response.url == url("rule-detail", order.pk)
    assert order.buyer == kitchen.restaurant
    assert order.versions.get().rrule == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"
    assert order.occurrences.filter(state="generated").count() >= 12


def test_the_same_form_sent_twice_makes_one(kitchen, odile):
    sent = fields(kitchen)
    first, second = (odile.post(url("rule-create"), sent) for _ in range(2))
    assert first.url == second.url
    assert StandingOrder.objects.count() == 1


def test_a_parcel_comes_again_by_the_same_code(kitchen, odile):
    parcel = {
        "kind": "delivery",
        "recipient": "Paul Ferrand",
        "street": "3, rue des Essais",
        "postal_code": "38000",
        "city": "Grenoble",
        "load": "2 boxes",
        "weight_kg": "4",
    }
    odile.post(url("rule-create"), fields(kitchen, **parcel))
    order = StandingOrder.objects.get()
    made = order.occurrences.filter(state="generated").first().order
    assert made.kind == "delivery"
    assert made.delivery.recipient_name == "Paul Ferrand"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weekdays": []}, "Choose at least one day of the week."),
        ({"first_day": "2020-01-01"}, "The first date must not be in the past."),
        ({"end": "06:35"}, "Leave at least a quarter of an hour"),
        ({"ending": "day", "last_day": ""}, "Say on which day it ends"),
        ({"ending": "day", "last_day": "2020-01-01"}, "must not be before the first"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_wrong_input_is_said_and_nothing_is_saved(kitchen, odile, changes, sentence):
    response = odile.post(url("rule-create"), fields(kitchen, **changes))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not StandingOrder.objects.exists()


def test_without_goods_nothing_is_saved(kitchen, odile):
    sent = fields(kitchen)
    del sent[f"quantity-{kitchen.tomatoes.pk}"]
    assert odile.post(url("rule-create"), sent).status_code == 422


def test_the_preview_shows_dates_words_and_price(kitchen, odile):
    response = odile.post(url("rule-preview"), fields(kitchen, weekdays=[2, 5]))
    page = response.content.decode()
    assert "2 deliveries a week, on Tuesday and Friday" in page
    assert page.count('data-date="planned"') >= 14
    assert "€" in page
    assert not StandingOrder.objects.exists()


def test_the_preview_of_a_change_keeps_what_is_made(kitchen, odile, daily):
    sent = fields(kitchen, order=daily.pk, weekdays=[2], version=1)
    page = odile.post(url("rule-preview"), sent).content.decode()
    assert "1 delivery a week, on Tuesday" in page
    assert page.count('data-date="made"') >= 12


def test_the_page_shows_what_is_made_and_a_stale_one_is_refused(kitchen, odile, daily):
    page = odile.get(url("rule-detail", daily.pk)).content.decode()
    assert page.count('data-date="made"') >= 12
    sent = fields(kitchen, version=daily.version)
    assert odile.post(url("rule-edit", daily.pk), sent).status_code == 302
    assert odile.post(url("rule-edit", daily.pk), sent).status_code == 409
    assert daily.versions.count() == 2


def test_a_date_is_skipped_and_comes_back(kitchen, odile, daily):
    row = daily.occurrences.filter(state="generated").order_by("starts_at")[5]
    panel = odile.get(url("date-detail", daily.pk, row.original_start))
    assert "Skip this date" in panel.content.decode()
    odile.post(url("date-skip", daily.pk, row.original_start), {"version": 1})
    row.refresh_from_db()
    assert (row.state, row.order.state) == ("cancelled", "cancelled")
    odile.post(url("date-restore", daily.pk, row.original_start), {"version": 2})
    row.refresh_from_db()
    assert (row.state, row.order.state) == ("generated", "new")
    assert not Override.objects.exists()


def test_an_address_that_is_no_date_is_not_found(odile, daily):
    assert odile.post(url("date-skip", daily.pk, "soon"), {"version": 1}).status_code == 404


def test_pause_cancels_what_is_made_when_asked_and_resume_makes_it_again(odile, daily):
    day = TOMORROW.date() + timedelta(days=5)
    sent = {"from_day": day, "to_day": day, "made": "cancel", "version": 1, "reason": "Rest"}
    odile.post(url("rule-pause", daily.pk), sent)
    row = daily.occurrences.get(original_start__startswith=str(day))
    assert (row.state, row.reason) == ("cancelled", "paused")
    odile.post(url("rule-resume", daily.pk), {"version": 2})
    row.refresh_from_db()
    assert row.state == "generated"


def test_a_pause_that_ends_before_it_begins_is_refused(odile, daily):
    sent = {"from_day": "2027-02-02", "to_day": "2027-02-01", "made": "keep", "version": 1}
    assert odile.post(url("rule-pause", daily.pk), sent).status_code == 422
    assert not daily.pauses.exists()


def test_the_end_keeps_the_past_and_cancels_the_rest(odile, daily):
    last = TOMORROW.date() + timedelta(days=3)
    odile.post(url("rule-end", daily.pk), {"last_day": last, "made": "cancel", "version": 1})
    kept = daily.occurrences.filter(state="generated").order_by("original_start").last()
    assert kept.original_start.startswith(str(last))
    assert daily.occurrences.filter(state="generated", original_start__gt=f"{last}T99").count() == 0


@pytest.mark.parametrize(
    "name", ["rule-detail", "rule-edit", "rule-pause", "rule-resume", "rule-end"]
)
def test_another_business_does_not_find_it(client_for, daily, name):
    stranger = client_for(MembershipFactory().user)
    method = stranger.get if name == "rule-detail" else stranger.post
    assert method(url(name, daily.pk)).status_code == 404
    daily.refresh_from_db()
    assert daily.version == 1


def test_another_business_is_not_ordered_for(kitchen, client_for):
    stranger = client_for(MembershipFactory().user)
    assert stranger.post(url("rule-create"), fields(kitchen)).status_code == 422
    assert not StandingOrder.objects.exists()


def test_only_the_office_sees_generation(kitchen, odile, client_for, daily):
    assert odile.get(url("generation")).status_code == 404
    page = client_for(kitchen.office).get(url("generation"))
    assert daily.name in page.content.decode()


def test_signed_out_people_are_sent_to_the_gate(client, daily):
    assert "/sign-in/" in client.get(url("rule-detail", daily.pk)).url


def test_the_list_takes_the_same_queries_for_one_and_thirty(
    kitchen, odile, daily, django_assert_max_num_queries
):
    with django_assert_max_num_queries(40) as one:
        odile.get(url("rule-list"))
    for number in range(12):
        kitchen.standing_order(at=timezone.now(), name=str(number), first_day=TOMORROW.date())
    with django_assert_max_num_queries(len(one)):
        page = odile.get(url("rule-list")).content.decode()
    assert page.count("item__title") == 13


def test_the_list_is_searched_and_filtered(kitchen, odile, daily):
    assert "Nothing matches" in odile.get(url("rule-list"), {"q": "leeks"}).content.decode()
    assert (
        daily.name in odile.get(url("rule-list"), {"q": "toma", "state": "active"}).content.decode()
    )
    assert daily.name not in odile.get(url("rule-list"), {"state": "paused"}).content.decode()


def test_a_courier_has_no_standing_orders(db, client_for):
    assert client_for(UserFactory(courier=True)).get(url("rule-list")).status_code == 404
