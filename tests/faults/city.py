"""Two co-ops with people at work: two web processes, two workers, two beats, and the world outside."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psycopg
import redis

from coopcycle.runtime.ports import any_free_port
from coopcycle.runtime.valkey import ValkeyServer, kept_valkey
from tests.faults.invariants import Findings
from tests.faults.outside import Ledger, Outside, Wire
from tests.faults.stage import Stage, kill

_STARTS_WITHIN = 60.0
_LOOK_EVERY = 0.1
TOKEN = "0123456789abcdef0123456789abcdef"  # of a form and of the cookie beside it


@dataclass(frozen=True)
class Answer:
    """What a web process said; status 0: nothing, the line broke."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    seconds: float = 0.0

    @property
    def is_yes(self) -> bool:
        return 200 <= self.status < 400

    @property
    def may_be_tried_again(self) -> bool:
        return self.status == 0 or self.status >= 500


@dataclass
class Visitor:
    """A browser of one person at one co-op, at whichever web process it is sent to."""

    slug: str
    session: str

    def get(self, port: int, path: str) -> Answer:
        return self.ask(port, "GET", path)

    def post(self, port: int, path: str, form: dict[str, Any]) -> Answer:
        pairs = urllib.parse.urlencode(form, doseq=True)
        return self.ask(port, "POST", path, pairs.encode(), "application/x-www-form-urlencoded")

    def post_json(self, port: int, path: str, content: Any) -> Answer:
        return self.ask(port, "POST", path, json.dumps(content).encode(), "application/json")

    def post_file(self, port: int, path: str, form: dict[str, str], photo: bytes) -> Answer:
        edge = uuid.uuid4().hex
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in form.items()
        ]
        parts.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="p.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n".encode()
            + photo
            + f"\r\n--{edge}--\r\n".encode()
        )
        return self.ask(
            port, "POST", path, b"".join(parts), f"multipart/form-data; boundary={edge}"
        )

    def ask(
        self, port: int, method: str, path: str, body: bytes | None = None, kind: str = ""
    ) -> Answer:
        started = time.monotonic()
        line = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            line.request(method, path, body, self.headers(port, kind))
            response = line.getresponse()
            text = response.read().decode(errors="replace")
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, text, time.monotonic() - started)
        except (OSError, HTTPException):
            return Answer(0, seconds=time.monotonic() - started)
        finally:
            line.close()

    def headers(self, port: int, kind: str = "") -> dict[str, str]:
        return {
            "Host": f"{self.slug}.localhost:{port}",
            "Cookie": f"sessionid={self.session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            **({"Content-Type": kind} if kind else {}),
        }


@dataclass
class People:
    """Who works in a co-op, and what is there to do."""

    slug: str
    schema: str
    administrator: Visitor
    dispatchers: list[Visitor]
    rider: Visitor
    riders: list[int]
    stops: list[int]  # of the first rider's round
    loose: list[int]  # stops of nobody's round


