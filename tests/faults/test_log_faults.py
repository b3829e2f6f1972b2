"""The disk of PostgreSQL's log (pg_wal) is full: the server stops, and starts no more without room.

As on a machine on which something else, or a replica that is gone, holds the log. A small disk is
mounted where the machine lets us. A limit on the size of files, which anybody may give his own
processes, stops the log at the same place: PostgreSQL can't write its next page.
"""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from coopcycle.runtime.postgres import PostgresServer, PostgresStartError
from tests.faults import conftest
from tests.faults.city import Answer, City, Invitations, at_once, settle
from tests.faults.disks import small_disk

pytestmark = pytest.mark.servers
PEOPLE = 4
SEGMENT = 16  # megabytes of a file of the log; a page is 8 kB
TAKEN = 2 * SEGMENT  # by something else
MEGABYTES = TAKEN + 5 * SEGMENT  # beside it the log when little is kept, and as much again
WORDS = "The platform is out of reach for a moment"
ENDS_WITHIN = 60.0


@dataclass(frozen=True)
class FullLog:
    """A way in which the log gets no more room: begin it, and end it."""

    take_room: Callable[[], None]
    give_room: Callable[[], None]
    stays: bool  # also for a server that is started again


@contextmanager
def _full_disk(city: City) -> Iterator[FullLog | None]:
    """The log lies on a small disk, which something else fills up."""
    with small_disk(city, MEGABYTES) as disk:
        if disk is None:
            yield None
            return
        ballast = disk / "ballast"
        with _log_on(city, disk):
            yield FullLog(
                lambda: ballast.write_bytes(b"\0" * TAKEN * 2**20) and None,
                lambda: ballast.unlink(missing_ok=True),
                stays=True,
            )


@contextmanager
def _limited_files(city: City) -> Iterator[FullLog | None]:
    """No file of the server may grow to the last page of a file of the log."""
    server = city.stage.postgres
    if shutil.which("prlimit") is None:
        yield None
        return

    def limit() -> None:
        master = int((server.data / "postmaster.pid").read_text().split()[0])
        _limit_files(server, master)  # first: whoever is born now inherits it
        for child in Path(f"/proc/{master}/task/{master}/children").read_text().split():
            _limit_files(server, int(child))

    yield FullLog(limit, lambda: None, stays=False)


@pytest.mark.parametrize(
    ("fault", "way"),
    [
        ("the disk of the database's log is full", _full_disk),
        ("no file of the database's log can grow", _limited_files),
    ],
    ids=["disk", "files"],
)
def test_09_the_database_s_log_has_no_room(city, invitations, is_long, fault, way):
    rounds, points, worst = 5 if is_long else 1, 0, 0.0
    with way(city) as full:
        if full is None:
            conftest.NOT_TRIED.append((9, fault))
            return
        for _round in range(rounds):
            with _log_held(city):
                points += _send_until_it_stops(city, invitations, full)
            seconds, lost, doubled = settle(city, invitations)
            worst = max(worst, seconds)
    city.note(9, fault, points, worst, lost, doubled)


def _send_until_it_stops(city: City, invitations: Invitations, full: FullLog) -> int:
    """How many forms people sent until the server had gone, and again when it was there."""
    server = city.stage.postgres
    full.take_room()
    eater = threading.Thread(target=_eat_room, args=[city])
    eater.start()
    sent = [pair for pairs in at_once(PEOPLE, lambda _n: _send(invitations)) for pair in pairs]
    eater.join()
    has_ended = server.ends_within(ENDS_WITHIN)
    page = city.people["gamma"].administrator.get(city.any_web(), "/people/")
    if full.stays:  # who starts it too early, as a supervisor does, spoils nothing
        for _try in range(2):
            with pytest.raises(PostgresStartError, match="No space left on device"):
                server.start()
    full.give_room()
    server.start()
    assert has_ended
    assert {answer.status for _form, answer in sent} == {302, 503}
    for answer in (page, *(answer for _form, answer in sent if answer.status == 503)):
        assert (answer.status, WORDS in answer.text) == (503, True)
        assert answer.headers["retry-after"] == "10"
    refused = [form for form, answer in sent if answer.status == 503]
    assert [form for form in refused if not _is_whole(city, form)] == []
    assert {invitations.send_until_yes(form).status for form in refused} == {302}
    return len(sent)


