"""“On public holidays: ask us each time”: nothing is made, the buyer is asked, silence means no."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from coopcycle.errors import DomainError
from orders.models import ProducerTerms
from recurring import services
from recurring.calendars import terms_of
from recurring.generation import generate
from recurring.models import HolidayDay
from recurring.selectors.days import calendar_for, days_of
from recurring.services import Answer
from recurring.services.acting import loaded, require_cooperative
from tests.factories import MembershipFactory
from tests.recurring.conftest import NOW
from tests.recurring.editing import TOMORROW, url
from tests.recurring.life.conftest import coming, made, seen, states
from tests.recurring.test_messages import mails, text

FAIR = "2026-11-27T06:30:00"  # a Friday; the farm's list closes on Thursday at 18:00


@pytest.fixture
def asking(kitchen):
    HolidayDay.objects.create(day=date(2026, 11, 27), name="Town fair", is_local=True)
    HolidayDay.objects.create(day=date(2027, 1, 1), name="New Year")
    return kitchen.standing_order(holiday_policy="ask")


def answer(kitchen, order, what: Answer, at=NOW, actor=None):
    return services.answer_holiday(
        what, **seen(order), original_start=FAIR, actor=actor or kitchen.odile, at=at
    )


def test_the_date_is_not_made_and_the_buyer_is_asked(kitchen, asking):
    row = asking.occurrences.get(original_start=FAIR)
    assert (row.state, row.reason, row.detail) == ("skipped", "asked", "Town fair")
    assert coming(asking) == ["11-24 06:30", "12-01 06:30", "12-04 06:30"]
    [told] = mails("standing_orders", kitchen.odile.email)
    assert [(line["day"], line["closes"]) for line in told["asked"]] == [
        ("Friday 27 November", "Thursday 26 November, 18:00")
    ]
    assert told["not_made"] == []
    assert "Without an answer nothing is delivered." in text("standing_orders")
    assert "Answer before Thursday 26 November, 18:00" in text("standing_orders")


def test_producers_are_not_asked(kitchen, asking):
    MembershipFactory(business=kitchen.tomatoes.producer)
    assert {
        line["day"]
        for told in mails("standing_orders_to_prepare")
        for kind in ("asked", "not_made")
        for line in told[kind]
    } == set()


@pytest.mark.parametrize(
    ("what", "comes"),
    [(Answer.KEEP, "11-27"), (Answer.BEFORE, "11-26"), (Answer.AFTER, "11-28")],
)
def test_an_answer_makes_it_on_that_day(kitchen, asking, what, comes):
    answer(kitchen, asking, what)
    assert coming(asking)[1] == f"{comes} 06:30"
    assert made(asking, FAIR) is not None


def test_no_is_an_answer_too_and_nobody_is_told_of_silence_later(alpha, kitchen, asking):
    answer(kitchen, asking, Answer.SKIP)
    assert asking.occurrences.get(original_start=FAIR).reason == "skipped"
    generate(alpha, at=datetime(2026, 11, 26, 18, 0, tzinfo=UTC))
    assert asking.occurrences.get(original_start=FAIR).reason == "skipped"


def test_silence_means_no_and_is_told_once(alpha, kitchen, asking):
    closed = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)
    generate(alpha, at=closed - timedelta(minutes=1))
    assert asking.occurrences.get(original_start=FAIR).reason == "asked"
    before = len(mails("standing_orders"))
    generate(alpha, at=closed)
    generate(alpha, at=closed + timedelta(minutes=10))
    row = asking.occurrences.get(original_start=FAIR)
    assert (row.state, row.reason) == ("skipped", "unanswered")
    said = [line for told in mails("standing_orders")[before:] for line in told["not_made"]]
    assert [line["reason"] for line in said] == [
        "Public holiday, and nobody said that it shall come: Town fair"
    ]


def test_an_outage_over_the_whole_time_to_ask_is_not_told_as_silence(alpha, kitchen, asking):
    """New Year would have been asked about since the 18th of December, had a run come."""
    generate(alpha, at=datetime(2026, 12, 15, 9, tzinfo=UTC))
    before = len(mails("standing_orders"))
    for hour in (18, 19):
        generate(alpha, at=datetime(2026, 12, 31, hour, tzinfo=UTC))
    row = asking.occurrences.get(original_start="2027-01-01T06:30:00")
    assert (row.state, row.reason) == ("skipped", "not_asked")
    said = [line for told in mails("standing_orders")[before:] for line in told["not_made"]]
    assert [line["reason"] for line in said if line["day"] == "Friday 1 January"] == [
        "Public holiday, and nobody could be asked in time: New Year"
    ]


def test_a_question_that_was_never_told_is_not_told_as_silence(alpha, asking):
    """The worker died between the date and its messages, and came back after the list had closed."""
    asking.occurrences.filter(original_start=FAIR).update(news="new")
    generate(alpha, at=datetime(2026, 11, 26, 18, 0, tzinfo=UTC))
    assert asking.occurrences.get(original_start=FAIR).reason == "not_asked"


@pytest.mark.parametrize(
    ("news", "words"),
    [
        ("", "Public holiday, and nobody said that it shall come: Town fair"),
        ("new", "Public holiday, and nobody could be asked in time: Town fair"),
    ],
)
def test_the_calendar_says_the_same_before_the_next_run_comes(alpha, asking, news, words):
    asking.occurrences.filter(original_start=FAIR).update(news=news)
    fair = date(2026, 11, 27)
    closed = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
    calendar = calendar_for(alpha, fair, fair)
    order = loaded(asking)
    [day] = days_of(terms_of(order), calendar, order=order, first=fair, last=fair, at=closed)
    assert (day.look, day.words) == ("holiday", words)


class TestListsThatCloseEarly:
    """The farm takes orders until ten days before, longer than dates are made ahead."""

    @pytest.fixture(autouse=True)
    def early(self, alpha, kitchen, monkeypatch):
        ProducerTerms.objects.filter(producer=kitchen.tomatoes.producer).update(
            cutoff_days_before=10
        )
        for cooperative in (alpha, require_cooperative()):
            monkeypatch.setattr(cooperative, "generation_horizon_days", 3)
        HolidayDay.objects.create(day=date(2026, 12, 11), name="Town fair", is_local=True)

    @pytest.fixture
    def order(self, kitchen):
        return kitchen.standing_order(holiday_policy="ask", first_day=date(2026, 12, 8))

    def asked(self, order):
        return list(order.occurrences.values_list("original_start", "reason"))

    def test_the_buyer_is_asked_as_long_before_it_closes_as_dates_are_made_ahead(
        self, alpha, kitchen, order
    ):
        assert self.asked(order) == []  # it closes on 1 December, in eight days
        generate(alpha, at=datetime(2026, 11, 27, 9, tzinfo=UTC))
        assert self.asked(order) == []
        generate(alpha, at=datetime(2026, 11, 28, 9, tzinfo=UTC))
        assert self.asked(order) == [("2026-12-11T06:30:00", "asked")]
        generate(alpha, at=datetime(2026, 11, 29, 9, tzinfo=UTC))
        [told] = mails("standing_orders", kitchen.odile.email)
        assert [(line["day"], line["closes"]) for line in told["asked"]] == [
            ("Friday 11 December", "Tuesday 1 December, 18:00")
        ]

    def test_silence_is_told_when_it_closes_and_not_again_when_the_day_is_near(
        self, alpha, kitchen, order
    ):
        for day in (28, 30):
            generate(alpha, at=datetime(2026, 11, day, 9, tzinfo=UTC))
        for day in (2, 5, 8, 9, 10):
            generate(alpha, at=datetime(2026, 12, day, 9, tzinfo=UTC))
        told = [
            line["day"]
            for mail in mails("standing_orders", kitchen.odile.email)
            for line in mail["not_made"]
        ]
        assert told == ["Friday 11 December"]
        assert dict(self.asked(order))["2026-12-11T06:30:00"] == "unanswered"

    def test_a_yes_in_time_counts_when_the_day_comes(self, alpha, kitchen, order):
        generate(alpha, at=datetime(2026, 11, 28, 9, tzinfo=UTC))
        services.answer_holiday(
            Answer.KEEP,
            **seen(order),
            original_start="2026-12-11T06:30:00",
            actor=kitchen.odile,
            at=datetime(2026, 11, 30, 9, tzinfo=UTC),
        )
        generate(alpha, at=datetime(2026, 12, 8, 9, tzinfo=UTC))
        assert made(order, "2026-12-11T06:30:00").state == "new"

    def test_who_comes_too_late_to_be_asked_reads_of_no_silence(self, alpha, kitchen):
        late = datetime(2026, 12, 2, 9, tzinfo=UTC)
        order = kitchen.standing_order(at=late, holiday_policy="ask", first_day=date(2026, 12, 11))
        generate(alpha, at=datetime(2026, 12, 9, 9, tzinfo=UTC))
        assert self.asked(order) == [("2026-12-11T06:30:00", "not_asked")]

    def test_where_no_holiday_is_near_nothing_more_is_looked_at(self, alpha, kitchen, order):
        HolidayDay.objects.filter(day__gte=date(2026, 12, 1)).delete()
        generate(alpha, at=datetime(2026, 11, 28, 9, tzinfo=UTC))
        assert self.asked(order) == []


def test_after_the_list_has_closed_only_the_office_can_say_yes(kitchen, asking):
    late = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
    with pytest.raises(DomainError):
        answer(kitchen, asking, Answer.KEEP, at=late)
    answer(kitchen, asking, Answer.KEEP, at=late, actor=kitchen.office)
    assert "11-27 06:30" in coming(asking)


def test_a_made_order_is_called_off_when_the_rule_begins_to_ask_and_comes_back(kitchen):
    HolidayDay.objects.create(day=date(2026, 11, 27), name="Town fair", is_local=True)
    order = kitchen.standing_order(holiday_policy="keep")
    services.edit_standing_order(
        kitchen.draft(holiday_policy="ask"), **seen(order), actor=kitchen.odile, at=NOW
    )
    assert states(order)["11-27"] == "cancelled"
    answer(kitchen, order, Answer.KEEP)
    assert states(order)["11-27"] == "generated"
    assert made(order, FAIR).state == "new"


class TestPage:
    @pytest.fixture
    def holiday(self, kitchen):
        day = TOMORROW.date() + timedelta(days=6)
        HolidayDay.objects.create(day=day, name="Town fair", is_local=True)
        order = kitchen.standing_order(
            at=timezone.now(),
            weekdays=[1, 2, 3, 4, 5, 6, 7],
            first_day=TOMORROW.date(),
            holiday_policy="ask",
        )
        return order, f"{day}T06:30:00"

    def test_the_date_asks_and_says_what_silence_means(self, odile, holiday):
        order, original = holiday
        page = odile.get(url("rule-detail", order.pk), {"date": original}).content.decode()
        assert "Shall it come?" in page
        assert "nothing is delivered" in page
        assert page.count('name="answer"') == 4

    def test_yes_is_one_press(self, odile, holiday):
        order, original = holiday
        sent = {"version": 1, "answer": "keep"}
        response = odile.post(url("date-answer", order.pk, original), sent)
        assert response.status_code == 302
        assert order.occurrences.get(original_start=original).state == "generated"
        page = odile.get(url("rule-detail", order.pk), {"date": original}).content.decode()
        assert "Shall it come?" not in page

    def test_what_is_no_answer_is_refused(self, odile, holiday):
        order, original = holiday
        sent = {"version": 1, "answer": "perhaps"}
        assert odile.post(url("date-answer", order.pk, original), sent).status_code == 422
        assert order.occurrences.get(original_start=original).reason == "asked"

    def test_a_stranger_finds_nothing(self, client_for, holiday):
        order, original = holiday
        stranger = client_for(MembershipFactory().user)
        sent = {"version": 1, "answer": "keep"}
        assert stranger.post(url("date-answer", order.pk, original), sent).status_code == 404
        assert order.occurrences.get(original_start=original).reason == "asked"

    def test_the_editor_offers_to_ask(self, odile, holiday):
        page = odile.get(url("rule-detail", holiday[0].pk)).content.decode()
        assert '<option value="ask" selected>ask us each time</option>' in page