@dataclass
class City:
    """All of it. Programs are named as in the Procfile, with a number."""

    stage: Stage
    outside: Outside
    ledger: Ledger
    wire: Wire
    valkey: ValkeyServer
    keep_valkey: Callable[[], None]
    environment: dict[str, str]
    programs: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    people: dict[str, People] = field(default_factory=dict)

    # --- programs -----------------------------------------------------------------------------

    def start_web(self, name: str, *, file_bytes: int = 0, **environment: str) -> int:
        """A web process; `file_bytes`: no file of it may grow larger, as on a full disk."""
        port = self.ports.setdefault(name, any_free_port())
        command = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "error"]
        command += ["--http1-header-read-timeout", "2000"]

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

        self.programs[name] = subprocess.Popen(
            [sys.executable, "-m", "granian", *command, "coopcycle.wsgi:application"],
            env={**self.environment, **environment},
            preexec_fn=limit if file_bytes else None,
            start_new_session=True,
        )
        return port

    def start_worker(self, name: str) -> None:
        options = ["--concurrency", "1", "--hostname", f"{name.replace(' ', '-')}@city"]
        self._celery(name, "worker", *options, "--without-gossip", "--without-mingle")

    def start_beat(self, name: str) -> None:
        schedule = self.stage.folder / f"city-{name.replace(' ', '-')}"
        self._celery(name, "beat", "--schedule", str(schedule))

    def _celery(self, name: str, *arguments: str) -> None:
        command = [sys.executable, "-m", "celery", "--quiet", "--app", "tests.faults.app"]
        self.programs[name] = subprocess.Popen(
            [*command, *arguments, "--loglevel", "ERROR"],
            env=self.environment,
            start_new_session=True,
        )

    def end(self, name: str) -> None:
        """kill -9"""
        kill(self.programs.pop(name))

    def wait_until_up(self, *names: str) -> None:
        deadline = time.monotonic() + _STARTS_WITHIN
        nobody = Visitor("gamma", "")
        for name in names:
            while nobody.get(self.ports[name], "/healthz").status == 0:
                assert self.programs[name].poll() is None, f"{name} ended while it started"
                assert time.monotonic() < deadline, f"{name} did not start"
                time.sleep(_LOOK_EVERY)

    @property
    def webs(self) -> list[int]:
        return [self.ports["web 1"], self.ports["web 2"]]

    def any_web(self) -> int:
        return random.choice(self.webs)

    def manage(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    # --- faults -------------------------------------------------------------------------------

    def kill_valkey(self) -> None:
        """kill -9, with all that it held; `keep_valkey` starts it again."""
        with redis.Redis.from_url(self.valkey.url) as client:
            os.kill(int(client.info("server")["process_id"]), signal.SIGKILL)

    def flush_valkey(self) -> None:
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()

    # --- looking ------------------------------------------------------------------------------

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """As the database's master; `{gamma}` stands for that co-op's schema."""
        names = {slug: people.schema for slug, people in self.people.items()}
        with psycopg.connect(
            self.stage.postgres.superuser_url("coopcycle"), autocommit=True
        ) as line:
            line.execute("SET synchronous_commit = on")
            cursor = line.execute(statement.format(**names), values or None)
            return cursor.fetchall() if cursor.description else []

    def number(self, statement: str, *values: Any) -> int:
        return int(self.query(statement, *values)[0][0])

    def wait_until(self, holds: Callable[[], bool], within: float = 60.0) -> float:
        """Seconds until it holds."""
        started = time.monotonic()
        while True:
            with suppress(psycopg.OperationalError):
                if holds():
                    return time.monotonic() - started
            assert time.monotonic() < started + within, f"not so after {within:.0f} s"
            time.sleep(_LOOK_EVERY)

    def all_sent(self) -> bool:
        """Neither co-op has anything left to say."""
        return not any(
            self.number(
                f"SELECT count(*) FROM {{{slug}}}.coopcycle_outboxmessage WHERE state <> 'sent'"
            )
            for slug in self.people
        )

    def note(self, number: int, fault: str, points: int, seconds: float, lost: int, doubled: int):
        self.stage.note(number, fault, points, Findings(lost, doubled, 0), seconds)
        assert (lost, doubled) == (0, 0), f"{fault}: {lost} lost, {doubled} doubled"


@dataclass
class Invitations:
    """Forms of an administrator: each makes one record and one mail, however often it is sent."""

    city: City
    slug: str = "gamma"
    sent: dict[str, str] = field(default_factory=dict)  # action → address of the one invited
    yes: set[str] = field(default_factory=set)

    def form(self) -> dict[str, Any]:
        action = str(uuid.uuid4())
        self.sent[action] = f"{action}@example.org"
        return {
            "name": "Somebody New",
            "email": self.sent[action],
            "language": "en",
            "roles": "is_courier",
            "action_id": action,
        }

    def send(self, form: dict[str, Any], port: int | None = None) -> Answer:
        visitor = self.city.people[self.slug].administrator
        answer = visitor.post(port or self.city.any_web(), "/people/invite/", form)
        if answer.is_yes:
            assert answer.status == 302, answer.text[:2000]
            self.yes.add(form["action_id"])
        return answer

    def send_until_yes(self, form: dict[str, Any]) -> Answer:
        """As a person does who is told to try again."""
        for _ in range(100):
            answer = self.send(form)
            if not answer.may_be_tried_again:
                return answer
            time.sleep(0.2)
        return answer

    def count(self, column: str = "lost") -> tuple[int, int]:
        """(lost, doubled): records and mails, against what was answered with yes."""
        rows = {
            str(action): int(count)
            for action, count in self.city.query(
                f"SELECT action_id, count(*) FROM {{{self.slug}}}.accounts_invitation GROUP BY 1"
            )
        }
        lost = doubled = 0
        for action in self.yes:
            mails = {call.key for call in self.city.ledger.to(self.sent[action])}
            lost += (rows.get(action, 0) == 0) + (not mails)
            doubled += max(0, rows.get(action, 0) - 1) + max(0, len(mails) - 1)
        return lost, doubled


@contextmanager
def city_on(stage: Stage) -> Iterator[City]:
    """Everything started, two co-ops open, people signed in; all gone at the end."""
    with ExitStack() as stack:
        outside = Outside()
        stack.callback(outside.close)
        ledger = Ledger(outside).open()
        port, folder = any_free_port(), stage.folder / "city-valkey"

        def keep_valkey() -> ValkeyServer:
            return stack.enter_context(kept_valkey(folder, port=port))

        valkey = keep_valkey()
        wire = Wire(outside, port).open()
        (stage.folder / "static").mkdir(exist_ok=True)
        environment = {
            **stage.environment,
            "REDIS_URL": valkey.url.replace(f":{port}/", f":{wire.port}/"),
            "MAIL_HOST": "127.0.0.1",
            "MAIL_PORT": str(ledger.port),
            "MAIL_TLS": "0",
            "LOG_LEVEL": "ERROR",
            "DATABASE_POOL_SIZE": "10",
        }
        found = City(stage, outside, ledger, wire, valkey, keep_valkey, environment)
        stack.callback(lambda: [kill(program) for program in found.programs.values()])
        for name in ("web 1", "web 2"):
            found.start_web(name)
        stage.owner_runs("UPDATE tenants_cooperative SET is_active = false")
        # What was answered with yes must outlive a crash; the tests' server forgets its last moments.
        stage.owner_runs("ALTER DATABASE coopcycle SET synchronous_commit = on", "postgres")
        for slug in ("gamma", "delta"):
            found.people[slug] = _people(stage, slug)
        for number in (1, 2):
            found.start_worker(f"worker {number}")
            found.start_beat(f"beat {number}")
        found.wait_until_up("web 1", "web 2")
        yield found


def settle(city: City, invitations: Invitations, within: float = 60.0) -> tuple[float, int, int]:
    """(seconds until nothing is left to send, lost, doubled)"""
    seconds = city.wait_until(city.all_sent, within)
    return seconds, *invitations.count()


def _people(stage: Stage, slug: str) -> People:
    path = stage.folder / f"{slug}.json"
    assert stage.act("people", slug=slug, path=str(path))["endings"] == [0]
    told = json.loads(path.read_text())
    return People(
        slug,
        told["schema"],
        Visitor(slug, told["administrator"]),
        [Visitor(slug, session) for session in told["dispatchers"]],
        Visitor(slug, told["rider"]),
        told["riders"],
        told["stops"],
        told["loose"],
    )


def at_once[T](count: int, work: Callable[[int], T]) -> list[T]:
    """Do it `count` times, all released at one moment."""
    gate = threading.Barrier(count)

    def do(number: int) -> T:
        gate.wait(30)
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(do, range(count)))


def move_of(stop: int, version: int, rider: int) -> dict[str, Any]:
    """What a board sends to give one stop to a courier."""
    seen = {str(stop): version}
    return {"operations": [{"tasks": [stop], "seen": seen, "courier": rider}]}


def photo_of_noise(pixels: int = 900) -> bytes:
    """A picture that no encoder makes small."""
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.frombytes("RGB", (pixels, pixels), os.urandom(pixels * pixels * 3)).save(out, "JPEG")
    return out.getvalue()


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}
