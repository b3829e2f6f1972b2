"""22: tries at a secret come to an end, wherever they come from, and the owner still gets in.

46 and 6.6.3 of the list hang on the same counter.
"""

from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.conf import settings
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import limits
from accounts.access import RULES, anyone
from accounts.gate import SECRET_CHECKS
from accounts.limits.models import Limit
from accounts.tasks import sweep_everywhere
from audit.models import SecurityEvent
from coopcycle.network import client_address, client_network
from tenants.context import in_cooperative, in_federation
from tests.factories import PASSWORD, UserFactory
from tests.sign_in import give_app

pytestmark = pytest.mark.django_db
WRONG = "not the password at all"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def sign_in(client, email, password, **headers):
    return client.post(
        reverse("account_login"), {"login": email, "password": password}, headers=headers
    )


def flush_valkey():
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        valkey.flushall()


# --- the counter ---------------------------------------------------------------------------------
def spent(kind, key, at):
    """How many tries are let through until one is refused."""
    for number in range(100):
        try:
            limits.spend(kind, key, at=at)
        except limits.TooManyTriesError:
            return number
    raise AssertionError("never refused")


def test_22_as_many_tries_as_allowed_and_not_one_more():
    assert spent("sign-in", "ana@example.org", NOW) == 8


def test_22_tries_come_back_one_by_one():
    spent("sign-in", "ana", NOW)
    pause = limits.ALLOWANCES["sign-in"].pause

    assert spent("sign-in", "ana", NOW + pause - timedelta(seconds=1)) == 0
    assert spent("sign-in", "ana", NOW + pause) == 1
    assert spent("sign-in", "ana", NOW + timedelta(hours=2)) == 8


def test_22_who_keeps_trying_does_not_lengthen_the_wait():
    spent("sign-in", "ana", NOW)
    held = Limit.objects.get()
    spent("sign-in", "ana", NOW)

    held_later = Limit.objects.get()
    assert held_later.empties_at == held.empties_at == NOW + timedelta(hours=1)


def test_22_the_refusal_says_when_there_is_another_try():
    spent("sign-in", "ana", NOW)

    with pytest.raises(limits.TooManyTriesError) as refusal:
        limits.spend("sign-in", "ana", at=NOW)
    assert (refusal.value.status, refusal.value.retry_after) == (429, 450)
    assert "Wait 8 minutes" in str(refusal.value)


def test_22_what_was_right_is_given_back_and_no_more_than_that():
    for _ in range(20):
        limits.spend("sign-in", "ana", at=NOW)
        limits.give_back("sign-in", "ana", at=NOW)
    limits.give_back("sign-in", "ana", at=NOW)

    assert spent("sign-in", "ana", NOW) == 8


def test_22_doors_kinds_and_co_ops_are_counted_apart(beta):
    spent("sign-in", "ana", NOW)

    assert spent("sign-in", "odile", NOW) == 8
    assert spent("code", "ana", NOW) == 10
    with in_cooperative(beta):
        assert spent("sign-in", "ana", NOW) == 8
    with in_federation():
        assert spent("sign-in", "ana", NOW) == 8


def test_22_no_address_is_kept_in_words():
    limits.spend("sign-in", "ana@example.org", at=NOW)

    assert "ana" not in str(Limit.objects.values_list().get())


def test_22_what_has_run_out_is_deleted_and_nothing_else():
    limits.spend("sign-in", "ana", at=NOW)
    limits.spend("sign-in", "odile", at=NOW + timedelta(minutes=30))

    assert limits.erase_empty(at=NOW + timedelta(minutes=8)) == 1
    assert Limit.objects.count() == 1


def test_22_every_night_that_is_done_in_all_co_ops_and_the_federation(beta):
    def rows():
        return Limit.objects.count()

    long_ago, now = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC)
    limits.spend("sign-in", "ana", at=now)
    limits.spend("sign-in", "odile", at=long_ago)
    for place in (in_cooperative(beta), in_federation()):
        with place:
            limits.spend("sign-in", "ana", at=long_ago)

    sweep_everywhere()

    assert rows() == 1
    for place in (in_cooperative(beta), in_federation()):
        with place:
            assert rows() == 0


# --- wrong passwords -----------------------------------------------------------------------------
def test_22_wrong_passwords_stop_before_the_tenth_also_after_a_flush_of_valkey(client):
    user = UserFactory()
    statuses = []
    for number in range(25):
        if number == 6:
            flush_valkey()
        statuses.append(sign_in(client, user.email.upper(), WRONG).status_code)

    assert statuses == [422] * 8 + [429] * 17
    flush_valkey()
    last = sign_in(client, user.email, PASSWORD)
    assert last.status_code == 429
    assert 0 < int(last["Retry-After"]) <= 450
    assert "_auth_user_id" not in client.session


