"""The pages: they work, refuse wrong input in words, and hide what belongs to others."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dispatch.models import Delivery
from orders.models import Order
from recurring.models import Override, StandingOrder
from tests.factories import MembershipFactory, UserFactory
from tests.recurring.editing import TOMORROW, fields, same, url


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
        ({"windows-0-closes": "06:35"}, "Leave at least a quarter of an hour"),
        ({"ending": "day", "last_day": ""}, "Say on which day it ends"),
        ({"ending": "day", "last_day": "2020-01-01"}, "must not be before the first"),
    ],
)
def test_wrong_input_is_said_and_nothing_is_saved(kitchen, odile, changes, sentence):
    response = odile.post(url("rule-create"), fields(kitchen, **changes))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not StandingOrder.objects.exists()


def test_without_a_name_it_is_named_after_what_it_brings(kitchen, odile):
    odile.post(url("rule-create"), fields(kitchen, name="", **{f"quantity-{kitchen.apples.pk}": 1}))
    assert StandingOrder.objects.get().name == "Apples, Tomatoes"


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


def test_saving_asks_once_for_which_dates(kitchen, odile, daily):
    sent = same(kitchen, version=1, **{f"quantity-{kitchen.tomatoes.pk}": "14"})
    question = odile.post(url("rule-edit", daily.pk), sent)
    page = question.content.decode()
    assert question.status_code == 200
    assert "For which dates?" in page
    assert "Tomatoes: 12 kg → 14 kg" in page
    assert 'value="this"' in page
    daily.refresh_from_db()
    assert (daily.version, daily.versions.count()) == (1, 1)  # asked, nothing done


def test_the_question_says_what_hands_have_decided_and_stays(kitchen, odile, daily):
    day = TOMORROW.date() + timedelta(days=30)
    original = f"{day}T06:30:00"
    amounts = {f"amount-{kitchen.tomatoes.pk}": "3", f"amount-{kitchen.apples.pk}": "1"}
    odile.post(url("date-change", daily.pk, original), {"version": 1, "note": "", **amounts})
    sent = same(kitchen, version=2, **{f"quantity-{kitchen.tomatoes.pk}": "14"})
    page = odile.post(url("rule-edit", daily.pk), sent).content.decode()
    assert "1 changed by hand stays" in page
    for pause, is_named in ((day, True), (day + timedelta(days=1), False)):
        sent = {"from_day": pause, "to_day": pause, "version": 2, "reason": ""}
        asked = odile.post(url("rule-pause", daily.pk), sent).content.decode()
        assert ("1 changed by hand stays" in asked) is is_named


def test_an_edit_of_all_dates_changes_orders_that_are_not_closed(kitchen, odile, daily):
    sent = fields(kitchen, version=1, scope="all", **{f"quantity-{kitchen.tomatoes.pk}": "14"})
    assert odile.post(url("rule-edit", daily.pk), sent).status_code == 302
    last = daily.occurrences.filter(state="generated").latest("starts_at").order
    assert [line.quantity for part in last.parts.all() for line in part.lines.all()] == [14]


def test_an_edit_of_one_date_leaves_the_rule_alone(kitchen, odile, daily):
    day = daily.occurrences.filter(state="generated").order_by("starts_at")[5].original_start
    lines = {f"quantity-{kitchen.tomatoes.pk}": "20", f"quantity-{kitchen.apples.pk}": "2"}
    sent = same(kitchen, version=1, scope="this", original=day, **lines)
    assert odile.post(url("rule-edit", daily.pk), sent).status_code == 302
    assert daily.versions.count() == 1
    assert Override.objects.get().original_start == day


def test_what_says_more_than_one_date_can_is_not_saved_for_one(kitchen, odile, daily):
    day = daily.occurrences.filter(state="generated").order_by("starts_at")[5].original_start
    sent = same(kitchen, version=1, scope="this", original=day, weekdays=[1])
    response = odile.post(url("rule-edit", daily.pk), sent)
    assert response.status_code == 422
    assert "open it in the calendar and move it" in response.content.decode()


def test_one_date_has_what_it_can_of_a_wider_edit_and_says_what_not(kitchen, odile, daily):
    day = daily.occurrences.filter(state="generated").order_by("starts_at")[5].original_start
    edit = {
        "name": "Sauce",
        "weekdays": [1],
        "windows-0-opens": "07:00",
        "windows-0-closes": "07:30",
        "windows-0-pickup": "0",
        "windows-0-pickup_opens": "05:00",
        "windows-0-pickup_closes": "06:00",
        f"quantity-{kitchen.tomatoes.pk}": "20",
    }
    sent = same(kitchen, version=1, date=day, **edit)
    question = odile.post(url("rule-edit", daily.pk), sent).content.decode()
    assert 'value="this"' in question
    left = "the name and the days on which it comes"  # one date can have a pick-up of its own
    assert f"Not for one date alone: {left}. That stays as it is." in question

    done = odile.post(url("rule-edit", daily.pk), sent | {"scope": "this", "original": day})
    daily.refresh_from_db()
    override = Override.objects.get()
    assert done.status_code == 302
    assert (daily.name, daily.versions.count()) == ("Tomatoes and apples", 1)
    assert override.new_start == f"{day[:10]}T07:00:00"
    assert dict(override.lines)[kitchen.tomatoes.pk] == "20"


def test_a_date_of_several_windows_keeps_to_its_own(kitchen, odile):
    twice = {
        "windows-TOTAL_FORMS": 2,
        "windows-1-opens": "15:00",
        "windows-1-closes": "16:00",
        "windows-1-pickup": "before",
    }
    odile.post(url("rule-create"), fields(kitchen, **twice))
    rule = StandingOrder.objects.get()
    day = f"{TOMORROW.date() + timedelta(days=20)}T15:00:00"
    later = {**twice, "windows-1-opens": "16:00", "windows-1-closes": "17:00"}
    sent = fields(kitchen, version=1, scope="this", original=day, **later)
    assert odile.post(url("rule-edit", rule.pk), sent).status_code == 302
    override = Override.objects.get()
    assert (override.original_start, override.new_start[11:16]) == (day, "16:00")


def test_this_and_following_begins_at_the_date(kitchen, odile, daily):
    day = daily.occurrences.filter(state="generated").order_by("starts_at")[8].original_start
    sent = fields(kitchen, version=1, scope="following", original=day, weekdays=[1])
    odile.post(url("rule-edit", daily.pk), sent)
    assert daily.versions.get(number=2).valid_from == f"{day[:10]}T00:00:00"
    assert daily.occurrences.filter(state="generated", original_start__lt=day).count() >= 7


def test_a_new_name_asks_for_no_dates(kitchen, odile):
    rule = kitchen.standing_order(
        at=timezone.now(), first_day=TOMORROW.date(), weekdays=[TOMORROW.isoweekday()]
    )
    sent = same(kitchen, version=1, name="Sauce", weekdays=[TOMORROW.isoweekday()], holidays="skip")
    assert odile.post(url("rule-edit", rule.pk), sent).status_code == 302
    rule.refresh_from_db()
    assert rule.name == "Sauce"


def test_a_stale_page_shows_what_happened_and_keeps_what_was_said(kitchen, odile, daily):
    other = fields(kitchen, version=1, scope="all", name="Ada’s list")
    assert odile.post(url("rule-edit", daily.pk), other).status_code == 302
    late = odile.post(url("rule-edit", daily.pk), fields(kitchen, version=1, name="Bo’s list"))
    page = late.content.decode()
    assert late.status_code == 409
    assert "while you had it open" in page
    assert "Ada’s list" in page  # the newer state
    assert 'value="Bo’s list"' in page  # what the person said
    assert '<input type="hidden" name="version" value="2"' in page
    daily.refresh_from_db()
    assert daily.name == "Ada’s list"


def test_the_page_shows_what_is_made(odile, daily):
    page = odile.get(url("rule-detail", daily.pk)).content.decode()
    assert page.count('data-date="made"') >= 12


@pytest.mark.parametrize(
    "name", ["rule-detail", "rule-edit", "rule-pause", "rule-resume", "rule-end", "date-add"]
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
    for number in range(29):
        kitchen.standing_order(at=timezone.now(), name=str(number), first_day=TOMORROW.date())
    with django_assert_max_num_queries(len(one)):
        page = odile.get(url("rule-list")).content.decode()
    assert page.count("item__title") == 30


def test_the_list_is_searched_and_filtered(kitchen, odile, daily):
    assert "Nothing matches" in odile.get(url("rule-list"), {"q": "leeks"}).content.decode()
    assert (
        daily.name in odile.get(url("rule-list"), {"q": "toma", "state": "active"}).content.decode()
    )
    assert daily.name not in odile.get(url("rule-list"), {"state": "paused"}).content.decode()


def test_a_courier_has_no_standing_orders(db, client_for):
    assert client_for(UserFactory(courier=True)).get(url("rule-list")).status_code == 404


def test_a_past_order_opens_the_editor_filled_in(kitchen, odile, daily):
    order = daily.occurrences.filter(state="generated").earliest("starts_at").order
    page = odile.get(url("rule-create"), {"like": order.pk}).content.decode()
    assert f'value="{order.day + timedelta(weeks=1)}"' in page  # its own day has its order
    assert 'value="12"' in page  # kg of tomatoes
    assert 'value="Ring at the kitchen"' in page
    assert f'<option value="{kitchen.restaurant.pk}" selected>' in page
    assert page.count('data-date="planned"') >= 8  # the calendar follows at once


def test_nobody_repeats_the_order_of_another_business(client_for, daily):
    order = daily.occurrences.filter(state="generated").first().order
    stranger = client_for(MembershipFactory().user)
    assert stranger.get(url("rule-create"), {"like": order.pk}).status_code == 404


def test_an_order_leads_to_its_rule_and_back(odile, daily):
    made = daily.occurrences.filter(state="generated").order_by("starts_at")[5]
    back = f"{url('rule-detail', daily.pk)}?date={made.original_start}#date"
    assert (
        back in odile.get(reverse("ordering:order-detail", args=[made.order_id])).content.decode()
    )
    assert back in odile.get(reverse("ordering:order-list")).content.decode()
    panel = odile.get(url("date-detail", daily.pk, made.original_start)).content.decode()
    assert reverse("ordering:order-detail", args=[made.order_id]) in panel


def test_what_comes_by_itself_is_not_offered_again_as_last_week(odile, daily):
    order = daily.occurrences.filter(state="generated").earliest("starts_at").order
    Order.objects.filter(pk=order.pk).update(
        state="fulfilled", day=TOMORROW.date() - timedelta(days=7)
    )
    assert "As last week?" not in odile.get(reverse("ordering:home")).content.decode()
    Delivery.objects.filter(order=order).update(is_recurring=False)  # as if ordered by hand
    assert "As last week?" in odile.get(reverse("ordering:home")).content.decode()


def test_the_front_page_shows_the_next_dates_with_their_cut_off(odile, daily):
    page = odile.get(reverse("ordering:home")).content.decode()
    assert page.count("?date=") == 6
    assert "To change before" in page


def test_the_calendar_takes_the_same_queries_for_one_date_and_thirty(
    kitchen, odile, django_assert_max_num_queries
):
    last = TOMORROW.date()
    few = kitchen.standing_order(
        at=timezone.now(),
        first_day=TOMORROW.date(),
        weekdays=[TOMORROW.isoweekday()],
        last_day=last,
    )
    many = kitchen.standing_order(
        at=timezone.now(), first_day=TOMORROW.date(), weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    odile.get(url("rule-detail", few.pk))
    with django_assert_max_num_queries(60) as one:
        odile.get(url("rule-detail", few.pk))
    with django_assert_max_num_queries(len(one)):
        odile.get(url("rule-detail", many.pk))


def test_the_front_page_takes_the_same_queries_for_one_rule_and_ten(
    kitchen, odile, daily, django_assert_max_num_queries
):
    home = reverse("ordering:home")
    odile.get(home)
    with django_assert_max_num_queries(60) as one:
        odile.get(home)
    for number in range(9):
        kitchen.standing_order(at=timezone.now(), name=str(number), first_day=TOMORROW.date())
    with django_assert_max_num_queries(len(one)):
        odile.get(home)


@pytest.mark.parametrize("act", ["date-skip", "date-restore", "date-move", "date-change"])
def test_dates_of_another_business_are_not_found(client, client_for, daily, act):
    original = daily.occurrences.filter(state="generated").latest("starts_at").original_start
    address = url(act, daily.pk, original)
    assert client_for(MembershipFactory().user).post(address, {"version": 1}).status_code == 404
    assert client_for(daily.created_by).get(address).status_code == 405
    assert "/sign-in/" in client.post(address).url
    assert not Override.objects.exists()


def test_the_preview_shows_nothing_of_another_business(kitchen, client_for, daily):
    sent = fields(kitchen, order=daily.pk, version=1)
    assert client_for(MembershipFactory().user).post(url("rule-preview"), sent).status_code == 404
