"""A co-op on servers of its own, which the tests may kill, restart and restore."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import redis

from coopcycle.runtime.postgres import PostgresServer, throwaway_postgres
from coopcycle.runtime.valkey import throwaway_valkey
from tests.faults.actor import RESTAURANTS
from tests.faults.invariants import Findings, look

FIRST_MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
ZONE = ZoneInfo("Europe/Paris")
FIRST_DAY = FIRST_MORNING.date()
HORIZON = 2
_RECOVERS_WITHIN = 60.0  # seconds
_LOOK_EVERY = 0.2


@dataclass
class Stage:
    """Where faults happen. Days count from the first, on which the standing orders were made."""

    postgres: PostgresServer
    valkey_url: str
    folder: Path
    actor: "subprocess.Popen[str]"
    environment: dict[str, str]
    slug: str = "alpha"
    first_day: date = FIRST_DAY
    last_day: int = HORIZON
    report: list[tuple[int, str, int, Findings, float]] = field(default_factory=list)

    def act(self, what: str, **options: Any) -> dict[str, Any]:
        """Have one child, or `count` at once, do something; how they ended and how long it took."""
        assert self.actor.stdin
        assert self.actor.stdout
        print(json.dumps({"act": what, **options}), file=self.actor.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.actor.stdout.readline())
        return answer

    def run(self, at: datetime, **options: Any) -> dict[str, Any]:
        """A run of the generator and the outbox."""
        today = (at.astimezone(ZONE).date() - self.first_day).days
        self.last_day = max(self.last_day, today + HORIZON)
        return self.act("run", at=at.isoformat(), **options)

    def days(self) -> list[str]:
        """Dates that must be dealt with by now; the first had passed when all began."""
        return [
            (self.first_day + timedelta(days=number)).isoformat()
            for number in range(1, self.last_day + 1)
        ]

    def look(self) -> Findings:
        return look(
            self.postgres.url,
            self.folder / "mail",
            slug=self.slug,
            days=self.days(),
            restaurants=RESTAURANTS,
        )

    def mails_sent(self) -> int:
        """All that left, repetitions too. A file may hold several."""
        files = (self.folder / "mail").glob("*.log")
        return sum(file.read_text().count("Message-ID:") for file in files)

    def move_to(self, slug: str, at: datetime) -> None:
        """A new co-op takes the place of the one before, which is closed."""
        self.owner_runs("UPDATE tenants_cooperative SET is_active = false")
        self.slug, self.first_day, self.last_day = slug, at.astimezone(ZONE).date(), HORIZON
        assert self.act("settle", slug=slug, at=at.isoformat())["endings"] == [0]

    def look_further(self) -> None:
        """There is one day more to make for each standing order."""
        self.last_day += 1
        self.owner_runs(
            "UPDATE tenants_cooperative SET generation_horizon_days = generation_horizon_days + 1"
        )

    def note(
        self, number: int, fault: str, points: int, findings: Findings, seconds: float
    ) -> None:
        """A row of the table at the end; `number` is that of the list of faults."""
        self.report.append((number, fault, points, findings, seconds))

    def wait_until_clean(self) -> float:
        """Seconds until everything is as it must be."""
        started, findings = time.monotonic(), None
        while time.monotonic() < started + _RECOVERS_WITHIN:
            with suppress(psycopg.OperationalError):  # it may be restarting
                findings = self.look()
                if findings.is_clean:
                    return time.monotonic() - started
            time.sleep(_LOOK_EVERY)
        raise AssertionError(f"not clean after {_RECOVERS_WITHIN:.0f} s: {findings}")

    def owner_runs(self, statement: str, database: str = "coopcycle") -> None:
        url = self.postgres.superuser_url(database)
        with psycopg.connect(url, autocommit=True) as connection:
            # The tests' server forgets its last moments in a crash; not what we asked of it.
            connection.execute("SET synchronous_commit = on")
            connection.execute(statement)

    def flush_valkey(self) -> None:
        with redis.Redis.from_url(self.valkey_url) as client:
            client.flushall()

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """A Celery program of the app in a hurry."""
        return subprocess.Popen(
            [sys.executable, "-m", "celery", "--quiet", "--app", "tests.faults.app", *arguments],
            env=self.environment,
            start_new_session=True,
        )


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Servers and the actor, from nothing to a co-op with standing orders; all gone at the end."""
    with ExitStack() as stack:
        postgres = stack.enter_context(throwaway_postgres())
        valkey = stack.enter_context(throwaway_valkey())
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "coopcycle.settings",
            "DATABASE_URL": postgres.url,
            "DATABASE_WALL": "login",
            "REDIS_URL": valkey.url,
            "VAR_DIR": str(folder),
            "TESTING": "1",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        }
        actor = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.actor"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(_end, actor)
        found = Stage(postgres, valkey.url, folder, actor, environment)
        settled = found.act(
            "settle", slug=found.slug, at=FIRST_MORNING.isoformat(), makes_tables=True
        )
        assert settled["endings"] == [0]
        yield found


def kill(program: "subprocess.Popen[bytes]") -> None:
    """kill -9 of a program and of its children."""
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


def _end(actor: "subprocess.Popen[str]") -> None:
    assert actor.stdin
    actor.stdin.close()
    actor.wait(30)
