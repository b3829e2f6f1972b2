"""Products that a producer gives only so much of a day: first come, first served, never too much."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from coopcycle.errors import DomainError
from orders.catalog.models import ProducerTerms, Product
from orders.ordering import changing, services
from orders.ordering.drafts import LineDraft, OrderDraft
from orders.ordering.stock import Shelf
from tests.factories import (
    TUESDAY,
    MembershipFactory,
    PriceListFactory,
    ProducerTermsFactory,
    ProductFactory,
)

NOW = TUESDAY
FRIDAY = (TUESDAY + timedelta(days=3)).replace(hour=8)


@pytest.fixture
def shop(db):
    PriceListFactory()
    return MembershipFactory()


@pytest.fixture
def eggs(db):
    """Ten crates a day, and not one more."""
    return ProductFactory(name="Eggs", unit="crate", daily_quantity=10)


def draft(shop, *wanted, at=FRIDAY):
    return OrderDraft(
        buyer_id=shop.business.pk,
        kind="supply",
        after=at,
        before=at + timedelta(hours=1),
        lines=tuple(LineDraft(product.pk, Decimal(amount)) for product, amount in wanted),
    )


def order(shop, *wanted, at=FRIDAY):
    return services.place_order(draft(shop, *wanted, at=at), actor=shop.user, at=NOW)


def left(product, day=FRIDAY):
    shelf = Shelf.of({product.pk: product}, [day.date()])
    return shelf.left(product, day.date())


def test_who_comes_later_gets_what_is_left_and_is_told(shop, eggs):
    order(shop, (eggs, 8))
    with pytest.raises(DomainError, match="Of Eggs only 2 crates are left for Friday 27 November"):
        order(shop, (eggs, 3))
    order(shop, (eggs, 2))
    with pytest.raises(DomainError, match="Eggs is sold out for Friday 27 November"):
        order(shop, (eggs, 1))
    assert left(eggs) == 0


def test_each_day_has_its_own_stock_and_others_have_none(shop, eggs):
    order(shop, (eggs, 10))
    order(shop, (eggs, 10), at=FRIDAY + timedelta(days=1))
    order(shop, (ProductFactory(), 9000))
    assert left(eggs, FRIDAY + timedelta(days=4)) == 10


def test_what_is_called_off_or_refused_is_free_again(shop, eggs):
    first, second = order(shop, (eggs, 4)), order(shop, (eggs, 6))
    services.cancel_order(order_id=first.pk, actor=shop.user, at=NOW)
    assert left(eggs) == 4
    producer = MembershipFactory(business=eggs.producer).user
    services.refuse_part(
        part_id=second.parts.get().pk, reason="Hens on strike", actor=producer, at=NOW
    )
    assert left(eggs) == 10


def test_an_order_may_keep_what_it_has_and_no_more_than_there_is(shop, eggs):
    first = order(shop, (eggs, 4))
    order(shop, (eggs, 5))

    def change(amount, version):
        return changing.change_order(
            draft(shop, (eggs, amount)),
            order_id=first.pk,
            version=version,
            actor=shop.user,
            at=NOW,
        )

    changed = change(5, 1)
    with pytest.raises(DomainError, match="only 5 crates are left"):
        change(6, changed.version)


def test_a_draft_without_scarce_goods_asks_nothing_more(shop, django_assert_num_queries):
    tomatoes = ProductFactory()
    ProducerTermsFactory(producer=tomatoes.producer)
    plain = draft(shop, (tomatoes, 3))
    with django_assert_num_queries(3):
        services.verdict_on(plain, at=NOW)
    Product.objects.update(daily_quantity=5)
    with django_assert_num_queries(4):
        services.verdict_on(plain, at=NOW)


def test_the_shelf_reads_once_for_any_number(shop, eggs, django_assert_num_queries):
    many = {product.pk: product for product in ProductFactory.create_batch(5, daily_quantity=3)}
    days = [FRIDAY.date() + timedelta(days=more) for more in range(10)]
    with django_assert_num_queries(1):
        Shelf.of(many, days)
    with django_assert_num_queries(0):
        Shelf.of({}, days)


def test_a_limit_of_nothing_is_refused_by_the_database(eggs):
    with (
        pytest.raises(IntegrityError, match="product_daily_quantity_something"),
        transaction.atomic(),
    ):
        Product.objects.update(daily_quantity=0)
    with pytest.raises(IntegrityError, match="terms_when_short_known"), transaction.atomic():
        ProducerTerms.objects.create(producer=eggs.producer, when_short="pro rata")


def test_a_producer_says_how_much_there_is_a_day(shop, eggs, client_for):
    farmer = client_for(MembershipFactory(business=eggs.producer).user)
    address = reverse("catalog:product-edit", args=[eggs.pk])
    said = {
        "name": "Eggs",
        "unit": "crate",
        "price": "9.60",
        "tax_category": eggs.tax_category,
        "unit_weight_kg": "2",
        "is_available": "on",
    }
    assert 'value="10"' in farmer.get(address).content.decode()
    wrong = farmer.post(address, said | {"daily_quantity": "2.5"})
    assert wrong.status_code == 422
    assert "sold whole" in wrong.content.decode()
    assert farmer.post(address, said | {"daily_quantity": "0"}).status_code == 422
    assert farmer.post(address, said | {"daily_quantity": "12"}).status_code == 302
    eggs.refresh_from_db()
    assert eggs.daily_quantity == 12
    assert "12 crates" in farmer.get(reverse("catalog:product-list")).content.decode()
    farmer.post(address, said | {"daily_quantity": ""})
    eggs.refresh_from_db()
    assert eggs.daily_quantity is None


def test_customers_read_how_much_there_is(shop, eggs, client_for):
    page = client_for(shop.user).get(reverse("ordering:order-create"))
    assert "at most 10 crates a day" in page.content.decode()
