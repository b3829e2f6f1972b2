from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.urls import reverse

from dispatch.models import Task
from orders.models import Order, OrderPart, PriceList, Product
from tests.factories import BusinessFactory, MembershipFactory, ProductFactory, UserFactory


@pytest.fixture
def now(monkeypatch, market):
    """Pages ask the clock; the market's Monday answers."""
    from django.utils import timezone

    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


@pytest.fixture
def odile(client_for, market, now):
    return client_for(market.odile)


@pytest.fixture
def farmer(client_for, market, now):
    return client_for(market.farmer)


@pytest.fixture
def office(client_for, market, now):
    return client_for(market.office)


@pytest.fixture
def stranger(client_for, now):
    return client_for(MembershipFactory(business__producer=True).user)


def goods(market, **changes):
    return {
        "action_id": str(uuid4()),
        "buyer": market.restaurant.pk,
        "day": "2026-11-25",
        "opens": "07:00",
        "closes": "08:00",
        "note": "By the courtyard",
        f"quantity-{market.tomatoes.pk}": "12",
        f"quantity-{market.apples.pk}": "2",
        f"note-{market.farm.pk}": "Very ripe",
    } | changes


def parcel(market, **changes):
    return {
        "action_id": str(uuid4()),
        "buyer": market.restaurant.pk,
        "day": "2026-11-25",
        "opens": "07:00",
        "closes": "08:00",
        "recipient": "Jean Moreau",
        "street": "3, place Vaucanson",
        "postal_code": "38000",
        "city": "Grenoble",
        "load": "2 boxes",
        "weight_kg": "9",
    } | changes


def test_goods_are_ordered_by_the_form(odile, market):
    answer = odile.post(reverse("ordering:order-create"), goods(market))

    order = Order.objects.get()
    assert answer.status_code == 302
    assert answer.url == reverse("ordering:order-detail", args=[order.pk])
    assert order.after == datetime(2026, 11, 25, 6, tzinfo=UTC)
    assert order.goods_minor == 3840 + 2900
    assert order.note == "By the courtyard"
    assert order.parts.get(producer=market.farm).note == "Very ripe"
    page = odile.get(answer.url).content.decode()
    assert "Tomates anciennes" in page
    assert "How this price came about" in page


def test_a_form_sent_twice_is_one_order(odile, market):
    told = goods(market)

    first = odile.post(reverse("ordering:order-create"), told)
    second = odile.post(reverse("ordering:order-create"), told)

    assert first.url == second.url
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quantity-": ""}, "Your order is empty"),
        ({"day": "2026-11-20"}, "Fri 20 Nov is over"),
        ({"day": "2026-02-30"}, "valid date"),
        ({"closes": "06:00"}, "must end after it starts"),
        ({"quantity-999999": "3"}, "no longer sold"),
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(odile, market, changes, sentence):
    told = goods(market)
    if "quantity-" in changes:
        told = {name: value for name, value in told.items() if not name.startswith("quantity-")}
    told |= changes

    answer = odile.post(reverse("ordering:order-create"), told)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "By the courtyard" in answer.content.decode()
    assert Order.objects.count() == 0


def test_without_action_id_nothing_is_ordered(odile, market):
    answer = odile.post(reverse("ordering:order-create"), goods(market, action_id="no"))

    assert answer.status_code == 422
    assert Order.objects.count() == 0


def test_nobody_orders_for_a_business_of_others(odile, market):
    other = BusinessFactory()

    answer = odile.post(reverse("ordering:order-create"), goods(market, buyer=other.pk))

    assert answer.status_code == 422
    assert Order.objects.count() == 0


def test_the_price_is_shown_before_ordering(odile, market):
    page = odile.post(reverse("ordering:order-quote"), goods(market)).content.decode()

    assert "€67.40" in page
    assert "1 further pick-up" in page
    assert Order.objects.count() == 0


def test_a_half_filled_form_is_no_error(odile, market):
    answer = odile.post(reverse("ordering:order-quote"), {"day": ""})

    assert answer.status_code == 200
    assert "the price appears here" in answer.content.decode()


def test_a_parcel_without_pin_is_to_be_checked_by_the_office(odile, market, alpha):
    answer = odile.post(reverse("ordering:parcel-create"), parcel(market))

    assert answer.status_code == 302
    dropoff = Task.objects.select_related("address").get(kind="DROPOFF")
    assert dropoff.address.is_approximate
    assert dropoff.address.latitude == alpha.latitude


def test_a_parcel_goes_where_the_pin_is(odile, market):
    told = parcel(market, latitude="45.19", longitude="5.73")

    odile.post(reverse("ordering:parcel-create"), told)
    odile.post(reverse("ordering:parcel-create"), parcel(market))  # the street is known now

    addresses = [task.address for task in Task.objects.filter(kind="DROPOFF")]
    assert [str(address.latitude) for address in addresses] == ["45.190000"] * 2
    assert not any(address.is_approximate for address in addresses)


