"""46: a recipient's link cannot be guessed, tells little, ends, and opens at its co-op alone."""

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dispatch.models import tracking_token
from dispatch.tracking.selectors import DAYS_AFTER
from tests.privacy.test_retention import parcel

pytestmark = pytest.mark.django_db


def test_46_the_token_has_at_least_128_random_bits():
    tokens = {tracking_token() for _ in range(1000)}

    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {32}  # 192 bits, six a letter


def test_46_the_page_tells_no_name_address_phone_or_door(client, alpha, monkeypatch):
    task = parcel(0, status="TODO")
    noon = datetime.combine(task.day, time(12), alpha.zone)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    address = reverse("tracking:delivery", args=[task.delivery.tracking_token])

    page = client.get(address)

    assert page.status_code == 200
    for private in ("Odile", "Martin", "+33", "40B17", task.address.street, "third floor"):
        assert private not in page.text, private
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in page["Cache-Control"]
    token = task.delivery.tracking_token
    for neighbour in (
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        token.swapcase(),
        token[:-1],
    ):
        assert client.get(reverse("tracking:delivery", args=[neighbour])).status_code == 404


def test_46_it_ends_and_opens_nowhere_else(client_for, alpha, beta, monkeypatch):
    task = parcel(0, status="TODO")
    address = reverse("tracking:delivery", args=[task.delivery.tracking_token])
    last = datetime.combine(task.day + timedelta(days=DAYS_AFTER), time(12), alpha.zone)

    monkeypatch.setattr(timezone, "now", lambda: last)
    assert client_for().get(address).status_code == 200
    assert client_for(None, beta).get(address).status_code == 404
    monkeypatch.setattr(timezone, "now", lambda: last + timedelta(days=1))
    assert client_for().get(address).status_code == 404
