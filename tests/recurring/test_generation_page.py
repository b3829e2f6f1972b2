"""The office sees how far orders are made, what needs a person, and what was skipped and why."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from coopcycle.models import OutboxMessage
from recurring.generation import generate
from recurring.models import GenerationRun, Occurrence
from tests.clock import local_today

pytestmark = pytest.mark.django_db
URL = reverse("recurring:generation", urlconf="coopcycle.urls")


@pytest.fixture
def office(kitchen, client_for):
    return client_for(kitchen.office)


def text(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def daily(kitchen, **wishes):
    today = local_today()
    return kitchen.standing_order(
        at=timezone.now(),
        first_day=today + timedelta(days=1),
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        holiday_policy="keep",
        **wishes,
    )


def test_the_empty_page_says_what_to_do(office, kitchen):
    page = text(office.get(URL))
    assert "Nothing has run yet. The worker starts within minutes." in page
    assert "No standing orders yet" in page


def test_each_standing_order_has_its_numbers(alpha, office, kitchen):
    order = daily(kitchen)
    generate(alpha, at=timezone.now())
    row = order.occurrences.order_by("starts_at").first()
    Occurrence.objects.filter(pk=row.pk).update(state="skipped", reason="paused", detail="Holidays")
    page = text(office.get(URL))
    cells = '<td class="num">{}</td>'
    assert "".join(cells.format(number) for number in (14, 13, 1, 0, 0, 0)) in page
    assert "Chez Odile · Paused: Holidays" in page


def test_failures_and_missed_dates_stand_first_with_their_reason(alpha, office, kitchen):
    order = daily(kitchen)
    row = order.occurrences.order_by("starts_at").first()
    Occurrence.objects.filter(pk=row.pk).update(state="failed", reason="ValueError: a bug")
    page = text(office.get(URL))
    assert page.index("For a person to look at") < page.index("Each standing order")
    assert "Chez Odile · ValueError: a bug" in page


def test_late_is_said_with_since_when(office, kitchen):
    since = timezone.now() - timedelta(hours=3)
    GenerationRun.objects.create(
        started_at=since, finished_at=since, through=local_today() + timedelta(days=14)
    )
    assert "Late since" in text(office.get(URL))


def test_a_rule_that_cannot_be_read_does_not_break_the_page(office, kitchen):
    daily(kitchen).versions.update(rrule="FREQ=HOURLY")
    assert "rule broken" in text(office.get(URL))


def test_given_up_messages_are_said(office, kitchen):
    OutboxMessage.objects.create(kind="mail", key="k", payload={}, state="dead")
    assert "1 message could not be sent" in text(office.get(URL))


def test_queries_do_not_grow_with_standing_orders(
    alpha, office, kitchen, django_assert_max_num_queries
):
    daily(kitchen)
    generate(alpha, at=timezone.now())
    with django_assert_max_num_queries(40) as one:
        office.get(URL)
    for number in range(12):
        daily(kitchen, name=str(number))
    with django_assert_max_num_queries(len(one)):
        assert "13" in text(office.get(URL))
