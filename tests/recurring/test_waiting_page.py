"""What waits for a decision, on the pages of producers, the office and restaurants."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import OrderLine, ProducerTerms
from recurring.feeds import selectors
from recurring.feeds.agenda import agenda
from recurring.feeds.writing import write_calendar
from recurring.models import Occurrence, StockDecision
from tests.clock import local_today
from tests.factories import MembershipFactory, UserFactory
from tests.recurring.feeds.conftest import opened

SOON = local_today() + timedelta(days=5)  # its list is open, at any hour


def url(name: str, *args: object) -> str:
    return reverse(f"recurring:{name}", args=args)


@pytest.fixture
def short(kitchen):
    """A standing order for one weekday, of twelve kilos where there are eight."""
    farm = kitchen.tomatoes.producer
    ProducerTerms.objects.filter(producer=farm).update(when_short="hold")
    farm.terms.refresh_from_db()
    kitchen.tomatoes.daily_quantity = 8
    kitchen.tomatoes.save()
    return standing(kitchen)


def standing(kitchen, **said):
    return kitchen.standing_order(
        at=timezone.now(),
        **{
            "weekdays": [SOON.isoweekday()],
            "first_day": SOON,
            "last_day": SOON,
            "holiday_policy": "keep",
            **said,
        },
    )


@pytest.fixture
def farmer(kitchen, client_for):
    return client_for(MembershipFactory(business=kitchen.tomatoes.producer).user)


@pytest.fixture
def office(kitchen, client_for):
    return client_for(kitchen.office)


def text(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def row(order) -> Occurrence:
    return order.occurrences.get()


def decide_url(kitchen, order, product=None) -> str:
    product = product or kitchen.tomatoes
    return url("waiting-decide", order.pk, row(order).original_start, product.pk)


def amounts(order) -> dict[str, Decimal]:
    lines = OrderLine.objects.filter(part__order__occurrence__standing_order=order)
    return dict(lines.values_list("name", "quantity"))


def test_a_producer_finds_what_waits_and_decides(kitchen, farmer, short):
    assert "You have too little for 1 standing order" in text(farmer.get(url("producer-weeks")))
    assert "You have too little for 1 standing order" in text(farmer.get(reverse("ordering:home")))
    page = text(farmer.get(url("waiting-list")))
    assert "Wanted: 12 kg. Left: 8 kg." in page
    assert "Give what is left: 8 kg" in page
    assert url("rule-detail", short.pk) not in page  # it is the restaurant's
    answer = farmer.post(decide_url(kitchen, short), {"answer": "part"}, follow=True)
    assert "Chez Odile gets what is left of the Tomatoes." in text(answer)
    assert "Nothing waits" in text(farmer.get(url("waiting-list")))
    assert amounts(short) == {"Tomatoes": 8, "Apples": 2}


@pytest.mark.parametrize(
    ("answer", "said", "comes"),
    [
        ("all", "Chez Odile gets all of the Tomatoes.", {"Tomatoes": 12, "Apples": 2}),
        ("nothing", "gets the rest of its order, without Tomatoes.", {"Apples": 2}),
    ],
)
def test_the_office_decides_for_a_producer(kitchen, office, short, answer, said, comes):
    assert "Ferme des Trois Ormes" in text(office.get(url("waiting-list")))
    done = office.post(decide_url(kitchen, short), {"answer": answer}, follow=True)
    assert said in text(done)
    assert amounts(short) == comes
    assert StockDecision.objects.get().decided_by == kitchen.office


def test_the_second_of_two_is_told_that_it_is_decided(kitchen, farmer, office, short):
    where = decide_url(kitchen, short)
    assert farmer.post(where, {"answer": "part"}).status_code == 302
    refused = office.post(where, {"answer": "all"})
    assert refused.status_code == 409
    assert "somebody has decided" in refused.content.decode()
    assert amounts(short)["Tomatoes"] == 8


def test_an_answer_that_is_none_is_refused(kitchen, farmer, short):
    assert farmer.post(decide_url(kitchen, short), {"answer": "half"}).status_code == 422
    assert farmer.get(decide_url(kitchen, short)).status_code == 405
    assert row(short).state == "held"


def test_others_find_nothing_and_change_nothing(kitchen, client_for, odile, short):
    where = decide_url(kitchen, short)
    other = client_for(MembershipFactory(business=kitchen.apples.producer).user)
    assert other.post(where, {"answer": "all"}).status_code == 404
    assert "Nothing waits" in text(other.get(url("waiting-list")))
    assert odile.post(where, {"answer": "all"}).status_code == 404
    assert odile.get(url("waiting-list")).status_code == 404
    courier = client_for(UserFactory(courier=True))
    assert courier.get(url("waiting-list")).status_code == 404
    assert (row(short).state, StockDecision.objects.count()) == ("held", 0)


def test_a_product_is_not_decided_about_where_nobody_asks_for_it(kitchen, client_for, short):
    apples = client_for(MembershipFactory(business=kitchen.apples.producer).user)
    bread = standing(kitchen, name="No apples", lines=((kitchen.tomatoes.pk, Decimal(12)),))
    where = decide_url(kitchen, bread, kitchen.apples)
    assert apples.post(where, {"answer": "all"}).status_code == 404
    own = apples.post(decide_url(kitchen, short, kitchen.apples), {"answer": "all"})
    assert own.status_code == 409  # asks for apples, and does not wait for them


def test_who_only_looks_sees_it_and_decides_nothing(kitchen, client_for, short):
    reader = client_for(UserFactory(is_reader=True))
    page = text(reader.get(url("waiting-list")))
    assert "Wanted: 12 kg" in page
    assert "Give none" not in page
    assert reader.post(decide_url(kitchen, short), {"answer": "all"}).status_code in (403, 404)
    assert row(short).state == "held"


def test_the_restaurant_reads_that_it_waits_for_what_and_until_when(kitchen, odile, short):
    original = row(short).original_start
    page = text(odile.get(f"{url('rule-detail', short.pk)}?date={original}"))
    assert "Too little is left, so this date waits." in page
    assert "Tomatoes: only a part is left: 8 / 12" in page
    assert "what is left is delivered" in page
    assert url("waiting-list") not in page
    assert "Tomatoes: only a part is left: 8 / 12" in text(odile.get(reverse("ordering:home")))


def test_the_offices_list_finds_what_waits(kitchen, office, short):
    standing(kitchen, name="Only apples", lines=((kitchen.apples.pk, Decimal(2)),))
    page = text(office.get(url("rule-list"), {"state": "held"}))
    assert "too little is left" in page
    assert url("rule-detail", short.pk) in page
    assert "Only apples" not in page


def test_the_status_page_and_the_overview_count_it(kitchen, office, client_for, short):
    page = text(office.get(url("generation")))
    assert 'Waiting</span><span class="stat__value">1</span>' in page
    assert "Tomatoes, Ferme des Trois Ormes" in page
    administrator = client_for(UserFactory(administrator=True))
    overview = text(administrator.get(reverse("overview:month")))
    assert "1 date waits, for too little is left" in overview


def test_calendars_say_that_it_is_not_sure_yet(alpha, kitchen, short):
    feed = opened(kitchen.restaurant, kitchen.odile, at=timezone.now())
    calendar = write_calendar(
        "Chez Odile",
        agenda(feed, cooperative=alpha, at=timezone.now()),
        zone=alpha.zone,
        days=selectors.days_covered(timezone.now(), alpha.zone),
        language="en",
    )
    assert [line for line in calendar.split(b"\r\n") if line.startswith(b"STATUS")] == [
        b"STATUS:TENTATIVE"
    ]


def test_queries_do_not_grow_with_what_waits(
    kitchen, farmer, office, short, django_assert_max_num_queries
):
    pages = [
        (farmer, url("waiting-list")),
        (office, url("waiting-list")),
        (office, url("generation")),
    ]
    pages += [(farmer, reverse("ordering:home")), (office, url("rule-list"))]
    counts = []
    for client, where in pages:
        with django_assert_max_num_queries(60) as found:
            text(client.get(where))
        counts.append(len(found))
    for number in range(12):
        standing(kitchen, name=str(number))
    for (client, where), most in zip(pages, counts, strict=True):
        with django_assert_max_num_queries(most):
            text(client.get(where))
