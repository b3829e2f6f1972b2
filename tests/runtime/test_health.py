"""/healthz says whether the process reaches database and Valkey, on every known host."""

import pytest
from django.test import Client


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
