"""14, 15, 16: the whole matrix, both ways: each address × each role × each method.

The expectation is read from the matrix itself; what it must say is written down here for the roles
that look and for exports. Objects belong to somebody else than all who ask here, so `allowed`
people find them only where their role reaches everybody's.
"""

import ast
import re
import uuid
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.db import transaction
from django.urls import get_resolver, reverse

from accounts.access import RULES, SAFE, allows, anyone
from accounts.models import User
from tests.factories import BusinessFactory, MembershipFactory, TaskFactory, UserFactory
from tests.scenes import address, furnish, views

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST")
ENGLISH = {"accept-language": "en"}
# What a form names, or what an installation may leave out, is not there: that is no refusal.
NEEDS_MORE = {
    "ordering:parts-accept-day",
    "cooperative:colour",
    "recurring:holiday-open",
    "security-contact",
    "feeds:home",
}
HERE = views()
ROLES = {
    "nobody": {},
    "administrator": {"is_administrator": True},
    "dispatcher": {"is_dispatcher": True},
    "courier": {"is_courier": True},
    "accountant": {"is_accountant": True},
    "reader": {"is_reader": True},
}


ASKING = (*ROLES, "owner", "staff", "producer")


def somebody(role):
    """A person of this role, who owns nothing of the scene."""
    if role in ROLES:
        return UserFactory(**ROLES[role])
    if role == "producer":
        return MembershipFactory(business__producer=True).user
    return MembershipFactory(business=BusinessFactory(), staff=role == "staff").user


def scene():
    _person, ids = furnish("of another")
    return ids | {"handle": uuid.uuid4()}


def asked(browser, method, url):
    """The status of one request, and nothing of what it did."""
    browser.raise_request_exception = False
    cookies = browser.cookies.output(header="", sep=";")
    with transaction.atomic():
        status = browser.generic(method, url, headers={"accept-language": "en"}).status_code
        transaction.set_rollback(True)
    browser.cookies = SimpleCookie(cookies)  # one of these was to sign out
    return status


def is_as_written(rule, person, method, status, *, has_object):
    """Let in: anything but a refusal, though an object of somebody else is not there. Else 404."""
    if status >= 500:
        return False
    if not allows(rule, person, method):
        return status == 404
    return status not in (401, 403) and (status != 404 or has_object)


@pytest.mark.parametrize("role", ASKING)
def test_15_each_role_gets_at_each_address_what_the_matrix_says(role, client_for):
    ids, person = scene(), somebody(role)
    browser, wrong = client_for(person), []
    for name, parts in HERE:
        for method in METHODS:
            status = asked(browser, method, address(name, parts, ids))
            # An address without a part of it can hang on an object, too: what a form names.
            has_object = bool(parts) or name in NEEDS_MORE
            if not is_as_written(RULES[name], person, method, status, has_object=has_object):
                wrong.append((name, method, status))

    assert wrong == [], wrong


def test_14_without_sign_in_nothing_opens_by_any_method(client):
    ids, wrong = scene(), []
    for name, parts in HERE:
        for method in (*METHODS, "PUT", "PATCH", "DELETE"):
            status = asked(client, method, address(name, parts, ids))
            is_right = status < 500 if RULES[name] is anyone else status in (302, 401)
            if not is_right:
                wrong.append((name, method, status))

    assert wrong == [], wrong


# --- 16: what is not yours -------------------------------------------------------------------------
OF_ALL = {
    "catalog:producer-products",  # a shop window: everybody who orders sees each producer
    "sessions:end",  # answers alike whether it was there: see test_28
    "security:passkey-remove",  # the same: only one's own are looked at
}
NO_OBJECT = {"year", "secret", "token", "uidb36", "key", "slug"}


@pytest.mark.parametrize("role", ["owner", "staff", "producer", "courier"])
def test_16_what_belongs_to_another_business_or_courier_is_not_there(role, client_for):
    ids, browser, found = scene(), client_for(somebody(role)), []
    for name, parts in HERE:
        if not parts - NO_OBJECT or name in OF_ALL:
            continue
        for method in METHODS:
            status = asked(browser, method, address(name, parts, ids))
            if status not in (404, 405):
                found.append((name, method, status))

    assert found == []


# --- roles that look -------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["accountant", "reader"])
def test_15_who_only_looks_may_send_nothing_but_what_is_their_own(role):
    person = UserFactory(**ROLES[role])
    own = {"preferences", "account_logout", "account_change_password", "accounts:me"}

    for name, rule in RULES.items():
        if allows(rule, person, "POST") and rule is not anyone and name not in own:
            assert name.startswith(("sessions:", "security:", "privacy:", "accounts:home")), name


