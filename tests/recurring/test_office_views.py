"""What the office and producers do for many: bulk pause, the co-op's holidays, coming weeks."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business
from orders.catalog.models import Closure
from orders.ordering.drafts import LineDraft, OrderDraft
from orders.ordering.models import Order
from orders.ordering.services import place_order
from recurring.models import BulkPause, HolidayDay, Pause
from tests.clock import local_today
from tests.factories import MembershipFactory

TODAY = local_today()
SOON = TODAY + timedelta(days=7)
YES = {"confirmed": "yes"}


def url(name: str, *args: object) -> str:
    return reverse(f"recurring:{name}", args=args)


@pytest.fixture
def office(kitchen, client_for):
    return client_for(kitchen.office)


@pytest.fixture
def daily(kitchen):
    return kitchen.standing_order(
        at=timezone.now(),
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        first_day=TODAY + timedelta(days=1),
        holiday_policy="skip",
    )


def days(**more: object) -> dict[str, object]:
    return {"from_day": SOON, "to_day": SOON, "reason": "Fair", **more}


def test_a_bulk_pause_is_shown_done_and_undone(office, daily):
    shown = office.post(url("pause-many"), days()).content.decode()
    assert f'value="{daily.pk}:1" checked' in shown
    assert "1 order is cancelled" in shown
    assert not Pause.objects.exists()
    sent = days(confirmed="yes", made="cancel", seen=[f"{daily.pk}:1"])
    assert office.post(url("pause-many"), sent).status_code == 302
    row = daily.occurrences.get(original_start__startswith=str(SOON))
    assert row.state == "cancelled"
    bulk = BulkPause.objects.get()
    assert "Undo" in office.get(url("pause-many")).content.decode()
    asked = office.post(url("pause-many-undo", bulk.pk))
    assert "1 cancelled order comes back" in asked.content.decode()
    row.refresh_from_db()
    bulk.refresh_from_db()
    assert (row.state, bulk.undone_at) == ("cancelled", None)
    assert office.post(url("pause-many-undo", bulk.pk), YES).status_code == 302
    row.refresh_from_db()
    assert row.state == "generated"
    for sent in ({}, YES):  # somebody else was faster
        refused = office.post(url("pause-many-undo", bulk.pk), sent)
        assert refused.status_code == 409
        assert "This pause has been undone already." in refused.content.decode()


def test_a_bulk_pause_refuses_what_somebody_changed_meanwhile(office, daily):
    sent = days(confirmed="yes", made="cancel", seen=[f"{daily.pk}:0"])
    assert office.post(url("pause-many"), sent).status_code == 409
    assert not Pause.objects.exists()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"from_day": SOON, "to_day": ""}, "This is still missing."),
        ({"from_day": SOON, "to_day": TODAY}, "must not be before the first"),
        (days(confirmed="yes", seen=["x:y"]), "Choose at least one standing order."),
    ],
)
def test_a_bulk_pause_without_days_or_orders_is_asked_again(office, daily, sent, sentence):
    response = office.post(url("pause-many"), sent)
    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_a_local_closure_is_shown_then_moves_dates(office, daily):
    sent = {"day": SOON, "name": "Town fair"}
    assert "1 order is cancelled" in office.post(url("holiday-list"), sent).content.decode()
    assert not HolidayDay.objects.filter(day=SOON).exists()
    office.post(url("holiday-list"), {**sent, "confirmed": "yes"})
    row = daily.occurrences.get(original_start__startswith=str(SOON))
    assert (row.state, row.reason) == ("cancelled", "holiday")
    asked = office.post(url("holiday-open"), {"day": SOON}).content.decode()
    assert "1 cancelled order comes back" in asked
    assert HolidayDay.objects.filter(day=SOON).exists()
    office.post(url("holiday-open"), {"day": SOON, **YES})
    row.refresh_from_db()
    assert row.state == "generated"
    assert not HolidayDay.objects.filter(day=SOON).exists()
    for more in ({}, YES):
        refused = office.post(url("holiday-open"), {"day": SOON, **more})
        assert refused.status_code == 409
        assert "You ride on this day already." in refused.content.decode()


def test_a_public_holiday_can_be_worked(office):
    next_year = TODAY.year + 1
    christmas = date(next_year, 12, 25)
    office.get(url("holiday-year", next_year))
    asked = office.post(url("holiday-open"), {"day": christmas}).content.decode()
    assert "No date changes." in asked
    assert not HolidayDay.objects.get(day=christmas).is_worked
    office.post(url("holiday-open"), {"day": christmas, **YES})
    assert HolidayDay.objects.get(day=christmas).is_worked
    assert "you ride" in office.get(url("holiday-year", next_year)).content.decode()


@pytest.mark.parametrize(("answer", "is_kept"), [("apply", False), ("keep", True)])
def test_a_library_that_changed_its_mind_is_asked_about(office, answer, is_kept):
    year = TODAY.year + 1
    office.get(url("holiday-year", year))
    HolidayDay.objects.create(day=date(year, 3, 3), name="Day of the Bicycle")
    HolidayDay.objects.filter(day=date(year, 12, 25)).delete()
    page = office.get(url("holiday-year", year)).content.decode()
    assert "is no longer one: Day of the Bicycle" in page
    assert "is new:" in page
    office.post(url("holiday-settle", year), {"answer": answer})
    assert HolidayDay.objects.filter(name="Day of the Bicycle").exists() is is_kept
    assert HolidayDay.objects.get(day=date(year, 12, 25)).is_worked is is_kept
    assert "has changed since" not in office.get(url("holiday-year", year)).content.decode()


def test_years_nobody_plans_are_not_found(office):
    assert office.get(url("holiday-year", TODAY.year + 9)).status_code == 404
    assert office.post(url("holiday-open"), {"day": "soon"}).status_code == 404


@pytest.fixture
def farmer(kitchen, client_for):
    farm = Business.objects.get(name="Ferme des Trois Ormes")
    return client_for(MembershipFactory(business=farm).user)


def test_a_producer_sees_what_is_ordered_and_what_is_planned(farmer, daily):
    page = farmer.get(url("producer-weeks")).content.decode()
    assert page.count('class="sub"') >= 24
    assert "Tomatoes" in page
    assert "Apples" not in page  # somebody else's


def test_a_producer_closes_and_opens_again(farmer, kitchen, daily):
    farm = Business.objects.get(name="Ferme des Trois Ormes")
    address = url("producer-weeks-of", farm.pk)
    assert "1 order made already changes" in farmer.post(address, days()).content.decode()
    assert not Closure.objects.exists()
    farmer.post(address, days(confirmed="yes"))
    order = daily.occurrences.get(original_start__startswith=str(SOON)).order
    assert "Tomatoes" not in [line.name for line in open_lines(order)]
    closure = Closure.objects.get()
    asked = farmer.post(url("closure-remove", closure.pk)).content.decode()
    assert "1 order made already changes" in asked
    assert Closure.objects.exists()
    assert farmer.post(url("closure-remove", closure.pk), YES).status_code == 302
    assert not Closure.objects.exists()
    assert "Tomatoes" in [line.name for line in open_lines(order)]
    refused = farmer.post(url("closure-remove", closure.pk), YES)  # somebody was faster
    assert refused.status_code == 409
    assert "You are open on these days already." in refused.content.decode()


def open_lines(order):
    parts = order.parts.exclude(state="cancelled")
    return [line for part in parts for line in part.lines.all()]


def test_what_only_comes_when_a_producer_opens_again_is_said_before(farmer, kitchen):
    """Closed on the day of a standing order that wants nothing else: its date had no order."""
    farm = Business.objects.get(name="Ferme des Trois Ormes")
    farmer.post(url("producer-weeks-of", farm.pk), days(confirmed="yes"))
    order = kitchen.standing_order(
        at=timezone.now(),
        weekdays=[SOON.isoweekday()],
        first_day=SOON,
        holiday_policy="keep",
        lines=((kitchen.tomatoes.pk, Decimal(3)),),
    )
    assert not order.occurrences.filter(original_start__startswith=str(SOON), order=None).exclude(
        state="skipped"
    )
    closure = Closure.objects.get()
    asked = farmer.post(url("closure-remove", closure.pk)).content.decode()
    assert "1 order is made at once" in asked
    assert not order.occurrences.filter(original_start__startswith=str(SOON), state="generated")
    farmer.post(url("closure-remove", closure.pk), YES)
    assert order.occurrences.get(original_start__startswith=str(SOON)).state == "generated"


def test_a_closure_that_is_over_is_not_taken_back(farmer, kitchen):
    closure = Closure.objects.create(
        producer=Business.objects.get(name="Ferme des Trois Ormes"),
        from_day=TODAY - timedelta(days=5),
        to_day=TODAY - timedelta(days=2),
        created_at=timezone.now(),
    )
    for sent in ({}, YES):
        refused = farmer.post(url("closure-remove", closure.pk), sent)
        assert refused.status_code == 409
        assert "You are open on these days already." in refused.content.decode()
    closure.refresh_from_db()
    assert closure.to_day == TODAY - timedelta(days=2)


def test_who_gives_nothing_cannot_keep_what_is_ordered_from_it(farmer, kitchen):
    farm = Business.objects.get(name="Ferme des Trois Ormes")
    kitchen.standing_order(
        at=timezone.now(),
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        first_day=TODAY + timedelta(days=1),
        holiday_policy="keep",
        lines=((kitchen.tomatoes.pk, Decimal(3)),),
    )
    asked = farmer.post(url("producer-weeks-of", farm.pk), days()).content.decode()
    assert "1 order is cancelled" in asked
    assert 'name="made"' not in asked


@pytest.mark.parametrize(("answer", "state"), [("cancel", "cancelled"), ("keep", "generated")])
def test_a_day_off_keeps_what_is_made_when_asked(office, kitchen, answer, state):
    order = kitchen.standing_order(
        at=timezone.now(),
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        first_day=TODAY + timedelta(days=1),
        holiday_policy="skip",
    )
    made = order.occurrences.filter(state="generated").latest("starts_at")
    day = made.original_start[:10]
    sent = {"day": day, "name": "Inventory"}
    asked = office.post(url("holiday-list"), sent).content.decode()
    assert 'name="made" value="keep"' in asked
    office.post(url("holiday-list"), {**sent, "confirmed": "yes", "made": answer})
    made.refresh_from_db()
    assert made.state == state


@pytest.mark.parametrize("name", ["pause-many", "holiday-list", "producer-weeks"])
def test_restaurants_have_no_such_pages(kitchen, client_for, client, name):
    assert client_for(kitchen.odile).get(url(name)).status_code == 404
    assert "/sign-in/" in client.get(url(name)).url


def test_another_producer_does_not_reopen_it(kitchen, client_for, daily):
    farm = Business.objects.get(name="Ferme des Trois Ormes")
    closure = Closure.objects.create(
        producer=farm, from_day=SOON, to_day=SOON, created_at=timezone.now()
    )
    stranger = MembershipFactory(business__kind=Business.Kind.PRODUCER).user
    browser = client_for(stranger)
    assert browser.post(url("closure-remove", closure.pk)).status_code == 404
    foreign = browser.post(url("closure-remove", closure.pk), YES)
    nowhere = browser.post(url("closure-remove", closure.pk + 1), YES)
    assert (foreign.status_code, nowhere.status_code) == (409, 409)  # tells nothing of others
    assert browser.get(url("producer-weeks-of", farm.pk)).status_code == 404
    assert Closure.objects.exists()


def test_what_is_ordered_three_weeks_running_is_offered_as_a_standing_order(kitchen, client_for):
    odile = client_for(kitchen.odile)
    assert "weeks running" not in odile.get(url("rule-list")).content.decode()
    for weeks in range(3):
        order_by_hand(kitchen, TODAY - timedelta(weeks=weeks))
    page = odile.get(url("rule-list")).content.decode()
    assert "Chez Odile ordered the same 3 weeks running" in page
    assert f"?like={Order.objects.latest('day').pk}" in page
    business = reverse("accounts:business-detail", args=[kitchen.restaurant.pk])
    assert "3 weeks running" in odile.get(business).content.decode()


def order_by_hand(kitchen, day):
    after = datetime.combine(day, time(8), tzinfo=UTC)
    draft = OrderDraft(
        buyer_id=kitchen.restaurant.pk,
        kind="supply",
        after=after,
        before=after + timedelta(hours=1),
        lines=(LineDraft(kitchen.tomatoes.pk, Decimal(3)),),
    )
    return place_order(draft, actor=kitchen.odile, at=after - timedelta(days=2))


def test_a_producer_pauses_its_part_of_one_standing_order_and_gives_again(farmer, daily):
    farm = Business.objects.get(name="Ferme des Trois Ormes")
    sent = {"version": 1, "from_day": SOON, "to_day": SOON, "reason": "Frost"}
    asked = farmer.post(url("part-pause", farm.pk, daily.pk), sent).content.decode()
    assert "1 order made already changes" in asked
    assert not daily.part_pauses.exists()
    sent |= {"confirmed": "yes"}
    assert farmer.post(url("part-pause", farm.pk, daily.pk), sent).status_code == 302
    made = daily.occurrences.get(original_start__startswith=str(SOON))
    assert [line["name"] for line in made.left_out] == ["Tomatoes"]
    assert "Your part rests" in farmer.get(url("producer-weeks")).content.decode()
    asked = farmer.post(url("part-resume", farm.pk, daily.pk), {"version": 2}).content.decode()
    assert "1 order made already changes" in asked
    assert daily.part_pauses.exists()
    farmer.post(url("part-resume", farm.pk, daily.pk), {"version": 2, **YES})
    made.refresh_from_db()
    assert made.left_out == []
    stale = farmer.post(url("part-resume", farm.pk, daily.pk), {"version": 2, **YES})
    assert "Somebody has changed this standing order" in stale.content.decode()
    over = farmer.post(url("part-resume", farm.pk, daily.pk), {"version": 3})
    assert "This pause is over already." in over.content.decode()
    assert (stale.status_code, over.status_code) == (409, 409)


def test_the_last_day_of_all_calendars_is_an_end_like_others(farmer, office, daily):
    farm = Business.objects.get(name="Ferme des Trois Ormes")
    sent = {"version": 1, "from_day": SOON, "to_day": date.max, "reason": ""}
    assert farmer.post(url("part-pause", farm.pk, daily.pk), sent).status_code == 200
    assert farmer.post(url("producer-weeks-of", farm.pk), days(to_day=date.max)).status_code == 200
    assert office.post(url("rule-pause", daily.pk), sent).status_code == 200
    ended = {"version": 1, "last_day": date.max}
    assert office.post(url("rule-end", daily.pk), ended).status_code == 200
    assert office.post(url("pause-many"), days(to_day=date.max)).status_code == 200


def test_a_part_pause_that_ends_before_it_begins_is_said(farmer, daily):
    farm = Business.objects.get(name="Ferme des Trois Ormes")
    sent = {"version": 1, "from_day": SOON, "to_day": TODAY, "reason": ""}
    response = farmer.post(url("part-pause", farm.pk, daily.pk), sent)
    assert response.status_code == 422
    assert "must not be before the first" in response.content.decode()
    assert not daily.part_pauses.exists()


def test_a_producer_without_a_part_finds_nothing_to_pause(client_for, daily):
    other = MembershipFactory(business__kind=Business.Kind.PRODUCER)
    sent = {"version": 1, "from_day": SOON, "to_day": SOON}
    address = url("part-pause", other.business_id, daily.pk)
    assert client_for(other.user).post(address, sent).status_code == 404
    assert not daily.part_pauses.exists()
