"""The demo's towns hold together: names, tastes and accounts refer to things that exist."""

from datetime import date

import pytest

from accounts.models import Business, User
from coopcycle.demo.grenoble import GRENOBLE
from coopcycle.demo.people import PASSWORD, settle, welcome_newcomers
from coopcycle.demo.seeds import TownSeed
from coopcycle.demo.towns import TOWNS, all_accounts
from dispatch.models import Courier, Shift
from orders.models import Product

MONDAY = date(2026, 11, 23)
towns = pytest.mark.parametrize("town", TOWNS, ids=lambda town: town.slug)


@towns
def test_everything_a_standing_order_names_exists(town: TownSeed) -> None:
    goods = {(b.name, product.name) for b in town.businesses for product in b.products}
    names = {business.name for business in town.businesses}

    for standing in town.standing:
        assert standing.buyer in names
        assert {(producer, product) for producer, product, _ in standing.basket} <= goods
        assert bool(standing.basket) != bool(standing.recipient)


@towns
def test_a_town_has_the_size_that_the_demo_promises(town: TownSeed) -> None:
    assert 6 <= len(town.businesses) <= 12
    assert 5 <= len(town.couriers) <= 12


def test_nobody_shares_an_email() -> None:
    emails = [account.email for account in all_accounts()]
    assert len(emails) == len(set(emails))


def test_somebody_tries_each_role_and_whoever_sees_others_data_has_a_second_step() -> None:
    roles = {account.role: account for account in all_accounts()}

    assert {"accountant", "reader"} <= roles.keys()
    assert [role for role, account in roles.items() if account.has_second_factor] == [
        "federation",
        "administrator",
        "dispatcher",
        "accountant",
        "reader",
    ]


def test_a_demo_from_before_gets_those_who_joined_later(db: None, alpha) -> None:
    settle(GRENOBLE, alpha, MONDAY)
    User.objects.filter(is_reader=True).delete()

    welcome_newcomers(GRENOBLE)

    reader = User.objects.get(is_reader=True)
    assert (reader.name, reader.has_second_factor) == (GRENOBLE.reader, True)
    assert User.objects.count() == sum(a.cooperative == "grenoble" for a in all_accounts())


@towns
def test_a_town_settles(town: TownSeed, db: None, alpha) -> None:
    settle(town, alpha, MONDAY)

    assert Business.objects.count() == len(town.businesses)
    assert Courier.objects.count() == len(town.couriers)
    assert Product.objects.count() == sum(len(b.products) for b in town.businesses)
    assert Shift.objects.filter(after__date=MONDAY).count() == len(town.couriers)
    assert all(user.check_password(PASSWORD) for user in User.objects.all()[:2])
