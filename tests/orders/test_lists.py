"""Lists ask the database as much for thirty rows as for one."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Order
from tests.factories import PriceListFactory, ProductFactory

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


def test_a_front_page_asks_the_same_for_thirty_arrivals(odile, market):
    market.order()
    Order.objects.update(day="2026-11-23")
    count = _queries(odile, "ordering:home", {})
    for _ in range(29):
        market.order()
    Order.objects.update(day="2026-11-23")

    assert _queries(odile, "ordering:home", {}) == count


def test_one_order_asks_the_same_for_thirty_lines_of_ten_producers(office, market):
    small, products = market.order(), [ProductFactory() for _ in range(10)]
    for product in products:
        products += ProductFactory.create_batch(2, producer=product.producer)
        if len(products) == 30:
            break
    large = market.order(*((product, "1") for product in products))
    counts = {_queries(office, "ordering:order-detail", {}, order.pk) for order in (small, large)}

    assert len(counts) == 1


def test_one_producers_goods_and_the_prices_ask_the_same_for_thirty(odile, office, market):
    pages = [
        (odile, "catalog:producer-products", [market.farm.pk]),
        (office, "pricing:price-list", []),
    ]
    before = [_queries(client, name, {}, *keys) for client, name, keys in pages]
    for number in range(1, 30):
        ProductFactory(producer=market.farm)
        PriceListFactory(valid_from=date(2027, 1, number))

    assert [_queries(client, name, {}, *keys) for client, name, keys in pages] == before


def _queries(client, name, query, *keys):
    address = reverse(name, args=keys)
    client.get(address, query)  # the host is looked up once in a while
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address, query)
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
