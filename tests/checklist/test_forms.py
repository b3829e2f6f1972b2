"""Items 17, 43, 44 and 45: what a form takes, from where, and what stays in the browser after."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from orders.models import Order, Product
from tests.factories import MembershipFactory, ProducerTermsFactory, UserFactory
from tests.scenes import MONDAY, address, furnish, views

pytestmark = pytest.mark.django_db
# What nobody may give themselves by a field that the form does not have.
EXTRA = {
    "is_administrator": "on",
    "is_dispatcher": "on",
    "is_federation_staff": "on",
    "is_superuser": "on",
    "role": "administrator",
    "roles": "is_administrator",
    "level": "owner",
    "status": "DONE",
    "state": "fulfilled",
    "paid": "1",
    "total_minor": "1",
    "price_minor": "1",
    "producer_id": "1",
    "buyer_id": "1",
    "courier_id": "1",
}
# What a look may note: that somebody was there, a guess at a secret, and the secret of an
# authenticator that is shown to be confirmed by a form, and counts for nothing before.
NOTES_A_VISIT = {
    "accounts_limit",
    "audit_securityevent",
}


def test_17_a_person_s_own_page_gives_no_role(client_for):
    person = MembershipFactory(staff=True).user
    client_for(person).post(
        reverse("accounts:me"),
        EXTRA | {"name": "Odile", "language": "fr", "version": person.version, "theme": ""},
    )

    kept = User.objects.get(pk=person.pk)
    assert (kept.is_administrator, kept.is_dispatcher, kept.is_federation_staff) == (False,) * 3
    assert {seat.level for seat in kept.seats} == {"staff"}


def test_17_a_product_is_always_of_the_producer_who_makes_it(client_for):
    other = MembershipFactory(business__producer=True).business
    farmer = MembershipFactory(business__producer=True)
    ProducerTermsFactory(producer=farmer.business)
    client_for(farmer.user).post(
        reverse("catalog:product-create", args=[farmer.business.pk]),
        EXTRA
        | {
            "name": "Pears",
            "unit": "kg",
            "price": "2.00",
            "unit_weight_kg": "1",
            "tax_category": "food",
            "available": "on",
            "producer": other.pk,
            "producer_id": other.pk,
            "action_id": str(uuid.uuid4()),
        },
    )

    assert not Product.objects.filter(producer=other).exists()
    assert [product.price_minor for product in farmer.business.products.all()] == [200]


def test_17_an_order_keeps_its_state_and_price_whatever_a_form_says(client_for, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: MONDAY)
    owner, ids = furnish()
    order = Order.objects.get(pk=ids["order_id"])
    kitchen = MembershipFactory(business=order.buyer, staff=True).user
    before = (order.state, order.total_minor, order.buyer_id)

    browser = client_for(kitchen)
    for name, parts in views():
        if name.startswith("ordering:order-") and "cancel" not in name:
            browser.post(address(name, parts, ids), EXTRA | {"action_id": str(uuid.uuid4())})

    order.refresh_from_db()
    assert (order.state, order.total_minor, order.buyer_id) == before
    assert owner.pk != kitchen.pk


@pytest.mark.parametrize("headers", [{}, {"origin": "null"}, {"origin": "https://evil.example"}])
def test_43_no_form_counts_from_elsewhere(client_for, alpha, monkeypatch, headers):
    monkeypatch.setattr(timezone, "now", lambda: MONDAY)
    owner, ids = furnish()
    signed_in = client_for(owner)
    browser = Client(
        enforce_csrf_checks=True, headers={"host": f"{alpha.slug}.localhost"} | headers
    )
    browser.cookies = signed_in.cookies
    for name, parts in views():
        answer = browser.post(address(name, parts, ids), {"action_id": str(uuid.uuid4())})
        assert answer.status_code in (403, 404, 405), name


def test_43_looking_changes_nothing(client_for, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: MONDAY)
    owner, ids = furnish()
    browser = client_for(owner)
    browser.get("/")  # the first look at a session may be noted
    browser.get(reverse("security:app-set-up"))  # draws a secret, and notes who is to see it again
    before = _digests()
    for name, parts in views():
        browser.get(address(name, parts, ids))

    after = _digests()
    changed = {table for table in after if after[table] != before[table]}
    assert changed <= NOTES_A_VISIT


def _digests():
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t'
            )
            found[table] = cursor.fetchone()
    return found


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "/\\evil.example", "javascript:alert(1)", "https://evil.example/"],
)
def test_44_a_choice_of_language_leads_back_to_our_pages_only(client, elsewhere):
    answer = client.post(reverse("preferences"), {"language": "fr", "next": elsewhere})

    assert answer["Location"] == "/"


def test_45_signing_out_takes_what_the_browser_kept(client_for):
    browser = client_for(UserFactory(courier=True))

    assert browser.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache", "storage"'


def test_45_private_pages_are_never_kept(client_for, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: MONDAY)
    owner, ids = furnish()
    browser = client_for(owner)
    for name in ("ordering:order-list", "board:day", "rider:day", "accounts:person-list"):
        parts = next((parts for known, parts in views() if known == name), None)
        if parts is not None:
            answer = browser.get(address(name, parts, ids))
            assert "no-store" in answer["Cache-Control"], name
