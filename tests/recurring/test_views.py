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
        "repeats": "week",
        "drawn": "week",
        "interval": 1,
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "windows-TOTAL_FORMS": 1,
        "windows-INITIAL_FORMS": 1,
        "windows-0-opens": "06:30",
        "windows-0-closes": "07:00",
        "windows-0-pickup": "before",
        "first_day": f"{TOMORROW:%Y-%m-%d}",
        "ending": "never",
        "holidays": "keep",
        f"quantity-{kitchen.tomatoes.pk}": "12",
        **changes,
    }


def same(kitchen, **changes: object) -> dict[str, object]:
    """What the form of `daily` says before anybody changes it."""
    said = {"name": "Tomatoes and apples", "note": "Ring at the kitchen"}
    lines = {f"quantity-{kitchen.tomatoes.pk}": "12", f"quantity-{kitchen.apples.pk}": "2"}
    return fields(kitchen, **{**said, **lines, **changes})


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
        ({"windows-0-closes": "06:35"}, "Leave at least a quarter of an hour"),
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
    sent = {"from_day": day, "to_day": day, "version": 2, "reason": ""}
    assert "changed by hand" not in odile.post(url("rule-pause", daily.pk), sent).content.decode()


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
    assert "says more than one date can" in response.content.decode()


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


def test_a_date_is_skipped_and_comes_back(odile, daily):
    row = daily.occurrences.filter(state="generated").order_by("starts_at")[5]
    panel = odile.get(url("date-detail", daily.pk, row.original_start))
    assert "To change before" in panel.content.decode()
    odile.post(url("date-skip", daily.pk, row.original_start), {"version": 1})
    row.refresh_from_db()
    assert (row.state, row.order.state) == ("cancelled", "cancelled")
    odile.post(url("date-restore", daily.pk, row.original_start), {"version": 2})
    row.refresh_from_db()
    assert (row.state, row.order.state) == ("generated", "new")
    assert not Override.objects.exists()


def test_a_date_is_moved_and_changed_by_hand(kitchen, odile, daily):
    row = daily.occurrences.filter(state="generated").order_by("starts_at")[5]
    day = row.original_start[:10]
    sent = {"version": 1, "day": day, "opens": "09:00", "closes": "10:00"}
    assert odile.post(url("date-move", daily.pk, row.original_start), sent).status_code == 302
    amounts = {f"amount-{kitchen.tomatoes.pk}": "3", f"amount-{kitchen.apples.pk}": "0"}
    sent = {"version": 2, "note": "Back door", **amounts}
    assert odile.post(url("date-change", daily.pk, row.original_start), sent).status_code == 302
    override = Override.objects.get()
    assert (override.new_start, override.minutes) == (f"{day}T09:00:00", 60)
    assert (override.lines, override.note) == ([[kitchen.tomatoes.pk, "3"]], "Back door")
    page = odile.get(url("rule-detail", daily.pk), {"date": row.original_start}).content.decode()
    assert "Decided by Odile Morel" in page


@pytest.mark.parametrize(
    ("act", "sent", "sentence"),
    [
        ("date-move", {"day": "", "opens": "09:00", "closes": "10:00"}, "This field is required."),
        ("date-move", {"day": "2020-01-01", "opens": "09:00", "closes": "10:00"}, "to come"),
        ("date-move", {"day": "2030-01-01", "opens": "09:00", "closes": "09:05"}, "quarter"),
        ("date-change", {"note": ""}, "Nothing would be left to deliver."),
    ],
)
def test_a_wrong_change_of_a_date_is_said(odile, daily, act, sent, sentence):
    row = daily.occurrences.filter(state="generated").order_by("starts_at")[5]
    response = odile.post(url(act, daily.pk, row.original_start), {"version": 1, **sent})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Override.objects.exists()


def test_a_date_is_added_by_hand(odile, daily):
    day = TOMORROW.date() + timedelta(days=4)
    sent = {"version": 1, "added_day": day, "added_opens": "15:00"}
    assert odile.post(url("date-add", daily.pk), sent).status_code == 302
    assert daily.occurrences.get(original_start=f"{day}T15:00:00").state == "generated"
    again = odile.post(url("date-add", daily.pk), {**sent, "version": 2})
    assert again.status_code == 409
    assert "a delivery at this time already" in again.content.decode()


def test_an_address_that_is_no_date_is_not_found(odile, daily):
    assert odile.post(url("date-skip", daily.pk, "soon"), {"version": 1}).status_code == 404
    assert odile.get(url("date-detail", daily.pk, "2020-01-01T06:30:00")).status_code == 404


def test_a_pause_says_what_it_does_then_does_it_and_resuming_too(odile, daily):
    day = TOMORROW.date() + timedelta(days=5)
    sent = {"from_day": day, "to_day": day, "version": 1, "reason": "Rest"}
    question = odile.post(url("rule-pause", daily.pk), sent).content.decode()
    assert "1 order is cancelled" in question
    assert "Pause 1 date" in question
    assert not daily.pauses.exists()
    odile.post(url("rule-pause", daily.pk), {**sent, "confirmed": "yes", "made": "cancel"})
    row = daily.occurrences.get(original_start__startswith=str(day))
    assert (row.state, row.reason) == ("cancelled", "paused")
    question = odile.post(url("rule-resume", daily.pk), {"version": 2}).content.decode()
    assert "1 cancelled order comes back" in question
    odile.post(url("rule-resume", daily.pk), {"version": 2, "confirmed": "yes"})
    row.refresh_from_db()
    assert row.state == "generated"


def test_a_pause_keeps_orders_when_asked(odile, daily):
    day = TOMORROW.date() + timedelta(days=5)
    sent = {"from_day": day, "to_day": day, "version": 1, "confirmed": "yes", "made": "keep"}
    odile.post(url("rule-pause", daily.pk), sent)
    assert daily.occurrences.get(original_start__startswith=str(day)).state == "generated"


def test_a_pause_that_ends_before_it_begins_is_refused(odile, daily):
    sent = {"from_day": "2027-02-02", "to_day": "2027-02-01", "version": 1}
    response = odile.post(url("rule-pause", daily.pk), sent)
    assert response.status_code == 422
    assert "must not be before the first" in response.content.decode()
    assert not daily.pauses.exists()


def test_the_end_keeps_the_past_and_cancels_the_rest(odile, daily):
    last = TOMORROW.date() + timedelta(days=3)
    sent = {"last_day": last, "version": 1}
    assert "are cancelled" in odile.post(url("rule-end", daily.pk), sent).content.decode()
    odile.post(url("rule-end", daily.pk), {**sent, "confirmed": "yes", "made": "cancel"})
    kept = daily.occurrences.filter(state="generated").order_by("original_start").last()
    assert kept.original_start.startswith(str(last))
    assert daily.occurrences.filter(state="generated", original_start__gt=f"{last}T99").count() == 0


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
    order = daily.occurrences.filter(state="generated").first().order
    page = odile.get(url("rule-create"), {"like": order.pk}).content.decode()
    assert 'value="12"' in page  # kg of tomatoes
    assert 'value="Ring at the kitchen"' in page
    assert f'<option value="{kitchen.restaurant.pk}" selected>' in page
    assert page.count('data-date="planned"') >= 10  # the calendar follows at once


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
