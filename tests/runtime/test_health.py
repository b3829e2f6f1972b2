"""/healthz says whether the process reaches database and Valkey, on every known host."""

import threading

import pytest
from django.test import Client

from coopcycle import health
from coopcycle.db.levels import needed


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["localhost", "alpha.localhost"])
def test_all_is_well(host):
    response = Client(headers={"host": host}).get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"database": True, "valkey": True}


@pytest.mark.django_db
def test_valkey_is_away(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    response = Client(headers={"host": "localhost"}).get("/healthz")

    assert response.status_code == 503
    assert response.json() == {"database": True, "valkey": False}


@pytest.mark.django_db
def test_an_unknown_host_is_not_found():
    assert Client(headers={"host": "elsewhere.example"}).get("/healthz").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["localhost", "alpha.localhost", "10.0.0.7", "elsewhere.example"])
def test_ready_for_people_under_whatever_host_a_balancer_asks(host):
    response = Client(headers={"host": host}).get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "database": True,
        "valkey": True,
        "migrations": True,
        "template": True,
    }


@pytest.mark.django_db
def test_not_ready_while_valkey_is_away_or_tables_are_older_than_the_code(settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    needs_more = lambda schema: needed(schema) | {("orders", "9999_to_come")}  # noqa: E731
    monkeypatch.setattr(health, "needed", needs_more)

    response = Client().get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "database": True,
        "valkey": False,
        "migrations": False,
        "template": False,
    }


@pytest.mark.django_db
def test_an_answer_comes_in_time_when_something_hangs(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(health, "_ANSWER_WITHIN", 0.1)
    monkeypatch.setitem(health.READY, "template", lambda: released.wait(10))

    response = Client().get("/readyz")
    released.set()

    assert response.status_code == 503
    assert response.json()["template"] is False
