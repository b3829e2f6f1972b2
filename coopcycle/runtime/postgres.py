"""PostgreSQL of our own, as a child process: kept in `var/` for the demo, thrown away after tests.

    with throwaway_postgres() as server:
        psycopg.connect(server.url)

The owner (`server.url`) is no superuser: it owns the database and may make roles and databases,
which is all that migrations and provisioning need.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT, Signals
from typing import Any, LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql

from coopcycle.runtime.postgres_binaries import (
    Account,
    can_enter,
    major_version,
    reachable_binaries,
    server_account,
)
from coopcycle.runtime.workspace import kept_secret

DATABASE = "coopcycle"
OWNER = "coopcycle_owner"
SUPERUSER = "postgres"

_ALWAYS = {
    "max_connections": "300",  # each web and worker process keeps a pool over all co-ops
    "shared_buffers": "256MB",
    "max_locks_per_transaction": "256",  # one co-op's schema is some 430 relations
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "off",
    "log_min_messages": "warning",
}
_KEPT = {"synchronous_commit": "off"}  # a crash may cost the last half second, never the cluster
_THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
    "shared_buffers": "128MB",
}
_STARTS_WITHIN = 120.0  # seconds; after a crash the log is replayed first
_STOPS_WITHIN = 20.0
_LOOK_EVERY = 0.02


class PostgresStartError(RuntimeError):
    """The server did not start or stop; the message ends with its log."""


@dataclass
class PostgresServer:
    """One cluster that this process started. `port` 0 listens on a private socket only."""

    binaries: Path
    data: Path
    sockets: Path
    log: Path
    port: int
    owner_password: str
    superuser_password: str
    settings: dict[str, str]
    account: Account | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The owner's address, for `DATABASE_URL`."""
        return self.url_for(OWNER, self.owner_password)

    def url_for(self, user: str, password: str, database: str = DATABASE) -> str:
        """The address of any role and database of this cluster."""
        who = f"{quote(user, safe='')}:{quote(password, safe='')}"
        if self.port:
            return f"postgresql://{who}@127.0.0.1:{self.port}/{database}"
        return f"postgresql://{who}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def superuser_url(self, database: str = "postgres") -> str:
        """The cluster's master, over the private socket. For set-up and for tests of the wall."""
        who = f"{SUPERUSER}:{self.superuser_password}"
        place = quote(str(self.sockets), safe="/")
        return f"postgresql://{who}@/{database}?host={place}&port={self.port or 5432}"

    def start(self) -> None:
        """Start and wait until connections are taken."""
        arguments = [f"-c{name}={value}" for name, value in self._all_settings().items()]
        with self.log.open("ab") as log:  # never a pipe: the server would keep it open
            self._process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for its starter, which stops it in order
                **_as_account(self.account),
            )
        deadline = time.monotonic() + _STARTS_WITHIN
        while not self._is_ready():
            if self._process.poll() is not None:
                raise PostgresStartError(f"PostgreSQL did not start.\n{self._end_of_log()}")
            if time.monotonic() > deadline:
                self.stop(SIGQUIT)
                raise PostgresStartError(
                    f"PostgreSQL is not ready in {_STARTS_WITHIN:.0f} s.\n{self._end_of_log()}"
                )
            time.sleep(_LOOK_EVERY)

    def stop(self, how: Signals = SIGINT) -> None:
        """Stop: SIGINT ends sessions in order, SIGQUIT at once, as a crash does. Twice is fine."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.send_signal(SIGKILL)  # its children see that the postmaster is gone and leave
            process.wait()

    def ends_within(self, seconds: float) -> bool:
        """Wait until it has ended by itself, as it does when it cannot go on."""
        with suppress(subprocess.TimeoutExpired):
            if self._process is not None:
                self._process.wait(seconds)
            return True
        return False

    def restart(self, how: Signals = SIGINT) -> None:
        """Stop and start on the same port or socket, as an upgrade or a crash would."""
        self.stop(how)
        self.start()

    def _all_settings(self) -> dict[str, str]:
        place = {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": str(self.port or 5432),
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
        }
        return {**_ALWAYS, **self.settings, **place}

    def _is_ready(self) -> bool:
        with suppress(OSError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return (
                self._process is not None
                and lines[0] == str(self._process.pid)
                and lines[7].strip() == "ready"
            )
        return False

    def _end_of_log(self) -> str:
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        return ""


@contextmanager
def kept_postgres(folder: Path, *, port: int) -> Iterator[PostgresServer]:
    """The cluster of `folder`, made at the first call, its data kept and safe after a crash."""
    account = server_account()
    folder.mkdir(parents=True, exist_ok=True)
    with _socket_folder(account) as sockets:
        server = PostgresServer(
            binaries=reachable_binaries(account),
            data=_data_folder(folder, account),
            sockets=sockets,
            log=folder / "postgres.log",
            port=port,
            owner_password=kept_secret(folder, "owner"),
            superuser_password=kept_secret(folder, "superuser"),
            settings=_KEPT,
            account=account,
        )
        _stop_left_over(server)
        with _running(server):
            yield server


@contextmanager
def throwaway_postgres(**settings: str) -> Iterator[PostgresServer]:
    """An empty cluster in a temporary folder, fast and forgetful, on a private socket.

    settings: PostgreSQL's own that differ from those of all throwaway clusters.
    """
    account = server_account()
    with _socket_folder(account) as folder:
        server = PostgresServer(
            binaries=reachable_binaries(account),
            data=folder / "data",
            sockets=folder,
            log=folder / "postgres.log",
            port=0,
            owner_password="owner",  # noqa: S106 - nobody else enters the socket's folder
            superuser_password="superuser",  # noqa: S106
            settings=_THROWAWAY | settings,
            account=account,
        )
        with _running(server):
            yield server


def remove_kept_postgres(folder: Path) -> None:
    """Delete the cluster of `folder`, also where its data had to live elsewhere."""
    shutil.rmtree(_refuge(folder), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def harden_database(connection: psycopg.Connection[object], *, owner: str = OWNER) -> None:
    """Take from PUBLIC what no co-op's login needs, in the database of `connection` (a superuser's).

    Temporary tables, functions and DO blocks are tools of an attack; only the owner keeps them.
    """
    row = connection.execute("SELECT current_database()").fetchone()
    assert isinstance(row, tuple)  # noqa: S101 - current_database() always answers
    names = {"database": sql.Identifier(row[0]), "owner": sql.Identifier(owner)}
    for statement in (
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
        "GRANT USAGE ON LANGUAGE plpgsql TO {owner}",
        "REVOKE CONNECT, TEMP ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT, TEMP ON DATABASE {database} TO {owner}",
    ):
        connection.execute(sql.SQL(statement).format(**names))


@contextmanager
def _running(server: PostgresServer) -> Iterator[None]:
    if not (server.data / "PG_VERSION").exists():
        _initialise(server)
    made_by = int((server.data / "PG_VERSION").read_text())
    if made_by != (present := major_version(server.binaries)):
        raise PostgresStartError(
            f"The data in {server.data} is of PostgreSQL {made_by}, the programs are {present}. "
            "Set PG_BINDIR to the older programs, or start over with `make demo-reset`."
        )
    try:
        server.start()
        _prepare(server)
        yield
    finally:
        server.stop()


def _initialise(server: PostgresServer) -> None:
    """initdb into an empty folder. A half made one, of an interrupted start, is thrown away first."""
    shutil.rmtree(server.data, ignore_errors=True)
    server.data.mkdir(mode=0o700)
    password_file = server.sockets / "superuser-password"
    password_file.write_text(server.superuser_password)
    _give(server.data, server.account)
    _give(password_file, server.account)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
    if major_version(server.binaries) < 17:  # the built-in provider came with 17
        locale = ["--locale=C.UTF-8"]
    command: list[str | Path] = [server.binaries / "initdb", "-D", server.data, "-U", SUPERUSER]
    command += [f"--pwfile={password_file}", "-A", "scram-sha-256", "-E", "UTF8"]
    command += ["--no-instructions", *locale]
    if server.settings.get("fsync") == "off":
        command.append("--no-sync")
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        **_as_account(server.account),
    )
    password_file.unlink()
    if done.returncode:
        shutil.rmtree(server.data, ignore_errors=True)
        raise PostgresStartError(f"initdb failed.\n{done.stdout}{done.stderr}")


def _prepare(server: PostgresServer) -> None:
    """Make the owner and the database where they are missing, and shut what stands open by default."""
    with psycopg.connect(server.superuser_url(), autocommit=True) as connection:
        if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", OWNER):
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB PASSWORD {}").format(
                    sql.Identifier(OWNER), sql.Literal(server.owner_password)
                )
            )
            harden_database(connection)
        if _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            return
        # Through template1, so that test databases are born with the same rights.
        with psycopg.connect(server.superuser_url("template1"), autocommit=True) as template:
            harden_database(template)
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(DATABASE), sql.Identifier(OWNER)
            )
        )
    with psycopg.connect(server.superuser_url(DATABASE), autocommit=True) as connection:
        harden_database(connection)


def _exists(connection: psycopg.Connection[object], query: LiteralString, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


@contextmanager
def _socket_folder(account: Account | None) -> Iterator[Path]:
    """A private folder with a short path: a socket's path must stay under 104 bytes."""
    base = Path(tempfile.gettempdir())
    if len(str(base)) > 40 or (account and not can_enter(base, account)):
        base = Path("/tmp")  # noqa: S108 - the folder inside gets a random name and mode 700
    folder = Path(tempfile.mkdtemp(prefix="coopcycle-", dir=base))
    try:
        _give(folder, account)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _data_folder(folder: Path, account: Account | None) -> Path:
    """`folder/data`, or a refuge when the server's account cannot step into this checkout."""
    if account is None or can_enter(folder, account):
        return folder / "data"
    refuge = _refuge(folder)
    refuge.mkdir(parents=True, exist_ok=True)
    refuge.chmod(0o755)
    link = folder / "data-is-in"
    if not link.is_symlink():
        link.symlink_to(refuge)
    return refuge / "data"


def _refuge(folder: Path) -> Path:
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return Path("/var/lib/coopcycle") / name


def _stop_left_over(server: PostgresServer) -> None:
    """End a server of these very data that its starter could not stop (it was killed)."""
    try:
        pid = int((server.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return
    subprocess.run(
        [server.binaries / "pg_ctl", "stop", "-D", server.data, "-m", "fast", "-w", "-t", "30"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        **_as_account(server.account),
    )


def _give(path: Path, account: Account | None) -> None:
    path.chmod(0o700 if path.is_dir() else 0o600)
    if account:
        os.chown(path, account.uid, account.gid)


def _as_account(account: Account | None) -> dict[str, Any]:
    """Arguments that make a child of subprocess run as `account`, from a folder that it can enter."""
    if account is None:
        return {"cwd": "/"}
    return {"cwd": "/", "user": account.uid, "group": account.gid, "extra_groups": []}