def test_a_parcel_without_recipient_comes_back(odile, market):
    answer = odile.post(reverse("ordering:parcel-create"), parcel(market, recipient=""))

    assert answer.status_code == 422
    assert Task.objects.count() == 0


def test_an_order_can_be_repeated(odile, market):
    order = market.order()

    page = odile.get(reverse("ordering:order-again", args=[order.pk])).content.decode()

    assert 'value="12"' in page
    assert 'value="07:00"' in page


def test_a_producer_sees_its_own_share_only(farmer, market):
    order = market.order()

    page = farmer.get(reverse("ordering:order-detail", args=[order.pk])).content.decode()

    assert "Tomates anciennes" in page
    assert "Pommes" not in page
    assert "€38.40" in page
    assert "Can Ferme des Trois Ormes deliver" in page


def test_a_producer_answers(farmer, market):
    order = market.order()
    part = order.parts.get(producer=market.farm)

    assert farmer.post(reverse("ordering:part-refuse", args=[part.pk]), {}).status_code == 422
    farmer.post(reverse("ordering:part-accept", args=[part.pk]))
    part.refresh_from_db()
    assert part.state == OrderPart.State.ACCEPTED
    assert farmer.post(reverse("ordering:part-accept", args=[part.pk])).status_code == 409


def test_a_producer_accepts_a_whole_day(farmer, market):
    orders = [market.order((market.tomatoes, "1")) for _ in range(3)]

    farmer.post(
        reverse("ordering:parts-accept-day"), {"producer": market.farm.pk, "day": "2026-11-25"}
    )

    assert {Order.objects.get(pk=order.pk).state for order in orders} == {"accepted"}


def test_the_picking_list_adds_up(farmer, market):
    market.order((market.tomatoes, "12"))
    market.order((market.tomatoes, "5.5"), (market.chard, "6"))

    answer = farmer.get(reverse("ordering:picking-list"), {"day": "2026-11-25"})

    page = answer.content.decode()
    assert "17.5 kg" in page
    assert "6 bunches" in page
    assert answer.context["line_count"] == 3
    assert answer.context["weight_grams"] == 12_000 + 5_500 + 6_000


@pytest.mark.parametrize("day", ["2026-02-30", "soon", ""])
def test_a_day_that_is_none_is_tomorrow(farmer, day):
    answer = farmer.get(reverse("ordering:picking-list"), {"day": day})

    assert answer.context["day"].isoformat() == "2026-11-24"


def test_the_office_sets_a_price(office, market):
    PriceList.objects.all().delete()
    order = market.order()

    answer = office.post(reverse("ordering:order-price", args=[order.pk]), {"price": "8.50"})

    assert answer.status_code == 302
    assert Order.objects.get().delivery_minor == 850


def test_an_administrator_adds_prices(office, market):
    told = {
        "valid_from": "2027-01-01",
        "base": "7.20",
        "extra_pickup": "1",
        "per_km": "0.9",
        "per_10_kg": "0",
    }

    assert office.post(reverse("pricing:price-list"), told).status_code == 302
    assert office.post(reverse("pricing:price-list"), told).status_code == 422
    assert PriceList.objects.get(valid_from="2027-01-01").base_minor == 720


def test_a_producer_keeps_its_products(farmer, market):
    told = {
        "name": "Poireaux",
        "unit": "kg",
        "price": "2.35",
        "tax_category": "food",
        "unit_weight_kg": "1",
        "is_available": "on",
    }
    create = reverse("catalog:product-create", args=[market.farm.pk])

    assert farmer.post(create, told).status_code == 302
    assert farmer.post(create, told).status_code == 422  # the name is taken
    leeks = Product.objects.get(name="Poireaux")
    assert (leeks.price_minor, leeks.unit_weight_grams) == (235, 1000)

    farmer.post(reverse("catalog:product-edit", args=[leeks.pk]), told | {"price": "3"})
    farmer.post(reverse("catalog:product-availability", args=[leeks.pk]), {"available": "no"})
    leeks.refresh_from_db()
    assert (leeks.price_minor, leeks.is_available) == (300, False)

    farmer.post(reverse("catalog:product-archive", args=[leeks.pk]))
    assert farmer.get(reverse("catalog:product-edit", args=[leeks.pk])).status_code == 404


def test_a_producer_sets_its_terms(farmer, market):
    told = {
        "cutoff_time": "12:00",
        "cutoff_days_before": "2",
        "ready_from": "06:00",
        "days_off": ["6", "7"],
    }

    farmer.post(reverse("catalog:terms-edit", args=[market.farm.pk]), told)

    market.farm.terms.refresh_from_db()
    assert market.farm.terms.days_off == [6, 7]


