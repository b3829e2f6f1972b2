"""Who is told what of a run: buyers, producers and the office; each thing once, in their language."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import translation

from coopcycle import mail
from coopcycle.models import OutboxMessage
from recurring import alerts, generation
from recurring.digest import tell_news
from recurring.generation import generate
from recurring.models import HolidayDay, Occurrence, RuleLine
from recurring.words import reason_words
from tests.factories import MembershipFactory
from tests.recurring.conftest import NOW

DAY = timedelta(days=1)


def mails(template: str, to: str = "") -> list[dict]:
    """Contexts of the mails of a template, in the order in which they were written."""
    found = OutboxMessage.objects.filter(kind="mail", payload__template=template)
    if to:
        found = found.filter(payload__to=to)
    return [message.payload["context"] for message in found.order_by("pk")]


def text(template: str) -> str:
    """The last mail of a template as its reader gets it."""
    message = OutboxMessage.objects.filter(payload__template=template).order_by("pk").last()
    subject, body, _html = mail._draw(template, message.payload["context"])
    return f"{subject}\n{body}"


@pytest.fixture
def farmer(kitchen):
    farm = kitchen.tomatoes.producer
    return MembershipFactory(business=farm, user__name="Paul Ormes", user__language="fr").user


def test_a_buyer_gets_one_message_a_run(alpha, kitchen):
    kitchen.standing_order()
    kitchen.standing_order(name="Second")
    before = len(mails("standing_orders"))
    generate(alpha, at=NOW + DAY)
    assert len(mails("standing_orders")) == before + 1
    last = mails("standing_orders", kitchen.odile.email)[-1]
    assert [line["name"] for line in last["made"]] == ["Tomatoes and apples", "Second"]
    assert last["not_made"] == []


def test_a_buyer_in_several_batches_still_gets_one_message(alpha, kitchen, monkeypatch):
    monkeypatch.setattr(generation, "MOST_AT_ONCE", 1)
    for number in range(3):
        kitchen.standing_order(name=str(number))
    before = len(mails("standing_orders"))
    generate(alpha, at=NOW + DAY)
    assert len(mails("standing_orders")) == before + 1


def test_a_producer_gets_one_message_in_its_language(kitchen, farmer):
    kitchen.standing_order()
    [told] = mails("standing_orders_to_prepare", farmer.email)
    assert [line["day"] for line in told["made"]] == [
        "mardi 24 novembre",
        "vendredi 27 novembre",
        "mardi 1er décembre",
        "vendredi 4 décembre",
    ]
    assert {line["name"] for line in told["made"]} == {"Chez Odile"}


def test_a_holiday_is_told_with_its_name_to_buyer_and_producer(kitchen, farmer):
    HolidayDay.objects.create(day=date(2026, 11, 27), name="Town fair", is_local=True)
    HolidayDay.objects.create(day=date(2027, 1, 1), name="New Year")
    kitchen.standing_order()
    [buyer] = mails("standing_orders")
    assert [(line["day"], line["reason"]) for line in buyer["not_made"]] == [
        ("Friday 27 November", "Public holiday: Town fair")
    ]
    [producer] = mails("standing_orders_to_prepare")
    assert [line["day"] for line in producer["not_made"]] == ["vendredi 27 novembre"]


def test_what_is_left_out_is_said(kitchen):
    kitchen.apples.is_available = False
    kitchen.apples.save()
    kitchen.standing_order()
    assert mails("standing_orders")[0]["made"][0]["left_out"] == ["Apples (no longer offered)"]
    assert "Without Apples (no longer offered)" in text("standing_orders")


def test_the_words_of_a_fault_are_for_the_office_alone(alpha, kitchen, monkeypatch):
    order = kitchen.standing_order()
    monkeypatch.setattr(generation, "place_orders", _breaks)
    generate(alpha, at=NOW + DAY)
    [line] = mails("standing_orders")[-1]["not_made"]
    assert line["reason"] == "A fault on our side; the office of your cooperative knows"
    [told] = mails("generation_failed", kitchen.office.email)
    assert told["failures"] == [
        {"name": f"Chez Odile: {order.name}", "words": "ValueError: a bug in pricing"}
    ]


def _breaks(*_args, **_kwargs):
    raise ValueError("a bug in pricing")


def test_the_same_failure_is_told_once_and_again_after_a_change(alpha, kitchen, monkeypatch):
    order = kitchen.standing_order()
    monkeypatch.setattr(generation, "place_orders", _breaks)
    for minutes in range(0, 60, 10):
        generate(alpha, at=NOW + DAY + timedelta(minutes=minutes))
    assert len(mails("generation_failed")) == 1
    order.version += 1
    order.save()
    generate(alpha, at=NOW + DAY + timedelta(minutes=70))
    assert len(mails("generation_failed")) == 2


def test_a_rule_that_cannot_be_read_is_told_to_the_office(alpha, kitchen):
    kitchen.standing_order().versions.update(rrule="FREQ=HOURLY")
    generate(alpha, at=NOW + DAY)
    [told] = mails("generation_failed")
    assert told["failures"][0]["words"].startswith("RuleError: ")


def test_missed_dates_are_told_once_to_the_office_and_to_the_buyer(alpha, kitchen):
    kitchen.standing_order()
    generate(alpha, at=NOW)
    back = NOW + timedelta(days=17)
    generate(alpha, at=back)
    generate(alpha, at=back + timedelta(minutes=10))
    [told] = mails("generation_missed", kitchen.office.email)
    assert told["dates"] == [
        {"day": "Tuesday 8 December", "name": "Chez Odile: Tomatoes and apples"}
    ]
    assert len(mails("generation_late")) == 1
    assert "From Monday 23 November, 10:00 until Thursday 10 December, 10:00" in text(
        "generation_late"
    )
    [line] = mails("standing_orders")[-1]["not_made"]
    assert line["reason"] == "The day had passed when orders were made"


def test_late_is_told_once_to_each_of_the_office(alpha, kitchen):
    since = NOW - timedelta(hours=2)
    for _minute in range(3):
        alerts.tell_late(alpha, since=since)
    assert len(mails("generation_late")) == 1
    assert "Since Monday 23 November, 08:00 no orders" in text("generation_late")


def test_news_left_by_a_run_that_died_are_told_by_the_next(alpha, kitchen, monkeypatch):
    kitchen.standing_order()
    before = len(mails("standing_orders"))

    def dies(_cooperative):
        raise SystemExit

    monkeypatch.setattr(generation, "tell_news", dies)
    with pytest.raises(SystemExit):
        generate(alpha, at=NOW + DAY)
    monkeypatch.undo()
    assert len(mails("standing_orders")) == before
    generate(alpha, at=NOW + DAY)
    assert len(mails("standing_orders")) == before + 1
    assert not Occurrence.objects.exclude(news="").exists()


def test_a_change_and_a_calling_off_are_told(alpha, kitchen, farmer):
    kitchen.standing_order()
    first, second = Occurrence.objects.order_by("starts_at")[:2]
    Occurrence.objects.filter(pk=first.pk).update(news="changed")
    Occurrence.objects.filter(pk=second.pk).update(
        news="changed", state="cancelled", reason="skipped"
    )
    assert tell_news(alpha) == 2
    told = mails("standing_orders")[-1]
    assert [line["day"] for line in told["changed"]] == ["Tuesday 24 November"]
    assert [line["reason"] for line in told["called_off"]] == ["Skipped by hand"]
    assert len(mails("standing_orders_to_prepare", farmer.email)[-1]["called_off"]) == 1


def test_a_date_called_off_before_anybody_heard_of_it_is_not_told(alpha, kitchen):
    kitchen.standing_order()
    before = OutboxMessage.objects.count()
    Occurrence.objects.update(news="new", state="cancelled")
    assert tell_news(alpha) == 0
    assert OutboxMessage.objects.count() == before


def test_a_reminder_comes_once_six_hours_before_the_list_closes(alpha, kitchen):
    kitchen.standing_order()  # Tuesday closes on Monday at 18:00, eight hours from now
    generate(alpha, at=NOW)
    assert mails("standing_orders_closing") == []
    generate(alpha, at=datetime.fromisoformat("2026-11-23T12:05:00+01:00"))
    generate(alpha, at=datetime.fromisoformat("2026-11-23T12:15:00+01:00"))
    [told] = mails("standing_orders_closing", kitchen.odile.email)
    assert (told["closes_on"], told["closes_at"]) == ("Monday 23 November", "18:00")
    assert told["orders"] == [{"day": "Tuesday 24 November", "name": "Tomatoes and apples"}]


def test_no_reminder_of_what_was_made_within_the_last_hours(alpha, kitchen):
    generate(alpha, at=NOW)
    kitchen.standing_order(at=datetime.fromisoformat("2026-11-23T15:00:00+01:00"))
    generate(alpha, at=datetime.fromisoformat("2026-11-23T15:05:00+01:00"))
    assert mails("standing_orders_closing") == []


def test_no_reminder_after_the_list_has_closed(alpha, kitchen):
    kitchen.standing_order()
    generate(alpha, at=NOW)
    generate(alpha, at=datetime.fromisoformat("2026-11-23T18:00:00+01:00"))
    assert mails("standing_orders_closing") == []


def test_statements_do_not_grow_with_dates(alpha, kitchen, farmer, django_assert_num_queries):
    kitchen.standing_order()
    Occurrence.objects.filter(pk=Occurrence.objects.first().pk).update(news="changed")
    assert RuleLine.objects.count() == 2
    with django_assert_num_queries(8):
        tell_news(alpha)
    Occurrence.objects.update(news="changed")
    with django_assert_num_queries(8):
        assert tell_news(alpha) == 4


def test_a_french_office_reads_french_colons(alpha, kitchen):
    """A space stands before them, in lists that are put together as in sentences."""
    kitchen.office.language = "fr"
    kitchen.office.save()
    kitchen.standing_order()
    alerts.tell_missed(alpha, [(date(2026, 11, 24), "Chez Odile", "Tomatoes")], event="x")
    failure = alerts.Failure(1, 1, "Tomatoes", "Chez Odile", "ValueError: no such product")
    alerts.tell_failures(alpha, [failure])
    with translation.override("fr"):
        assert "- mardi 24 novembre : Chez Odile : Tomatoes" in text("generation_missed")
        assert "- Chez Odile : Tomatoes\n" in text("generation_failed")
        assert "24 November : Tomatoes and apples" in text("standing_orders")


@pytest.mark.parametrize(
    ("reason", "detail", "words"),
    [
        ("short", "4.5 / 12", "il n’en reste qu’une partie : 4,5 / 12"),
        ("filled_up", "1.25 Milk 3.5", "pas assez, complété par : 1,25 Milk 3.5"),
        ("holiday", "1.5", "Jour férié : 1.5"),
    ],
)
def test_quantities_of_a_reason_have_the_readers_decimals(reason, detail, words):
    with translation.override("fr"):
        assert reason_words(reason, detail) == words
