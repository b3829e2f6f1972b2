"""/metrics tells figures of each co-op to a program with the token, and is no page for anybody else."""

import pytest
from django.test import Client

from coopcycle import metrics
from recurring.generation import generate
from tenants.context import in_cooperative
from tests.recurring.conftest import NOW

TOKEN = {"Authorization": "Bearer a-long-random-token"}


@pytest.fixture
def watcher(db, settings) -> Client:
    settings.METRICS_TOKEN = "a-long-random-token"
    return Client(headers={"host": "localhost"})


def test_figures_of_each_co_op(watcher, alpha):
    with in_cooperative(alpha):
        generate(alpha, at=NOW)

    response = watcher.get("/metrics", headers=TOKEN)

    lines = response.text.splitlines()
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    # Until midnight after 7 December in Grenoble.
    assert 'coopcycle_generation_until_seconds{cooperative="alpha"} 1796684400' in lines
    assert not [
        line
        for line in lines
        if line.startswith('coopcycle_generation_until_seconds{cooperative="beta')
    ]
    assert 'coopcycle_generation_late{cooperative="alpha"} 1' in lines
    assert 'coopcycle_outbox_waiting{cooperative="beta"} 0' in lines
    assert "# TYPE coopcycle_generation_failures gauge" in lines


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "a-long-random-token"},
        {"Authorization": "Bearer schlüssel"},
    ],
)
def test_nobody_else_finds_it(watcher, headers):
    assert watcher.get("/metrics", headers=headers).status_code == 404


def test_without_a_token_set_there_is_none(watcher, settings):
    settings.METRICS_TOKEN = ""

    assert watcher.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_no_co_op_s_host_has_it(watcher):
    response = Client(headers={"host": "alpha.localhost"}).get("/metrics", headers=TOKEN)

    assert response.status_code == 404


def test_a_co_op_that_cannot_be_measured_does_not_hide_the_others(watcher, monkeypatch):
    def fails_in_alpha(cooperative):
        if cooperative.slug == "alpha":
            raise ZeroDivisionError
        return 1

    monkeypatch.setitem(metrics._gauges, "odd", metrics.Gauge("odd", "Odd", fails_in_alpha))

    lines = watcher.get("/metrics", headers=TOKEN).text.splitlines()

    assert 'coopcycle_measured{cooperative="alpha"} 0' in lines
    assert 'coopcycle_measured{cooperative="beta"} 1' in lines
    assert 'odd{cooperative="beta"} 1' in lines
