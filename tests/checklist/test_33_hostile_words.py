"""33: signs of SQL, NUL and numbers of thirty digits give an answer, at once, and no 5xx."""

import time

import pytest
from django.urls import reverse

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

WORDS = [
    "' OR 1=1 --",
    "'; SELECT pg_sleep(5); --",
    "%' AND pg_sleep(5) IS NULL AND '%'='",
    "\x00",
    "9" * 30,
    "-1",
    "\\",
    "1e400",
    "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
]
SEARCHES = [
    ("ordering:order-list", "q"),
    ("ordering:order-list", "page"),
    ("recurring:rule-list", "q"),
    ("board:day", "day"),
    ("privacy:recipients", "words"),
    ("recurring:generation", "page"),
]


@pytest.mark.parametrize(("view", "name"), SEARCHES)
def test_33_searches(client_for, view, name):
    browser = client_for(UserFactory(administrator=True, dispatcher=True))
    started = time.monotonic()

    for words in WORDS:
        assert browser.get(reverse(view), {name: words}).status_code < 500, words

    assert time.monotonic() - started < 5 * len(WORDS)  # none has slept


@pytest.mark.parametrize(
    "address",
    [
        "/orders/{}/",
        "/people/{}/",
        "/people/{}/erase/",
        "/businesses/{}/",
        "/ride/stops/{}/",
        "/track/{}/",
        "/exports/{}/",
    ],
)
def test_33_numbers_and_words_in_addresses(client_for, address):
    browser = client_for(UserFactory(administrator=True, dispatcher=True, courier=True))

    for words in ("9" * 30, "-1", "1%20OR%201=1", "%00", "..%2F..%2Fetc%2Fpasswd"):
        assert browser.get(address.format(words)).status_code in (400, 404), words
