"""30: what matters asks once more who sits here, unless that was shown a moment ago."""

import time
import uuid

import pytest
from django.urls import reverse

from accounts.access import RULES, Fresh
from accounts.second_factor.models import AuthenticatorApp
from accounts.second_factor.sessions import CONFIRMED
from recurring.models import CalendarFeed
from tests.factories import PASSWORD, MembershipFactory, UserFactory
from tests.sign_in import code_for, give_app, grow_stale

pytestmark = pytest.mark.django_db
CONFIRM = "/me/confirm/"


def stale(client_for, user):
    browser = client_for(user)
    grow_stale(browser)
    return browser


def test_30_these_are_asked_for():
    """A new page of this kind names `fresh` in the matrix; whoever takes one out sees it here."""
    assert {name for name, rule in RULES.items() if isinstance(rule, Fresh)} >= {
        "security:app-set-up",
        "security:app-remove",
        "security:backup-codes",
        "security:passkey-begin",
        "security:passkey-complete",
        "security:passkey-remove",
        "security:person-reset",
        "security:email",
        "security:coop-reset",
        "accounts:person-edit",
        "accounts:invitation-create",
        "feeds:feed-list",
        "feeds:feed-renew",
        "importing:export",
    }


def test_30_a_page_asks_and_then_leads_on_to_it(client_for):
    person = UserFactory()
    browser = stale(client_for, UserFactory(administrator=True))
    page = reverse("accounts:person-edit", args=[person.pk])

    asked = browser.get(page)
    assert asked["Location"] == f"{CONFIRM}?next=%2Fpeople%2F{person.pk}%2F"
    assert browser.post(asked["Location"], {"password": "wrong"}).status_code == 422
    assert browser.get(page).status_code == 302
    assert browser.post(asked["Location"], {"password": PASSWORD})["Location"] == page
    assert browser.get(page).status_code == 200


def test_30_nothing_is_done_by_a_form_that_comes_too_late(client_for):
    person = UserFactory()
    browser = stale(client_for, UserFactory(administrator=True))

    answer = browser.post(
        reverse("accounts:person-edit", args=[person.pk]), {"is_administrator": "on"}
    )

    assert answer["Location"].startswith(CONFIRM)
    person.refresh_from_db()
    assert not person.is_administrator


def test_30_a_secret_address_is_asked_for_and_the_list_of_them_is_not(client_for):
    seat = MembershipFactory()
    browser = stale(client_for, seat.user)
    page = reverse("feeds:feed-list", args=[seat.business.pk])
    fields = {"name": "Phone", "content": "gets", "action_id": uuid.uuid4()}

    assert browser.get(page).status_code == 200
    assert browser.post(page, fields)["Location"].startswith(CONFIRM)
    assert not CalendarFeed.objects.exists()
    browser.post(CONFIRM, {"password": PASSWORD})
    assert browser.post(page, fields).status_code == 200
    assert CalendarFeed.objects.get().name == "Phone"


def test_30_it_lasts_a_quarter_of_an_hour_and_a_form_as_long_again(client_for):
    browser = client_for(UserFactory(administrator=True))
    page = reverse("accounts:person-edit", args=[UserFactory().pk])

    def ago(minutes):
        session = browser.session
        session[CONFIRMED] = int(time.time() - minutes * 60)
        session.save()

    for minutes, method, status in (
        (14, browser.get, 200),
        (16, browser.get, 302),
        (29, browser.post, 422),
        (31, browser.post, 302),
    ):
        ago(minutes)
        assert method(page, {"name": ""}).status_code == status, minutes


def test_30_a_code_does_as_well_and_counts_as_used(client_for):
    user = give_app(UserFactory(administrator=True))
    browser, code = stale(client_for, user), code_for(user)

    assert browser.post(f"{CONFIRM}?with=app", {"code": code})["Location"] == "/"
    grow_stale(browser)
    assert browser.post(f"{CONFIRM}?with=app", {"code": code}).status_code == 422


def test_30_tries_come_to_an_end(client_for):
    browser = stale(client_for, UserFactory(administrator=True))
    answers = [
        browser.post(CONFIRM, {"password": f"wrong {number}"}).status_code for number in range(9)
    ]

    assert answers == [422] * 8 + [429]
    assert browser.post(CONFIRM, {"password": PASSWORD}).status_code == 429


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example"]
)
def test_30_it_leads_to_no_other_host(client_for, elsewhere):
    browser = stale(client_for, UserFactory())

    answer = browser.post(f"{CONFIRM}?next={elsewhere}", {"password": PASSWORD})

    assert answer["Location"] == "/"


def test_30_a_part_of_a_page_moves_the_whole_page(client_for):
    browser = stale(client_for, MembershipFactory().user)

    answer = browser.post(
        reverse("security:backup-codes"),
        headers={"HX-Request": "true", "HX-Current-URL": "http://alpha.localhost/me/security/?x=1"},
    )

    assert answer.status_code == 403
    assert answer["HX-Redirect"] == f"{CONFIRM}?next=%2Fme%2Fsecurity%2F%3Fx%3D1"


PAGE = "http://alpha.localhost/me/security/?x=1"
BACK = f"{CONFIRM}?next=%2Fme%2Fsecurity%2F%3Fx%3D1"


@pytest.mark.parametrize(
    ("headers", "place"),
    [
        ({"Referer": PAGE}, BACK),
        ({}, f"{CONFIRM}?next=%2F"),
        ({"Referer": "http://beta.localhost/me/security/?x=1"}, f"{CONFIRM}?next=%2F"),
    ],
)
def test_30_a_form_leads_back_to_the_page_of_ours_that_it_stood_on(client_for, headers, place):
    browser = stale(client_for, MembershipFactory().user)

    answer = browser.post(reverse("security:backup-codes"), headers=headers)

    assert (answer.status_code, answer["Location"]) == (302, place)


def test_30_a_page_that_is_only_looked_at_by_a_program_is_asked_about_as_if_opened(client_for):
    person = UserFactory()
    browser = stale(client_for, UserFactory(administrator=True))
    page = reverse("accounts:person-edit", args=[person.pk])

    assert browser.head(page)["Location"] == f"{CONFIRM}?next=%2Fpeople%2F{person.pk}%2F"


def test_30_a_page_that_is_fetched_into_another_leads_back_to_that_one(client_for):
    browser = stale(client_for, UserFactory(administrator=True))

    answer = browser.get(
        reverse("accounts:person-edit", args=[UserFactory().pk]),
        headers={"HX-Request": "true", "HX-Current-URL": PAGE},
    )

    assert (answer.status_code, answer["HX-Redirect"]) == (403, BACK)


def test_30_a_script_is_told_where_to_ask(client_for):
    browser = stale(client_for, MembershipFactory().user)

    answer = browser.post(
        reverse("security:passkey-begin"), headers={"Accept": "application/json", "Referer": PAGE}
    )

    assert (answer.status_code, answer.json()) == (403, {"location": BACK})


def test_30_someone_elses_page_is_not_there_rather_than_asked_about(client_for):
    browser = stale(client_for, UserFactory(courier=True))

    assert browser.get(reverse("accounts:person-edit", args=[1])).status_code == 404


def test_30_signing_in_counts(client):
    user = UserFactory()
    client.post("/sign-in/", {"login": user.email, "password": PASSWORD})

    assert client.get(reverse("security:app-set-up")).status_code == 200
    assert AuthenticatorApp.objects.get().user == user