def test_what_belongs_to_others_is_not_found_and_stays(stranger, market):
    order = market.order()
    part = order.parts.first()
    tries = [
        ("get", "ordering:order-detail", order.pk),
        ("get", "ordering:order-again", order.pk),
        ("post", "ordering:order-cancel", order.pk),
        ("post", "ordering:part-accept", part.pk),
        ("post", "ordering:part-refuse", part.pk),
        ("get", "catalog:product-edit", market.tomatoes.pk),
        ("post", "catalog:product-edit", market.tomatoes.pk),
        ("post", "catalog:product-availability", market.tomatoes.pk),
        ("post", "catalog:product-archive", market.tomatoes.pk),
        ("post", "catalog:product-create", market.farm.pk),
        ("post", "catalog:terms-edit", market.farm.pk),
    ]

    for method, name, pk in tries:
        answer = getattr(stranger, method)(reverse(name, args=[pk]))
        assert answer.status_code == 404, name

    order.refresh_from_db()
    market.tomatoes.refresh_from_db()
    assert (order.state, order.version) == ("new", 1)
    assert market.tomatoes.is_available
    assert market.tomatoes.archived_at is None


def test_another_producers_list_is_not_found(stranger, market):
    assert (
        stranger.get(reverse("ordering:picking-list"), {"producer": market.farm.pk}).status_code
        == 404
    )
    told = {"producer": market.farm.pk, "day": "2026-11-25"}
    assert stranger.post(reverse("ordering:parts-accept-day"), told).status_code == 404


def test_another_cooperative_has_none_of_it(client_for, market, beta, in_coop, now):
    order = market.order()
    with in_coop(beta):
        foreign = UserFactory(administrator=True)
    client = client_for(foreign, beta)

    assert client.get(reverse("ordering:order-detail", args=[order.pk])).status_code == 404
    assert client.post(reverse("ordering:order-cancel", args=[order.pk])).status_code == 404
    order.refresh_from_db()
    assert order.state == "new"


def test_a_buyer_cannot_answer_for_the_producer(odile, market):
    part = market.order().parts.first()

    assert odile.post(reverse("ordering:part-accept", args=[part.pk])).status_code == 404


def test_people_without_sign_in_are_asked_to(client, market):
    answer = client.get(reverse("ordering:order-list"))

    assert answer.status_code == 302
    assert "sign-in" in answer.url


LISTS = [
    ("ordering:order-list", {}),
    ("ordering:order-list", {"q": "odile", "state": "new"}),
    ("ordering:home", {}),
]


@pytest.mark.parametrize(("name", "query"), LISTS)
def test_a_list_of_thirty_asks_no_more_than_one(odile, market, name, query):
    market.order()
    count = _queries(odile, name, query)
    for _ in range(29):
        market.order()

    assert _queries(odile, name, query) == count


@pytest.mark.parametrize("name", ["ordering:picking-list", "catalog:product-list"])
def test_a_producers_list_of_thirty_asks_no_more_than_one(farmer, market, name):
    query = {"day": "2026-11-25"}
    market.order()
    count = _queries(farmer, name, query)
    for _ in range(29):
        market.order()
        ProductFactory(producer=market.farm)

    assert _queries(farmer, name, query) == count


def test_the_list_of_producers_asks_the_same_for_thirty(odile, market):
    for name in ("catalog:producer-list", "ordering:order-create"):
        count = _queries(odile, name, {})
        for _ in range(28):
            ProductFactory()
        assert _queries(odile, name, {}) == count


def _queries(client, name, query):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(reverse(name), query)  # the host is looked up once in a while
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(reverse(name), query)
    assert answer.status_code == 200
    return len(queries)


def test_the_order_list_searches_and_filters(odile, office, market):
    market.order()

    found = office.get(reverse("ordering:order-list"), {"q": "trois ormes"})
    missed = odile.get(reverse("ordering:order-list"), {"state": "fulfilled"})

    assert "Chez Odile" in found.content.decode()
    assert "No order matches" in missed.content.decode()


@pytest.mark.parametrize("name", ["ordering:home", "catalog:product-list", "ordering:picking-list"])
def test_empty_pages_say_what_is_so(stranger, name):
    assert stranger.get(reverse(name)).status_code == 200


def test_a_producers_page_for_buyers(odile, market):
    page = odile.get(reverse("catalog:producer-products", args=[market.farm.pk])).content.decode()

    assert "Blettes" in page
    assert "€1.50" in page
    foreign = reverse("catalog:producer-products", args=[market.restaurant.pk])
    assert odile.get(foreign).status_code == 404
