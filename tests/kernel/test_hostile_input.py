"""What nobody types on purpose: every address answers it with a page, never with a fault."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from orders.models import Order
from orders.ordering.drafts import LineDraft, OrderDraft
from orders.ordering.services import place_order
from recurring.rules import weekly_rule
from recurring.services import RuleDraft, RuleLineDraft, WindowDraft, create_standing_order
from tests.factories import (
    CourierFactory,
    MembershipFactory,
    PriceListFactory,
    ProducerTermsFactory,
    ProductFactory,
    ShiftFactory,
    TaskFactory,
    TourFactory,
    UserFactory,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Grenoble
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


def _views(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Names of the addresses, each with the names of its parts that vary."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _views(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        elif isinstance(entry, URLPattern):
            known = getattr(entry.pattern, "converters", None) or entry.pattern.regex.groupindex
            yield f"{prefix}{entry.name}", frozenset(known)


VIEWS = [view for view in _views(get_resolver("coopcycle.urls")) if view[0] != "account_logout"]
ROOMS = {
    room: [view for view in VIEWS if view[0].rpartition(":")[0] == room]
    for room in dict.fromkeys(name.rpartition(":")[0] for name, _ in VIEWS)
}
SPOKEN = {"uidb36": "1", "key": "set-password", "token": "t" * 24, "secret": "s" * 43}


class Everybody(NamedTuple):
    """A person with every role, their browser, and the ids of things that are theirs."""

    browser: Any
    ids: dict[str, Any]
    person: User


@pytest.fixture
def everybody(db: None, client_for: Any, monkeypatch: pytest.MonkeyPatch) -> Everybody:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    PriceListFactory()
    person = UserFactory(administrator=True, dispatcher=True, courier=True)
    kitchen = MembershipFactory(user=person)
    farm = MembershipFactory(user=person, business__producer=True).business
    ProducerTermsFactory(producer=farm)
    tomatoes = ProductFactory(producer=farm)
    courier = CourierFactory(user=person)
    task = TaskFactory(tour=TourFactory(courier=courier), position=0)
    order = place_order(
        OrderDraft(
            buyer_id=kitchen.business.pk,
            kind=Order.Kind.SUPPLY,
            after=datetime(2026, 11, 25, 6, tzinfo=UTC),
            before=datetime(2026, 11, 25, 7, tzinfo=UTC),
            lines=(LineDraft(tomatoes.pk, Decimal(3)),),
        ),
        actor=person,
        at=NOW,
    )
    rule = create_standing_order(
        RuleDraft(
            name="Tomatoes",
            kind="supply",
            rule=weekly_rule([5], 1, None),
            first_day=date(2026, 11, 27),
            windows=(WindowDraft(time(6, 30), 30),),
            lines=(RuleLineDraft(tomatoes.pk, Decimal(2)),),
        ),
        buyer=kitchen.business,
        actor=person,
        at=NOW,
        action_id=uuid.uuid4(),
    )
    ids = {
        "rule_id": rule.pk,
        "original": "2026-11-27T06:30:00",
        "order_id": order.pk,
        "part_id": order.parts.get().pk,
        "product_id": tomatoes.pk,
        "task_id": task.pk,
        "business_id": kitchen.business.pk,
        "producer_id": farm.pk,
        "person_id": UserFactory().pk,
        "membership_id": kitchen.pk,
        "shift_id": ShiftFactory(courier=courier).pk,
        "year": 2026,
    }
    return Everybody(client_for(person), ids, person)


@contextmanager
def rolled_back() -> Iterator[None]:
    """One address after the other meets the same things: what it did to them is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _address(name: str, parts: frozenset[str], known: dict[str, Any]) -> str:
    return reverse(name, kwargs={part: known.get(part, SPOKEN.get(part, 1)) for part in parts})


@pytest.mark.parametrize("room", ROOMS)
def test_hostile_words_in_an_address_or_a_form_are_answered_calmly(everybody, client_for, room):
    person, ids = everybody.person, everybody.ids

    for name, parts in ROOMS[room]:
        with rolled_back():
            _answers_calmly(client_for(person), name, _address(name, parts, ids), ids)


def _answers_calmly(browser: Any, name: str, address: str, ids: dict[str, Any]) -> None:
    """A method that is not the address's own is refused before anything is read: once is enough."""
    is_read, is_sent = (ask(address).status_code != 405 for ask in (browser.get, browser.post))
    for what, hostile in HOSTILE.items():
        told = dict.fromkeys(FIELDS, hostile)
        told |= {f"{field}-{ids['product_id']}": hostile for field in ("quantity", "amount")}
        if is_read:
            assert browser.get(address, told).status_code < 500, (name, what)
        if is_sent and what == "a NUL byte":
            assert browser.post(address, told).status_code < 500, (name, "as the form's own id")
        told["action_id"] = str(uuid.uuid4())
        if is_sent:
            assert browser.post(address, told).status_code < 500, (name, what)


def test_what_cannot_be_is_not_found(everybody):
    browser = everybody.browser
    for name, parts in VIEWS:
        if not any(part.endswith("_id") for part in parts):
            continue
        for unreal in (10**30 - 1, 2**31, 0):
            kwargs = dict.fromkeys(parts, unreal) | (
                {"original": "2026-02-31T06:30:00"} if "original" in parts else {}
            )
            address = reverse(name, kwargs=kwargs)
            assert browser.get(address).status_code in (404, 405), address
            assert browser.post(address).status_code in (404, 405), address


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
        answer = browser.get(_address(name, parts, ids))
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        assert sentence in answer.content.decode()