def test_15_the_accountant_reads_orders_prices_and_businesses_and_sees_no_plan():
    person = UserFactory(is_accountant=True)
    everybody = UserFactory()
    names = {
        name
        for name, rule in RULES.items()
        if allows(rule, person, "GET") and not allows(rule, everybody, "GET")
    }

    assert names == {
        "accounts:business-detail",
        "accounts:business-list",
        "ordering:order-detail",
        "ordering:order-list",
        "pricing:price-list",
    }


def test_15_who_looks_and_belongs_to_a_business_changes_only_what_is_theirs(client_for):
    _person, ids = furnish("of another")
    both = MembershipFactory().user
    User.objects.filter(pk=both.pk).update(is_reader=True)
    browser = client_for(User.objects.get(pk=both.pk))
    order = address("ordering:order-detail", frozenset({"order_id"}), ids)

    assert browser.get(order).status_code == 200
    assert browser.post(f"{order}cancel/").status_code == 404


def test_15_a_reader_finds_the_offices_pages_and_hears_that_nothing_will_change(client_for):
    browser = client_for(UserFactory(is_reader=True))

    assert browser.get("/")["Location"] == "/dispatch/"
    assert "change nothing on it" in browser.get("/orders/", headers=ENGLISH).text
    assert "change nothing on it" not in browser.get("/me/", headers=ENGLISH).text
    at_office = client_for(UserFactory(dispatcher=True))
    assert "change nothing on it" not in at_office.get("/orders/", headers=ENGLISH).text


def test_15_a_reader_finds_nothing_on_the_board_that_would_be_refused(client_for):
    stop = TaskFactory()
    reader, at_office = UserFactory(is_reader=True), UserFactory(dispatcher=True)
    board = f"/dispatch/?day={stop.day}"
    for page in (board, reverse("board:task-detail", args=[stop.pk])):
        shown = client_for(reader).get(page, headers=ENGLISH).text
        assert stop.place in shown
        assert "change nothing on it" in shown
        assert posts(shown) <= {"/preferences/", reverse("account_logout")}
    assert "data-only-looks" in client_for(reader).get(board).text
    assert "data-only-looks" not in client_for(at_office).get(board).text


def posts(page):
    """Where the page's forms send to."""
    return set(re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page))


# --- exports ---------------------------------------------------------------------------------------
def exports():
    return sorted(name for name in RULES if "export" in name)


def test_15_a_dispatcher_exports_nobody_elses_data():
    """What a dispatcher may take away, by name; a new export shows up here."""
    dispatcher, everybody = UserFactory(dispatcher=True), UserFactory()
    more = [
        name
        for name in exports()
        if allows(RULES[name], dispatcher, "POST") and not allows(RULES[name], everybody, "POST")
    ]

    assert more == []


# --- one function a kind -----------------------------------------------------------------------------
APPS = ("accounts", "dispatch", "orders", "recurring", "privacy")


def fetched_past_the_check(source):
    """Lines on which a view takes an object by its model instead of by `get_…_for(person, id)`."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        first = ast.unparse(node.args[0]) if node.args else ""
        is_model = first[:1].isupper()
        if called.endswith(".objects.get") or (called.startswith("get_object_or") and is_model):
            yield node.lineno


def test_16_no_view_takes_an_object_past_its_check():
    modules = {entry.callback.__module__ for entry in _entries(get_resolver("coopcycle.urls"))}
    files = sorted(
        Path(f"{module.replace('.', '/')}.py") for module in modules if module.split(".")[0] in APPS
    )
    found = [
        f"{file}:{line}" for file in files for line in fetched_past_the_check(file.read_text())
    ]

    assert len(files) > 20
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "Order.objects.get(pk=1)",
        "get_object_or_404(Order, pk=1)",
        "get_object_or_404(Order.objects.all(), pk=1)",
    ],
)
def test_16_that_check_would_see_it(line):
    assert list(fetched_past_the_check(line)) == [1]


def _entries(resolver):
    for entry in resolver.url_patterns:
        if hasattr(entry, "url_patterns"):
            yield from _entries(entry)
        else:
            yield entry


def test_14_methods_that_only_look_are_those_that_the_web_calls_safe():
    assert frozenset({"GET", "HEAD", "OPTIONS"}) == SAFE