def _send(invitations: Invitations) -> list[tuple[dict[str, str], Answer]]:
    """As somebody does who invites one after another, and looks up at the third that fails."""
    sent: list[tuple[dict[str, str], Answer]] = []
    deadline = time.monotonic() + ENDS_WITHIN
    while [answer.status for _form, answer in sent[-3:]] != [503] * 3:
        assert time.monotonic() < deadline, "the server did not stop"
        form = invitations.form()
        sent.append((form, invitations.send(form)))
    return sent


def _is_whole(city: City, form: dict[str, str]) -> bool:
    """All of it is there, where only the answer was lost, or nothing."""
    rows = [
        city.number("SELECT count(*) FROM {gamma}.accounts_invitation WHERE email = %s", form["email"]),
        city.number(
            "SELECT count(*) FROM {gamma}.coopcycle_outboxmessage WHERE payload ->> 'to' = %s",
            form["email"],
        ),
    ]  # fmt: skip
    return rows in ([0, 0], [1, 1])


def _eat_room(city: City) -> None:
    """What fills the log beside the forms, half a megabyte at a time, until the server is gone.

    After its first crash it may come up once more, while the last file has a little room.
    """
    server = city.stage.postgres
    while not server.ends_within(0.1):
        with (
            suppress(psycopg.Error),
            psycopg.connect(server.superuser_url(), autocommit=True) as line,
        ):
            while True:
                line.execute("SELECT pg_logical_emit_message(false, '', repeat('x', 524288))")
                time.sleep(0.02)


@contextmanager
def _log_held(city: City) -> Iterator[None]:
    """Nothing of the log is used again, as when a replica is expected to fetch it still."""
    city.query("SELECT pg_create_physical_replication_slot('held', true)")
    try:
        yield
    finally:
        city.query("SELECT pg_drop_replication_slot('held')")
        _shorten_log(city)


@contextmanager
def _log_on(city: City, disk: Path) -> Iterator[None]:
    """The log lies on that disk, and is short."""
    own = city.stage.postgres.data / "pg_wal"
    with ExitStack() as stack:
        for name, size in (("min_wal_size", 2 * SEGMENT), ("max_wal_size", 2 * SEGMENT)):
            city.query(f"ALTER SYSTEM SET {name} = '{size}MB'")
            stack.callback(city.query, f"ALTER SYSTEM RESET {name}")
        city.query("SELECT pg_reload_conf()")
        _shorten_log(city)
        _move_log(city, own, disk / "log", link=True)
        stack.callback(_move_log, city, disk / "log", own)
        yield


def _shorten_log(city: City) -> None:
    """First what can go, for a new file needs room."""
    for _time in range(3):
        city.query("CHECKPOINT")
        city.query("SELECT pg_switch_wal()")
    city.query("CHECKPOINT")


def _move_log(city: City, there: Path, to: Path, *, link: bool = False) -> None:
    city.stage.postgres.stop()
    if not link:
        to.unlink()
    subprocess.run(["cp", "-a", str(there), str(to)], check=True)
    shutil.rmtree(there)
    if link:
        there.symlink_to(to)
    city.stage.postgres.start()


def _limit_files(server: PostgresServer, process: int) -> None:
    """As the server's own account: whoever may change another's limits may change all."""
    account = server.account
    subprocess.run(
        ["prlimit", f"--pid={process}", f"--fsize={SEGMENT * 2**20 - 8192}:unlimited"],
        check=True,
        **({"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}),
    )
