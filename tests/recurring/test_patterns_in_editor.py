"""Every pattern that a person can say becomes its rule, and is said back the same."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from recurring.models import RuleVersion, StandingOrder
from tests.clock import local_today
from tests.recurring.editing import fields

CREATE = reverse("recurring:rule-create")
PREVIEW = reverse("recurring:rule-preview")
PATTERNS = [
    ({"repeats": "day", "interval": "2"}, "FREQ=DAILY;INTERVAL=2"),
    ({"repeats": "week", "interval": "2", "weekdays": [2]}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
    (
        {"repeats": "month_date", "month_day": "31", "short_months": "last"},
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
    ),
    (
        {"repeats": "month_date", "month_day": "31", "short_months": "none"},
        "FREQ=MONTHLY;BYMONTHDAY=31",
    ),
    ({"repeats": "month_date", "month_day": "-1"}, "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ({"repeats": "month_weekday", "nth": "1", "weekday": "1"}, "FREQ=MONTHLY;BYDAY=1MO"),
    ({"repeats": "month_weekday", "nth": "-1", "weekday": "5"}, "FREQ=MONTHLY;BYDAY=-1FR"),
    (
        {"repeats": "year", "month_day": "24", "month": "12"},
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
    ),
]


@pytest.fixture
def odile(kitchen, client_for):
    return client_for(kitchen.odile)


def said(kitchen, **changes):
    return fields(kitchen, **{"drawn": changes["repeats"], **changes})


@pytest.mark.parametrize(("blanks", "rrule"), PATTERNS)
def test_a_pattern_becomes_its_rule_and_is_said_back(kitchen, odile, blanks, rrule):
    page = odile.post(CREATE, said(kitchen, **blanks))
    order = StandingOrder.objects.get()
    assert page.status_code == 302
    assert order.versions.get().rrule == rrule
    again = odile.get(page.url).content.decode()
    assert f'id="repeats-{blanks["repeats"]}" value="{blanks["repeats"]}" checked' in again


def test_an_end_after_some_deliveries(kitchen, odile):
    odile.post(CREATE, said(kitchen, repeats="week", ending="count", count="3"))
    order = StandingOrder.objects.get()
    assert order.versions.get().rrule.endswith(";COUNT=3")
    assert order.occurrences.count() == 3


@pytest.mark.parametrize(
    ("blanks", "sentence"),
    [
        ({"repeats": "week", "ending": "count", "count": ""}, "after how many deliveries"),
        ({"repeats": "month_date", "month_day": ""}, "Say on which day it comes."),
        ({"repeats": "year", "month_day": "30", "month": "2"}, "never gives a date"),
        ({"repeats": "day", "interval": "400"}, "Write 366 or less."),
        ({"repeats": "day", "windows-0-opens": ""}, "This is still missing."),
        (
            {"repeats": "day", "windows-0-pickup": "1", "windows-0-pickup_opens": "18:00"},
            "Say between which times it is picked up.",
        ),
        (
            {
                "repeats": "day",
                "windows-0-pickup": "0",
                "windows-0-pickup_opens": "18:00",
                "windows-0-pickup_closes": "19:00",
            },
            "It must be picked up before it is delivered.",
        ),
    ],
)
def test_a_blank_that_says_nothing_is_asked_for(kitchen, odile, blanks, sentence):
    response = odile.post(CREATE, said(kitchen, **blanks))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not StandingOrder.objects.exists()


def test_several_windows_a_day_and_a_pickup_the_evening_before(kitchen, odile):
    windows = {
        "windows-TOTAL_FORMS": 2,
        "windows-0-pickup": "1",
        "windows-0-pickup_opens": "18:00",
        "windows-0-pickup_closes": "19:30",
        "windows-1-opens": "15:00",
        "windows-1-closes": "16:00",
        "windows-1-pickup": "before",
    }
    odile.post(CREATE, said(kitchen, repeats="day", **windows))
    version = RuleVersion.objects.get()
    early, late = version.windows.all()
    assert (early.pickup_opens.hour, early.pickup_minutes, early.pickup_days_before) == (18, 90, 1)
    assert (late.opens.hour, late.minutes, late.pickup_opens.hour) == (15, 60, 14)
    page = odile.get(reverse("recurring:rule-detail", args=[version.standing_order_id]))
    assert "at 06:30 and 15:00" in page.content.decode()


def test_two_windows_cannot_begin_together(kitchen, odile):
    twice = {"windows-TOTAL_FORMS": 2, "windows-1-opens": "06:30", "windows-1-closes": "09:00"}
    response = odile.post(CREATE, said(kitchen, repeats="day", **twice))
    assert response.status_code == 422
    assert "cannot begin at the same time" in response.content.decode()


def test_buttons_redraw_the_form_without_saving(kitchen, odile):
    more = odile.post(CREATE, said(kitchen, repeats="week", act="add-window"))
    page = more.content.decode()
    assert more.status_code == 200
    assert 'name="windows-1-opens" value="10:30"' in page
    fewer = {"windows-TOTAL_FORMS": 2, "windows-1-opens": "15:00", "windows-1-closes": "16:00"}
    page = odile.post(
        CREATE, said(kitchen, repeats="week", act="remove-window-0", **fewer)
    ).content.decode()
    assert 'name="windows-0-opens" value="15:00"' in page
    assert "windows-1-opens" not in page
    assert not StandingOrder.objects.exists()


def test_another_pattern_is_filled_in_with_the_first_date(kitchen, odile):
    first = (local_today() + timedelta(days=40)).replace(day=9)
    sent = fields(kitchen, repeats="month_date", drawn="week", first_day=first)
    page = odile.post(PREVIEW, sent).content.decode()
    assert '<option value="9" selected>9th</option>' in page
    assert "9th" in page.split('id="plain"')[1]


def test_the_calendar_turns_to_months(kitchen, odile):
    page = odile.post(PREVIEW, said(kitchen, repeats="week", page="0", act="page-1"))
    text = page.content.decode()
    assert text.count('<table class="month">') == 3
    assert 'name="page" value="1"' in text


def test_the_sentence_is_read_back_before_the_order_has_a_name(kitchen, odile):
    page = odile.post(PREVIEW, said(kitchen, repeats="week", weekdays=[2], name=""))
    assert "1 delivery a week, on Tuesday" in page.content.decode()


def test_a_rule_that_no_pattern_says_is_kept_and_said_in_words(kitchen, odile):
    rule = kitchen.standing_order(at=timezone.now(), first_day=local_today())
    imported = "FREQ=MONTHLY;BYDAY=TU,FR;BYSETPOS=2,3"
    rule.versions.update(rrule=imported)
    page = odile.get(reverse("recurring:rule-detail", args=[rule.pk])).content.decode()
    assert "As imported" in page
    sent = said(kitchen, repeats="kept", version=1, scope="all", name="Kept")
    odile.post(reverse("recurring:rule-edit", args=[rule.pk]), sent)
    assert rule.versions.latest("number").rrule == imported


def test_the_sentence_is_french_for_french_readers(kitchen, odile):
    kitchen.odile.language = "fr"
    kitchen.odile.save()
    with translation.override("fr"):
        page = odile.get(CREATE).content.decode()
    assert ">Chaque semaine</option>" in page
    assert ">Toutes les 2 semaines</option>" in page


def test_only_the_office_agrees_prices_and_names_couriers(kitchen, odile, client_for):
    assert 'name="prices"' not in odile.get(CREATE).content.decode()
    office = client_for(kitchen.office)
    assert 'name="usual_courier"' in office.get(CREATE).content.decode()
    until = local_today() + timedelta(days=90)
    agreed = {"prices": "agreed", "agreed_until": f"{until}", "action_id": uuid.uuid4()}
    office.post(CREATE, said(kitchen, repeats="week", **agreed))
    version = RuleVersion.objects.get()
    line = version.lines.get()
    assert (line.fixed_price_minor, line.fixed_until) == (kitchen.tomatoes.price_minor, until)
    assert version.carriage_minor
    assert version.carriage_until == until


def test_the_price_shown_is_the_agreed_one_while_it_holds(kitchen, odile, client_for):
    office = client_for(kitchen.office)
    office.post(CREATE, said(kitchen, repeats="week", prices="agreed", action_id=uuid.uuid4()))
    line = RuleVersion.objects.get().lines.get()
    price = {"quantity": line.quantity, "agreed": line.fixed_price_minor}
    kitchen.tomatoes.price_minor += 500
    kitchen.tomatoes.save()

    page = odile.get(reverse("recurring:rule-detail", args=[StandingOrder.objects.get().pk]))

    shown = page.context["price"]
    assert shown.goods_minor == price["quantity"] * price["agreed"]
    assert shown.carriage_minor == RuleVersion.objects.get().carriage_minor
    assert "Prices are agreed." in page.content.decode()


def test_a_new_rule_is_offered_to_begin_on_its_first_date(kitchen, odile):
    begins = local_today() + timedelta(days=2)
    first = begins + timedelta(days=1)
    blanks = {"repeats": "week", "weekdays": [first.isoweekday()], "first_day": begins}
    offer = f'value="begin-{first}"'
    assert offer in odile.post(PREVIEW, said(kitchen, **blanks)).content.decode()
    page = odile.post(PREVIEW, said(kitchen, act=f"begin-{first}", **blanks)).content.decode()
    assert f'name="first_day" value="{first}"' in page
    assert offer not in page
    odile.post(CREATE, said(kitchen, **{**blanks, "first_day": begins}))
    made = StandingOrder.objects.get()
    assert made.versions.get().dtstart == f"{begins}T06:30:00"  # a proposal, not a must
    assert offer not in odile.get(reverse("recurring:rule-detail", args=[made.pk])).content.decode()
