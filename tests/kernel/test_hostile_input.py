"""What nobody types on purpose: every address answers it with a page, never with a fault."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.scenes import MONDAY, address, furnish, views

HOSTILE = {
    "a NUL byte": "\x00",
    "the last day there is": "9999-12-31",
    "the first day there is": "0001-01-01",
    "a day that is none": "2026-02-31",
    "thirty digits": "9" * 30,
    "less than nothing": "-1",
    "a digit that is no figure": "²",
    "a figure of another script": "٣",
    "no number": "NaN",
    "too many noughts": "1e999",
    "a long text": "wide " * 2000,
}
FIELDS = [
    "act",
    "action",
    "action_id",
    "added_closes",
    "added_day",
    "added_opens",
    "agreed_until",
    "alone",
    "answer",
    "archived",
    "available",
    "base",
    "before",
    "buyer",
    "cancelled",
    "change",
    "city",
    "client_id",
    "closes",
    "content",
    "count",
    "country",
    "courier",
    "cutoff_days_before",
    "cutoff_time",
    "date",
    "day",
    "days_off",
    "device_at",
    "done",
    "drawn",
    "email",
    "end",
    "ending",
    "extra_pickup",
    "first_day",
    "from_board",
    "from_day",
    "holidays",
    "instructions",
    "interval",
    "is_active",
    "keeps",
    "kind",
    "language",
    "last_day",
    "late",
    "latitude",
    "level",
    "like",
    "load",
    "login",
    "longitude",
    "made",
    "move",
    "name",
    "next",
    "note",
    "opening_weekdays",
    "opens",
    "order",
    "page",
    "password",
    "per_10_kg",
    "per_km",
    "phone",
    "pickup",
    "postal_code",
    "price",
    "prices",
    "producer",
    "q",
    "ready_from",
    "reason",
    "recipient",
    "repeats",
    "restore",
    "roles",
    "seen",
    "short_months",
    "slug",
    "start",
    "state",
    "street",
    "task",
    "theme",
    "to_day",
    "unit",
    "unit_weight_kg",
    "user",
    "usual_courier",
    "valid_from",
    "vehicle",
    "version",
    "view",
    "weekdays",
    "weight_kg",
    "windows-0-closes",
    "windows-0-opens",
    "year",
]


VIEWS = [view for view in views() if view[0] != "account_logout"]
ROOMS = {
    room: [view for view in VIEWS if view[0].rpartition(":")[0] == room]
    for room in dict.fromkeys(name.rpartition(":")[0] for name, _ in VIEWS)
}

ANSWERS_ALIKE = {"security:passkey-remove"}  # whether it was there or not: only one's own count


class Everybody(NamedTuple):
    """A person with every role, their browser, and the ids of things that are theirs."""

    browser: Any
    ids: dict[str, Any]
    person: User


@pytest.fixture
def everybody(db: None, client_for: Any, monkeypatch: pytest.MonkeyPatch) -> Everybody:
    monkeypatch.setattr(timezone, "now", lambda: MONDAY)
    person, ids = furnish()
    return Everybody(client_for(person), ids, person)


@contextmanager
def rolled_back() -> Iterator[None]:
    """One address after the other meets the same things: what it did to them is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("room", ROOMS)
def test_hostile_words_in_an_address_or_a_form_are_answered_calmly(everybody, client_for, room):
    person, ids = everybody.person, everybody.ids

    for name, parts in ROOMS[room]:
        with rolled_back():
            _answers_calmly(client_for(person), name, address(name, parts, ids), ids)


def _answers_calmly(browser: Any, name: str, where: str, ids: dict[str, Any]) -> None:
    """A method that is not the address's own is refused before anything is read: once is enough."""
    is_read, is_sent = (ask(where).status_code != 405 for ask in (browser.get, browser.post))
    for what, hostile in HOSTILE.items():
        told = dict.fromkeys(FIELDS, hostile)
        told |= {f"{field}-{ids['product_id']}": hostile for field in ("quantity", "amount")}
        if is_read:
            assert browser.get(where, told).status_code < 500, (name, what)
        if is_sent and what == "a NUL byte":
            assert browser.post(where, told).status_code < 500, (name, "as the form's own id")
        told["action_id"] = str(uuid.uuid4())
        if is_sent:
            assert browser.post(where, told).status_code < 500, (name, what)


def test_what_cannot_be_is_not_found(everybody):
    browser = everybody.browser
    for name, parts in VIEWS:
        if not any(part.endswith("_id") for part in parts) or name in ANSWERS_ALIKE:
            continue
        for unreal in (10**30 - 1, 2**31, 0):
            kwargs = dict.fromkeys(parts, unreal) | (
                {"original": "2026-02-31T06:30:00"} if "original" in parts else {}
            )
            where = reverse(name, kwargs=kwargs)
            assert browser.get(where).status_code in (404, 405), where
            assert browser.post(where).status_code in (404, 405), where


@pytest.mark.parametrize(
    ("query", "status"), [("q=%00", 400), ("q=a%00b&state=new", 400), ("q=%FF%FE", 200)]
)
def test_bytes_that_are_no_text_are_refused_in_words_or_read_as_well_as_they_can_be(
    everybody, query, status
):
    browser = everybody.browser

    answer = browser.get(f"{reverse('ordering:order-list')}?{query}")

    assert answer.status_code == status
    if status == 400:
        assert "Go back and try again." in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Nothing was changed. Go back and use the button there."),
        ("fr", "Rien n’a été modifié. Revenez en arrière et utilisez le bouton."),
    ],
)
def test_the_address_of_a_form_opened_as_a_page_says_what_to_do(everybody, language, sentence):
    browser, ids = everybody.browser, everybody.ids
    browser.post(reverse("preferences"), {"language": language})

    for name in ("ordering:order-cancel", "recurring:date-skip", "board:task-cancel"):
        parts = next(parts for known, parts in VIEWS if known == name)
        answer = browser.get(address(name, parts, ids))
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        assert sentence in answer.content.decode()
