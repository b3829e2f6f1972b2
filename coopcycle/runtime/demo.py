"""`make demo`: the whole platform on this machine, from nothing to "ready", until Ctrl-C."""

import argparse
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from coopcycle.runtime.ports import first_free_port, held
from coopcycle.runtime.postgres import PostgresStartError
from coopcycle.runtime.postgres_binaries import NoPostgresError
from coopcycle.runtime.prepare import ACCOUNTS_FILE
from coopcycle.runtime.processes import ProcessGroup, read_procfile
from coopcycle.runtime.progress import Progress
from coopcycle.runtime.servers import remove_servers, servers
from coopcycle.runtime.valkey import ValkeyStartError
from coopcycle.runtime.workspace import (
    CHECKOUT,
    BusyError,
    kept_secret,
    sole_user,
    var_dir,
    write_private,
)

PORTS = {"WEB_PORT": 8000, "LIVE_PORT": 8001}
SERVING = ("web", "live")  # first, alone on the processor: people wait for them
ENVIRONMENT_FILE = "demo-environment.json"
_ANSWERS_WITHIN = 120.0  # seconds
_progress = Progress()
say = _progress.say


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reset", action="store_true", help="delete this checkout's demo data")
    asked = parser.parse_args()
    folder = var_dir()
    try:
        with _signals_as_interrupt(), sole_user(folder):
            return reset(folder) if asked.reset else run(folder)
    except BusyError:
        say("The demo of this checkout already runs. Stop it first (Ctrl-C in its terminal).")
    except (PostgresStartError, ValkeyStartError, NoPostgresError) as error:
        say(str(error))
    except subprocess.CalledProcessError as error:
        say(f"A step failed: {' '.join(map(str, error.cmd))}")
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130
    return 1


def reset(folder: Path) -> int:
    """Delete databases, mails, files and secrets of the demo; nothing outside this checkout's `var/`."""
    remove_servers(folder)
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != "lock":
            entry.unlink()
    say("The demo's data is gone. `make demo` starts over.")
    return 0


def run(folder: Path) -> int:
    """Start everything, say where it is, and stay until a stop is asked for."""
    started = time.monotonic()
    say("Starting the demo federation …")
    with servers(folder, _progress) as addresses, ExitStack() as ports:
        environment = demo_environment(folder, addresses, _progress)
        for name in PORTS:
            ports.enter_context(held(int(environment[name])))
        write_private(folder / ENVIRONMENT_FILE, json.dumps(environment))
        programs = {**os.environ, **environment}
        subprocess.run(
            [sys.executable, "-m", "coopcycle.runtime.prepare"],
            check=True,
            env=programs,
            cwd=CHECKOUT,
        )
        commands = read_procfile(CHECKOUT / "Procfile")
        os.chdir(CHECKOUT)
        with ProcessGroup(list(commands)) as group:
            group.stop_on_signals()
            for name in SERVING:
                group.start(name, commands.pop(name), programs)
            if not _wait_until_they_answer(group, environment):
                return 1
            ports.close()  # from here on the servers themselves keep them
            for name, command in commands.items():
                group.start(name, command, programs)
            group.say(welcome(folder, environment["WEB_PORT"], time.monotonic() - started))
            code = group.wait()
            group.say("Stopping …")
    say("Stopped; the data stays in var/.")
    return code


def demo_environment(folder: Path, addresses: dict[str, str], progress: Progress) -> dict[str, str]:
    """What the demo's processes find in their environment, besides the caller's own."""
    web, live = (int(os.environ.get(name) or port) for name, port in PORTS.items())
    web = first_free_port(web, what="the website", say=progress.say)
    live = first_free_port(live, what="the live server", say=progress.say, taken={web})
    return {
        **addresses,
        "DEMO": "1",
        "SECRET_KEY": kept_secret(folder, "django"),
        "DATABASE_LOGIN_SECRET": kept_secret(folder, "database-logins"),
        "DATA_MASTER_KEY": kept_secret(folder, "data-master"),
        "VAR_DIR": str(folder),
        "BASE_HOST": "localhost",
        "SECURITY_CONTACT": "mailto:security@federation.example",
        "PUBLIC_SCHEME": "http",
        "PUBLIC_PORT": str(web),
        "WEB_PORT": str(web),
        "LIVE_PORT": str(live),
        "LIVE_URL": f"http://{{host}}:{live}",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "LOG_JSON": os.environ.get("LOG_JSON") or "0",  # our pipe, but a person reads it
        "PGGSSENCMODE": "disable",  # macOS: asking for Kerberos breaks a forked worker
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",  # a container's root
    }


def welcome(folder: Path, port: str, seconds: float) -> str:
    """Addresses, one account of each role and where the mails are."""
    where = os.path.relpath(folder)
    return "\n".join(
        [
            "",
            *_accounts(folder / ACCOUNTS_FILE, port),
            f"  Mails are files in {where}/mail. Ctrl-C stops; the data stays in {where}.",
            f"  ready ({seconds:.0f} s)",
            "",
        ]
    )


def _accounts(path: Path, port: str) -> list[str]:
    """Each host with the first person of each role; `manage.py demo_accounts` lists all."""
    lines: list[str] = []
    seen: set[tuple[str, str]] = set()
    accounts = json.loads(path.read_text()) if path.exists() else []
    for account in accounts:
        host, role = account["host"], account["role"]
        if not any(known == host for known, _ in seen):
            lines += ["", f"  http://{host}:{port}"]
        if (host, role) not in seen:
            lines.append(
                f"    {role:<15}{account['email']:<42}{account['business'] or ''}".rstrip()
            )
        seen.add((host, role))
    passwords = sorted({account["password"] for account in accounts})
    if not passwords:
        return [f"  http://localhost:{port}", ""]
    more = f"{len(accounts)} people in all: make accounts"
    lines += ["", f"  Password of everyone: {', '.join(passwords)}   ({more})"]
    if roles := sorted({one["role"] for one in accounts if one.get("second_factor")}):
        lines.append(f"  Then a code, which the page itself shows here: {', '.join(roles)}.")
    return [*lines[1:], ""]


def _wait_until_they_answer(group: ProcessGroup, environment: dict[str, str]) -> bool:
    """True when the website and the live server do; False when a stop is wanted or it takes too long."""
    deadline = time.monotonic() + _ANSWERS_WITHIN
    waiting = {"WEB_PORT": "/healthz", "LIVE_PORT": "/live/healthz"}
    while not group.stop_wanted.is_set():
        if name := group.ended():
            group.say(f"{name} did not start.")
            return False
        for port, path in tuple(waiting.items()):
            if _is_healthy(int(environment[port]), path, environment["BASE_HOST"]):
                del waiting[port]
        if not waiting:
            return True
        if time.monotonic() > deadline:
            group.say(f"The website does not answer within {_ANSWERS_WITHIN:.0f} s.")
            return False
        group.stop_wanted.wait(0.1)
    return False


def _is_healthy(port: int, path: str, host: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _signals_as_interrupt() -> Iterator[None]:
    """While nothing runs yet, `kill` and a closed terminal unwind as Ctrl-C does."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    yield


if __name__ == "__main__":
    sys.exit(main())