def test_22_the_sentence_stands_in_the_form_in_the_persons_language(client):
    user = UserFactory()
    for _ in range(8):
        sign_in(client, user.email, WRONG)

    assert "too many tries" in sign_in(client, user.email, WRONG, accept_language="en").text
    french = sign_in(client, user.email, WRONG, accept_language="fr").text
    assert "Trop de tentatives" in french


def test_22_a_lockout_is_written_down_once_not_at_each_try(client):
    user = UserFactory()
    for _ in range(15):
        sign_in(client, user.email, WRONG)

    lockouts = SecurityEvent.objects.filter(kind=SecurityEvent.Kind.LOCKED_OUT)
    assert [event.rule for event in lockouts] == ["sign-in"]


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_22_a_forged_forwarding_header_starts_no_new_count(client, proxies, settings):
    settings.PROXIES = proxies
    user = UserFactory()
    ends = ["", ", 192.0.2.7", ", 192.0.2.7, 10.0.0.1"][proxies]
    answers = [
        sign_in(client, user.email, WRONG, x_forwarded_for=f"198.51.100.{n}{ends}").status_code
        for n in range(12)
    ]

    assert answers == [422] * 8 + [429] * 4


def test_22_many_peoples_doors_tried_from_one_network_come_to_an_end(client):
    answers = [sign_in(client, f"p{n}@example.org", WRONG).status_code for n in range(42)]

    assert answers == [422] * 40 + [429] * 2


def test_22_right_passwords_of_a_whole_office_are_not_counted(client_for):
    people = [UserFactory() for _ in range(45)]

    assert {sign_in(client_for(), one.email, PASSWORD).status_code for one in people} == {302}


def test_22_the_owner_comes_in_from_a_known_device_while_strangers_try(client_for):
    user = UserFactory()
    own, strange = client_for(), client_for()
    sign_in(own, user.email, PASSWORD)
    own.post(reverse("account_logout"))
    for number in range(60):  # the owner's door, then the doors of everybody from the same network
        sign_in(strange, user.email if number < 10 else f"p{number}@example.org", WRONG)
    assert sign_in(strange, user.email, PASSWORD).status_code == 429

    assert sign_in(own, user.email, PASSWORD).status_code == 302


def test_22_a_known_device_is_no_way_to_try_for_ever(client_for):
    user = UserFactory()
    own = client_for()
    sign_in(own, user.email, PASSWORD)
    own.post(reverse("account_logout"))

    assert [sign_in(own, user.email, WRONG).status_code for _ in range(10)] == [422] * 8 + [429] * 2


def test_22_a_device_is_known_for_one_person_and_one_co_op(client_for, beta):
    user, other = UserFactory(), UserFactory()
    own = client_for()
    sign_in(own, user.email, PASSWORD)
    own.post(reverse("account_logout"))
    for client in (client_for(), client_for(None, beta)):
        for _ in range(8):
            sign_in(client, other.email, WRONG)

    assert sign_in(own, other.email, PASSWORD).status_code == 429
    stolen = client_for(None, beta)
    stolen.cookies = own.cookies
    assert sign_in(stolen, other.email, PASSWORD).status_code == 429


def test_22_a_device_of_ones_own_is_no_way_to_try_everybodys_doors(client_for):
    own, user = client_for(), UserFactory()
    sign_in(own, user.email, PASSWORD)
    own.post(reverse("account_logout"))

    answers = [sign_in(own, f"p{n}@example.org", WRONG).status_code for n in range(42)]

    assert answers == [422] * 40 + [429] * 2
    assert sign_in(own, user.email, PASSWORD).status_code == 302


def test_22_a_forged_device_cookie_is_no_device(client):
    user = UserFactory()
    client.cookies[settings.DEVICE_COOKIE_NAME] = "eyJ4IjoieSJ9:1xxxxx:forged"
    answers = [sign_in(client, user.email, WRONG).status_code for _ in range(9)]

    assert answers == [422] * 8 + [429]


def test_22_the_password_until_now_cannot_be_tried_out_at_an_open_screen(client_for):
    user = UserFactory()
    browser = client_for(user)
    new = {"password1": "a basket of ripe pears", "password2": "a basket of ripe pears"}
    url = reverse("account_change_password")
    answers = [browser.post(url, {"oldpassword": WRONG, **new}) for _ in range(9)]

    assert [each.status_code for each in answers] == [422] * 8 + [429]
    assert browser.post(url, {"oldpassword": PASSWORD, **new}).status_code == 429


