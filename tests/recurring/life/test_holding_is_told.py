"""Who hears that a date waits, once, and who is reminded before it closes."""

from datetime import timedelta

from recurring.generation import generate
from recurring.reminders import remind_undecided
from tests.factories import MembershipFactory
from tests.recurring.conftest import NOW
from tests.recurring.life.holding import CLOSED, HOUR, MINUTE, decide, row
from tests.recurring.test_messages import mails, text


def test_buyer_and_producer_are_told_once_what_waits_and_until_when(alpha, scarce):
    farmer = MembershipFactory(business=scarce.tomatoes.producer).user
    other = MembershipFactory(business=scarce.apples.producer).user
    scarce.standing_order(name="Second", weekdays=[5])
    for minutes in (5, 10):
        generate(alpha, at=NOW + timedelta(minutes=minutes))
    [said] = [mail["waiting"] for mail in mails("standing_orders") if mail["waiting"]]
    assert [(line["day"], line["closes"]) for line in said][:1] == [
        ("Friday 27 November", "Thursday 26 November, 18:00")
    ]
    assert said[0]["left_out"] == ["Tomatoes (only a part is left: 8 / 12)"]
    asked = [mail["waiting"] for mail in mails("standing_orders_to_prepare", farmer.email)]
    assert [len(each) for each in asked if each] == [2]  # this Friday and the next
    assert not any(mail["waiting"] for mail in mails("standing_orders_to_prepare", other.email))
    assert "Without an answer, what is left is delivered." in text("standing_orders_to_prepare")


def test_what_was_decided_is_told_as_made(scarce, second):
    decide(scarce, second, "part")
    last = mails("standing_orders")[-1]
    assert [(line["name"], line["left_out"]) for line in last["made"]] == [
        ("Second", ["Tomatoes (only a part is left: 8 / 12)"])
    ]


def test_six_hours_before_the_close_producer_and_office_are_reminded_once(alpha, scarce, second):
    farmer = MembershipFactory(business=scarce.tomatoes.producer).user
    generate(alpha, at=CLOSED - 7 * HOUR)
    assert mails("stock_undecided") == mails("generation_held") == []
    for minutes in (0, 10, 20):
        generate(alpha, at=CLOSED - 6 * HOUR + timedelta(minutes=minutes))
    [reminder] = mails("stock_undecided", farmer.email)
    assert reminder["closes"] == "Thursday 26 November, 18:00"
    assert [(each["name"], each["short"]) for each in reminder["dates"]] == [
        ("Chez Odile", "Tomatoes, 8 / 12")
    ]
    [alarm] = mails("generation_held", scarce.office.email)
    assert [each["name"] for each in alarm["dates"]] == ["Chez Odile: Second"]
    assert "Call the producers" in text("generation_held")


def test_what_waits_since_the_last_hours_only_is_told_to_the_office(alpha, scarce):
    MembershipFactory(business=scarce.tomatoes.producer)
    generate(alpha, at=CLOSED - 3 * HOUR)
    scarce.standing_order(name="Second", weekdays=[5], at=CLOSED - 2 * HOUR)
    generate(alpha, at=CLOSED - HOUR)
    assert len(mails("generation_held", scarce.office.email)) == 1
    assert mails("stock_undecided") == []  # asked just now


def test_where_nothing_waits_for_the_last_hours_one_look_is_all(
    alpha, scarce, second, django_assert_num_queries
):
    with django_assert_num_queries(1):  # no transaction either
        remind_undecided(alpha, since=NOW, at=NOW + MINUTE)


def test_less_left_meanwhile_is_said_without_being_told_again(alpha, scarce, second):
    generate(alpha, at=NOW + MINUTE)
    told = len(mails("standing_orders"))
    scarce.tomatoes.daily_quantity = 15
    scarce.tomatoes.save()
    generate(alpha, at=NOW + 2 * MINUTE)
    assert row(second).left_out[0]["detail"] == "3 / 12"
    assert len(mails("standing_orders")) == told
