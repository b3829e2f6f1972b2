"""15, as people see it: nobody finds a form, button or link on a page that the server would refuse.

Each page that a role may open is opened, at a co-op's host and at the federation's, and where its
forms, buttons, htmx attributes and links lead is asked of the access matrix. Whose the object is, the
pages of owners are tried with their own.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.access import RULES, Person, allows
from accounts.models import Membership, User
from coopcycle.models import OutboxMessage
from dispatch.models import FailureReason, Incident
from tenants.context import in_federation
from tests.factories import MembershipFactory, TaskFactory, UserFactory
from tests.scenes import COOPERATIVE, FEDERATION, MONDAY, address, furnish, views
from tests.sign_in import enter, give_app

pytestmark = pytest.mark.django_db
HTMX = {f"hx-{method}": method.upper() for method in ("get", "post", "put", "patch", "delete")}
SWITCHES = {
    "administrator": {"is_administrator": True},
    "dispatcher": {"is_dispatcher": True},
    "courier": {"is_courier": True},
    "accountant": {"is_accountant": True},
    "reader": {"is_reader": True},
}
SEATS = {"owner": "business_id", "staff": "business_id", "producer": "producer_id"}
# A part of a page, whose buttons belong to forms of the page around it, is drawn with it as well.
OPENED_WITH = {"recurring:rule-detail": "?date=2026-11-27T06:30:00", "board:day": "?day=2026-11-23"}


class Offers(HTMLParser):
    """All that a page lets one send or open: (method, address)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found = page, set[tuple[str, str]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._add(said.get("method", "get").upper(), said.get("action") or self.page)
        if "formaction" in said:
            self._add(said.get("formmethod", "post").upper(), said["formaction"])
        if tag == "a" and "href" in said:
            self._add("GET", said["href"])
        for name, method in HTMX.items():
            if name in said:
                self._add(method, said[name])

    def _add(self, method: str, place: str) -> None:
        whole = urlsplit(urljoin(f"http://here{self.page}", place))
        if whole.netloc == "here":
            self.found.add((method, whole.path))


def refused(
    offers: set[tuple[str, str]], person: Person, urlconf: str = COOPERATIVE
) -> Iterator[tuple[str, str]]:
    for method, path in sorted(offers):
        if path.startswith(("/static/", "/live/")):
            continue
        try:
            name = resolve(path, urlconf).view_name
        except Resolver404:
            yield method, path
            continue
        leads_to_sign_in = method == "GET" and not person.is_authenticated
        if not allows(RULES[name], person, method) and not leads_to_sign_in:
            yield method, name


def scene(role: str) -> tuple[User, dict[str, Any]]:
    """One of each thing, and a person of this role; who has a seat has it where the things are."""
    _person, ids = furnish("here")
    failed = TaskFactory(failed=True)
    event = failed.events.create(kind="failed", recorded_at=MONDAY)
    Incident.objects.create(
        task=failed, event=event, reason=FailureReason.ABSENT, created_at=MONDAY
    )
    ids["task_id"] = failed.pk
    if role in SWITCHES:
        return UserFactory(**SWITCHES[role]), ids
    level = Membership.Level.STAFF if role == "staff" else Membership.Level.OWNER
    seat = MembershipFactory(business_id=ids[SEATS[role]], level=level)
    return User.objects.get(pk=seat.user_id), ids


@pytest.mark.parametrize("role", [*SWITCHES, *SEATS])
def test_15_no_page_offers_what_the_server_refuses(role, client_for):
    person, ids = scene(role)
    opened, wrong = look(client_for(person), person, ids)

    assert wrong == {}
    assert len(opened) > 8, opened


def test_15_no_page_of_the_federation_offers_its_staff_what_the_server_refuses(
    alpha, federation_client
):
    with in_federation():
        person = give_app(UserFactory(is_federation_staff=True))
        stuck = {"state": OutboxMessage.State.DEAD, "payload": {"to": "a@example.org"}}
        OutboxMessage.objects.create(kind="mail", key="stuck", **stuck)
        enter(Client(), person)  # another browser of theirs, which can be signed out
        enter(federation_client, person)
        opened, wrong = look(federation_client, person, {"slug": alpha.slug}, FEDERATION)

    assert wrong == {}
    assert {
        "accounts:undelivered-list",
        "accounts:cooperative-create",
        "accounts:cooperative-opened",
        "security:overview",
        "sessions:list",
        "tenants:federation-home",
        "tenants:isolation",
    } <= opened


@pytest.mark.parametrize("urlconf", [COOPERATIVE, FEDERATION])
def test_15_who_is_not_signed_in_is_offered_nothing_that_is_refused(
    urlconf, client, federation_client
):
    browser = client if urlconf == COOPERATIVE else federation_client
    opened, wrong = look(browser, AnonymousUser(), {}, urlconf)

    assert wrong == {}
    assert {"account_login", "account_reset_password"} <= opened


def look(
    browser: Client, person: Person, ids: dict[str, Any], urlconf: str = COOPERATIVE
) -> tuple[set[str], dict[str, list[tuple[str, str]]]]:
    """The pages that open for somebody, and what they offer in vain."""
    browser.raise_request_exception = False
    opened, wrong = set(), {}
    for name, parts in views(urlconf):
        if not allows(RULES[name], person, "GET") or name == "account_logout":
            continue
        page = address(name, parts, ids, urlconf) + OPENED_WITH.get(name, "")
        answer = browser.get(page, headers={"accept-language": "en"})
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            continue
        opened.add(name)
        offers = Offers(page)
        offers.feed(answer.text)
        if found := list(refused(offers.found, person, urlconf)):
            wrong[name] = found
    return opened, wrong


def test_15_that_check_would_see_a_form_a_button_a_link_and_what_htmx_sends():
    page = Offers("/orders/7/")
    page.feed(
        '<form method="post"></form><form action="/people/"></form><a href="/a/?b=1">x</a>'
        '<button formaction="cancel/"></button><i hx-post="/now/"></i><a href="//else.where/">x</a>'
    )

    assert page.found == {
        ("POST", "/orders/7/"),
        ("GET", "/people/"),
        ("GET", "/a/"),
        ("POST", "/orders/7/cancel/"),
        ("POST", "/now/"),
    }
