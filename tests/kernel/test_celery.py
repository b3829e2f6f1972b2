"""Tasks on a real worker: each runs on the login of the co-op that sent it, or not at all."""

import os
import subprocess
import sys
from unittest.mock import patch

import pytest
import redis
from celery import chain, group
from celery.signals import beat_init
from django.conf import settings
from django.db import transaction

from coopcycle import outbox
from coopcycle.celery import HEADER, TaskWithoutCooperativeError, app
from coopcycle.schedule import SCHEDULE
from coopcycle.tasks import send_outbox_everywhere
from tenants.context import in_cooperative, in_federation
from tests.kernel import tasks_app

QUEUE_NAME = "celery"


@pytest.fixture
def valkey():
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=90)
    client.delete(QUEUE_NAME)
    yield client
    client.delete(QUEUE_NAME, *client.keys("report:*"))


@pytest.fixture
def worker(login_wall, valkey):
    """A worker process for this test's database."""
    environment = {**os.environ, "DATABASE_URL": login_wall.url(), "DATABASE_WALL": "login"}
    command = [sys.executable, "-m", "celery", "--app", "tests.kernel.tasks_app", "worker"]
    process = subprocess.Popen(
        [*command, "--concurrency", "1", "--loglevel", "WARNING", "--without-gossip"],
        env=environment,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def reported(valkey):
    """What the worker's tasks have written under a key, within a minute."""

    def wait(key):
        found = valkey.blpop([f"report:{key}"], timeout=60)
        return found[1].decode() if found else None

    return wait


@pytest.mark.servers
def test_07_a_task_runs_as_the_coop_that_sent_it(worker, login_wall, reported):
    alpha, beta = login_wall.alpha, login_wall.beta
    with in_cooperative(alpha):
        tasks_app.tell.delay("alpha")
        chain(tasks_app.tell.si("first"), tasks_app.tell.si("second")).delay()
        group(tasks_app.tell.si("left"), tasks_app.tell.si("right")).delay()
        tasks_app.tell.apply_async(["main"], link=tasks_app.tell.si("linked"))
        tasks_app.tell_after_retry.delay("retried")
        app.send_task("tests.kernel.tasks_app.tell", ["by name"])
    with in_cooperative(beta):
        tasks_app.tell.delay("beta")
        tasks_app.fail.delay("failing")
    with in_federation():
        tasks_app.tell_federation.delay("federation")

    as_alpha = ["alpha", "first", "second", "left", "right", "main", "linked", "retried", "by name"]
    assert {key: reported(key) for key in as_alpha} == dict.fromkeys(as_alpha, alpha.schema_name)
    assert reported("beta") == beta.schema_name
    assert reported("failing") == f"failing as {beta.schema_name}"
    assert reported("federation") == "coopcycle_federation"


@pytest.mark.servers
def test_07_a_message_without_coop_does_not_run_also_after_one_that_failed(
    worker, login_wall, valkey, reported
):
    with in_cooperative(login_wall.alpha):
        tasks_app.fail.delay("failing")
    # What no code of ours sends: put on the queue past the door that asks.
    super(type(app), app).send_task("tests.kernel.tasks_app.tell", ["nobody"])
    with in_cooperative(login_wall.beta):
        tasks_app.tell.delay("last")

    assert reported("last") == login_wall.beta.schema_name
    assert valkey.llen("report:nobody") == 0


@pytest.mark.servers
def test_the_outbox_loses_nothing_when_valkey_does(worker, login_wall, valkey, reported):
    """Its messages are woken by Valkey but kept in the database."""
    both = (login_wall.alpha, login_wall.beta)
    with patch.object(outbox, "wake_worker"):  # the wake-up calls are what gets lost
        for cooperative in both:
            with in_cooperative(cooperative), transaction.atomic():
                outbox.put("report", "k", {"to": f"lost {cooperative.slug}"})
    with in_federation():
        send_outbox_everywhere.delay()

    assert [reported(f"lost {c.slug}") for c in both] == [c.schema_name for c in both]


@pytest.mark.servers
def test_a_commit_wakes_the_worker(worker, login_wall, reported):
    with in_cooperative(login_wall.alpha), transaction.atomic():
        outbox.put("report", "k", {"to": "woken"})

    assert reported("woken") == login_wall.alpha.schema_name


@pytest.mark.parametrize(
    "send",
    [
        lambda: tasks_app.tell.delay("x"),
        lambda: tasks_app.tell.apply_async(["x"]),
        lambda: tasks_app.tell.apply_async(["x"], headers={HEADER: ""}),
        lambda: app.send_task("tests.kernel.tasks_app.tell", ["x"]),
        lambda: app.send_task("some.unknown.task"),
        lambda: chain(tasks_app.tell.si("x"), tasks_app.tell.si("y")).delay(),
        lambda: group(tasks_app.tell.si("x"), tasks_app.tell.si("y")).delay(),
        lambda: tasks_app.tell_federation.apply_async(["x"], link=tasks_app.tell.si("y")),
    ],
)
def test_07_nothing_is_sent_without_a_coop(login_wall, valkey, send):
    with in_federation(), pytest.raises(TaskWithoutCooperativeError):
        send()

    assert valkey.llen(QUEUE_NAME) == 0


def test_called_as_a_function_it_works_where_the_caller_works(db, alpha, monkeypatch):
    seen = []
    monkeypatch.setattr(tasks_app, "report", seen.append)

    tasks_app.tell("here")

    assert seen == ["here"]


def test_what_beat_starts_is_public():
    app.loader.import_default_modules()
    known = {entry["task"] for entry in SCHEDULE.values()} & set(app.tasks)

    assert "coopcycle.tasks.send_outbox_everywhere" in known
    assert all(app._is_public(name) for name in known)


def test_a_beat_that_starts_catches_up(monkeypatch):
    sent = []
    monkeypatch.setattr(app, "send_task", lambda name, **options: sent.append((name, options)))

    beat_init.send(sender=None)

    assert sent == [
        ("recurring.tasks.follow_law_everywhere", {"expires": 86400.0}),
        ("coopcycle.tasks.send_outbox_everywhere", {"expires": 15.0}),
        ("recurring.tasks.generate_everywhere", {"expires": 600.0}),
        ("audit.tasks.seal_everywhere", {"expires": 300.0}),
    ]
