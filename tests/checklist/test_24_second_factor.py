"""24: nobody reaches anything between password and second factor; a code opens once; tries end."""

import base64
import re
import uuid
from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.access import RULES, anyone
from accounts.models import User
from accounts.second_factor.models import AuthenticatorApp
from tenants.context import in_federation
from tests.factories import PASSWORD, UserFactory
from tests.sign_in import app_of, code_for, forget_second_step, give_app

pytestmark = pytest.mark.django_db
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CODE = "/sign-in/second-step/"
SET_UP = "/sign-in/second-step/set-up/"
SAMPLES = {
    "IntConverter": 1,
    "StringConverter": "word",
    "SlugConverter": "word",
    "UUIDConverter": uuid.UUID(int=1),
    "DateConverter": date(2026, 11, 24),
}
KNOWN = {"uidb36": "1", "key": "a-b", "token": "A" * 22}


def give_password(browser: Client, user: User, **fields: str):
    return browser.post("/sign-in/", {"login": user.email, "password": PASSWORD, **fields})


def addresses(urlconf: str) -> Iterator[tuple[str, str]]:
    """Every view's name with an address of it, whatever its numbers and words."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, str]]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                inner = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
                yield from walk(entry, inner)
            elif isinstance(entry, URLPattern):
                yield f"{prefix}{entry.name}", _address(f"{prefix}{entry.name}", entry, urlconf)

    return walk(get_resolver(urlconf), "")


def _address(name: str, entry: URLPattern, urlconf: str) -> str:
    pattern = entry.pattern
    keys = getattr(pattern, "converters", {}) or dict.fromkeys(pattern.regex.groupindex)
    values = {key: KNOWN.get(key) or SAMPLES[type(kind).__name__] for key, kind in keys.items()}
    return reverse(name, urlconf=urlconf, kwargs=values)


_networks = (f"10.{one}.{two}.1" for one in range(256) for two in range(256))


def answer(browser: Client, method: str, address: str) -> tuple[int, str]:
    """Status and where it leads; each from a network of its own, or the tries would be used up."""
    response = browser.generic(method, address, REMOTE_ADDR=next(_networks))
    return response.status_code, re.sub(r"[?&]next=.*", "", response.headers.get("Location", ""))


# --- the gate --------------------------------------------------------------------------------------
# These are the steps themselves; each has its own tests.
STEPS = ("second-step:", "account_login", "account_reset_password_from_key")


def half_way_in(client_for, cooperative=None):
    """The ways in which a password can be given and the factor not."""
    with_factor = client_for(None, cooperative)
    assert give_password(with_factor, give_app(UserFactory(administrator=True)))["Location"] == CODE
    without_factor = client_for(None, cooperative)
    assert give_password(without_factor, UserFactory(administrator=True))["Location"] == SET_UP
    past_the_stage = client_for(UserFactory(administrator=True), cooperative)
    forget_second_step(past_the_stage)
    past_the_stage_with_factor = client_for(give_app(UserFactory(dispatcher=True)), cooperative)
    forget_second_step(past_the_stage_with_factor)
    return [with_factor, without_factor, past_the_stage, past_the_stage_with_factor]


def test_24_between_password_and_factor_every_address_answers_as_to_a_stranger(client_for):
    stranger, half_way = client_for(), half_way_in(client_for)
    checked = 0
    for name, address in addresses("coopcycle.urls"):
        if name.startswith(STEPS):
            continue
        for method in METHODS:
            expected = answer(stranger, method, address)
            for browser in half_way if method in ("GET", "POST") else half_way[:1] + half_way[-1:]:
                assert answer(browser, method, address) == expected, (method, address)
            if RULES[name] is not anyone:
                assert expected == (302, "/sign-in/"), (method, address, expected)
            checked += 1
    assert checked > 7 * 100


def test_24_so_it_is_at_the_federations_host(federation_client):
    with in_federation():
        staff = UserFactory(is_federation_staff=True)
        stranger, past_the_stage = (Client(headers={"host": "localhost"}) for _ in range(2))
        past_the_stage.force_login(staff)
        assert give_password(federation_client, staff)["Location"] == SET_UP
    for name, address in addresses("coopcycle.urls_federation"):
        if name.startswith(STEPS):
            continue
        for method in METHODS:
            expected = answer(stranger, method, address)
            for browser in (federation_client, past_the_stage):
                assert answer(browser, method, address) == expected, (method, address)


def test_24_no_session_is_signed_in_before_the_factor(client):
    user = give_app(UserFactory(administrator=True))
    give_password(client, user)

    assert "_auth_user_id" not in client.session


def test_24_the_courier_page_is_no_way_around(client):
    user = give_app(UserFactory(dispatcher=True, courier=True))
    give_password(client, user, next=reverse("rider:day"))

    assert client.get(reverse("rider:day"))["Location"].startswith("/sign-in/")
    assert client.post(CODE, {"code": code_for(user)})["Location"] == reverse("rider:day")
    assert client.get(reverse("rider:day")).status_code == 200


# --- who must, who may -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "first_page"),
    [
        ("is_administrator", "board:day"),
        ("is_dispatcher", "board:day"),
        ("is_accountant", "ordering:order-list"),
        ("is_reader", "board:day"),
    ],
)
def test_24_whose_role_asks_for_it_sets_it_up_before_anything_else(client, role, first_page):
    user = UserFactory(**{role: True})
    assert give_password(client, user)["Location"] == SET_UP
    assert client.get("/")["Location"].startswith("/sign-in/")

    page = client.get(SET_UP)
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page.text)[1]
    done = client.post(SET_UP, {"code": code_of(secret)})

    assert done.status_code == 200  # the backup codes, this once
    assert len(re.findall(r"<li>[2-9a-z-]{14}</li>", done.text)) == 10
    user.refresh_from_db()
    assert user.has_second_factor
    assert client.get("/")["Location"] == reverse(first_page)


def code_of(secret: str) -> str:
    """What an app shows that was given the typed secret."""
    app = AuthenticatorApp()
    app.secret = base64.b32decode(secret.replace(" ", ""))
    return app.code(timezone.now())


@pytest.mark.parametrize("roles", [{}, {"courier": True}])
def test_24_others_may_and_need_not(client_for, roles):
    without, by_choice = UserFactory(**roles), give_app(UserFactory(**roles))

    assert give_password(client_for(), without)["Location"] == "/"
    assert give_password(client_for(), by_choice)["Location"] == CODE


def test_24_a_role_that_asks_for_it_counts_from_the_next_click(client_for):
    user = UserFactory()
    browser = client_for()
    give_password(browser, user)
    assert browser.get(reverse("accounts:me")).status_code == 200

    User.objects.filter(pk=user.pk).update(is_dispatcher=True)

    assert browser.get(reverse("board:day"))["Location"].startswith("/sign-in/")
    assert give_password(browser, user)["Location"] == SET_UP


# --- codes -------------------------------------------------------------------------------------------
def test_24_6_5_1_a_code_opens_once(client_for):
    user = give_app(UserFactory(administrator=True))
    code = code_for(user)
    first, second = client_for(), client_for()
    for browser in (first, second):
        give_password(browser, user)

    assert first.post(CODE, {"code": code}).status_code == 302
    refused = second.post(CODE, {"code": code}, headers={"accept-language": "en"})
    assert refused.status_code == 422
    assert "was used already" in refused.text
    assert second.post(CODE, {"code": code_for(user, later=1)}).status_code == 302


def test_24_6_6_3_the_eleventh_wrong_code_stops_also_the_right_one_and_also_from_elsewhere(
    client_for,
):
    user = give_app(UserFactory(administrator=True))
    here, elsewhere = client_for(), client_for()
    for browser in (here, elsewhere):
        give_password(browser, user)
    answers = [
        here.post(CODE, {"code": "000000"}, REMOTE_ADDR=f"203.0.113.{number}").status_code
        for number in range(11)
    ]

    assert answers == [422] * 10 + [429]
    for browser in (here, elsewhere):
        stopped = browser.post(CODE, {"code": code_for(user)}, REMOTE_ADDR="198.51.100.7")
        assert stopped.status_code == 429
        assert int(stopped["Retry-After"]) > 60
        assert "_auth_user_id" not in browser.session
    assert app_of(user).last_step == -1  # the right one was not even looked at


def test_24_a_password_changed_meanwhile_ends_what_was_half_way_in(client):
    user = give_app(UserFactory(administrator=True))
    give_password(client, user)
    user.set_password("a basket of ripe pears")
    user.save()

    assert client.post(CODE, {"code": code_for(user)})["Location"] == "/sign-in/"
    assert client.get("/")["Location"].startswith("/sign-in/")


def test_24_somebody_closed_out_meanwhile_does_not_come_in(client):
    user = give_app(UserFactory(administrator=True))
    give_password(client, user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert client.post(CODE, {"code": code_for(user)})["Location"] == "/sign-in/"


def test_24_half_way_in_nobody_adds_a_factor_to_one_they_have_not_shown(client):
    user = give_app(UserFactory(administrator=True))
    give_password(client, user)

    assert client.get(SET_UP)["Location"] == CODE
    assert client.post(SET_UP, {"code": code_for(user)})["Location"] == CODE
    for step in ("begin", "complete"):
        assert client.post(reverse(f"second-step:passkey-make-{step}")).status_code == 409


def test_24_the_way_back_begins_again(client):
    user = give_app(UserFactory(administrator=True))
    give_password(client, user)
    assert client.get("/sign-in/")["Location"] == CODE

    assert client.post(reverse("second-step:leave"))["Location"] == "/sign-in/"
    assert client.get(CODE)["Location"] == "/sign-in/"


# --- the demo ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("is_demo", [True, False])
def test_24_only_a_demo_shows_the_code(client, settings, is_demo):
    settings.DEMO = is_demo
    user = give_app(UserFactory(administrator=True))
    give_password(client, user)

    page = client.get(CODE).text

    assert ("data-demo-code" in page) == is_demo
    assert (code_for(user) in page) == is_demo