# --- where a request comes from ------------------------------------------------------------------
def asked_from(remote, forwarded=None):
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    return RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "expected"),
    [
        (0, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (1, "10.0.0.2", "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.2", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.2", "1.1.1.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "10.0.0.2", "203.0.113.9", "10.0.0.2"),  # came past a proxy: nothing is believed
        (1, "10.0.0.2", "not an address", "10.0.0.2"),
        (1, "10.0.0.2", "203.0.113.9:4711", "203.0.113.9"),
        (1, "10.0.0.2", "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "10.0.0.2", None, "10.0.0.2"),
        (0, "::ffff:192.0.2.1", None, "192.0.2.1"),
        (0, "", None, ""),
    ],
)
def test_22_only_our_own_proxies_are_believed(settings, proxies, remote, forwarded, expected):
    settings.PROXIES = proxies

    assert client_address(asked_from(remote, forwarded)) == expected


def test_22_a_customer_with_a_whole_ipv6_network_is_one():
    one, two = asked_from("2001:db8:1:2::1"), asked_from("2001:db8:1:2:ffff::9")

    assert client_network(one) == client_network(two) == "2001:db8:1:2::/64"
    assert client_network(asked_from("2001:db8:1:3::1")) == "2001:db8:1:3::/64"
    assert client_network(asked_from("192.0.2.1")) == "192.0.2.1"


# --- every address that checks a secret ----------------------------------------------------------
URLCONFS = ("coopcycle.urls", "coopcycle.urls_federation")
SECRET_WORDS = ("secret", "token", "key", "code", "signature")


def entries(resolver, prefix=""):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from entries(entry, inner)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}", entry


def open_with_an_argument():
    """Addresses for anyone whose path carries more than fixed words: that can only be a secret."""
    return {
        name
        for urlconf in URLCONFS
        for name, entry in entries(get_resolver(urlconf))
        if RULES[name] is anyone and entry.pattern.regex.groups
    }


def test_22_every_open_address_with_a_secret_in_it_is_limited():
    assert open_with_an_argument() - set(SECRET_CHECKS) == set()
    assert set(SECRET_CHECKS) - set(RULES) == set()


ATTEMPTS = {
    "metrics": lambda n: ("get", "/metrics", {}, {"Authorization": f"Bearer x{n}"}),
    "account_login": lambda n: (
        "post",
        "/sign-in/",
        {"login": f"p{n}@example.org", "password": WRONG},
        {},
    ),
    "account_reset_password": lambda n: (
        "post",
        "/sign-in/password/reset/",
        {"email": f"p{n}@example.org"},
        {},
    ),
    "account_reset_password_from_key": lambda n: (
        "get",
        reverse("account_reset_password_from_key", args=[f"{n}", "dabc-0123456789"]),
        {},
        {},
    ),
    "account_change_password": lambda n: (
        "post",
        "/sign-in/password/change/",
        {"oldpassword": WRONG, "password1": "x", "password2": "x"},
        {},
    ),
    "second-step:code": lambda n: ("post", "/sign-in/second-step/", {"code": f"{n:06d}"}, {}),
    "security:confirm": lambda n: ("post", "/me/confirm/", {"password": WRONG}, {}),
    "accounts:invitation-accept": lambda n: (
        "get",
        reverse("accounts:invitation-accept", args=[f"x{n}"]),
        {},
        {},
    ),
    "tracking:delivery": lambda n: (
        "get",
        reverse("tracking:delivery", args=[f"{'x' * 22}{n}"]),
        {},
        {},
    ),
    "feeds:calendar": lambda n: ("get", reverse("feeds:calendar", args=[f"x{n}"]), {}, {}),
}


@pytest.mark.parametrize("name", sorted(SECRET_CHECKS))
def test_22_guessing_ends_at_every_address_that_checks_a_secret(
    name, client_for, federation_client, settings
):
    settings.METRICS_TOKEN = "a long random token of the watcher"
    signed_in = UserFactory() if RULES[name] is not anyone else None
    browser = federation_client if name == "metrics" else client_for(signed_in)
    if name == "second-step:code":
        sign_in(browser, give_app(UserFactory(administrator=True)).email, PASSWORD)
    english = {"accept-language": "en"}
    attempt = ATTEMPTS[name]  # an address without an attempt here is not proven
    answers = []
    for number in range(60):
        if number == 3:
            flush_valkey()
        method, path, fields, headers = attempt(number)
        answers.append(getattr(browser, method)(path, fields, headers=english | headers))

    statuses = [each.status_code for each in answers]
    stop = statuses.index(429)
    assert stop <= 40
    assert set(statuses[stop:]) == {429}
    assert int(answers[stop]["Retry-After"]) > 0
    assert "too many tries" in answers[stop].text


def test_46_a_right_tracking_link_stays_open_in_a_network_that_is_quiet(client):
    for number in range(29):
        client.get(reverse("tracking:delivery", args=[f"{'x' * 22}{number}"]))

    assert client.get("/sign-in/").status_code == 200
    assert Limit.objects.get().kind == "link"
