"""The whole platform as its own processes, by the Procfile, on a database of a test."""

import http.client
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from coopcycle.runtime.ports import any_free_port, held
from coopcycle.runtime.processes import ProcessGroup, read_procfile

NAMES = ["web", "live", "worker"]
_STARTS_WITHIN = 60.0  # seconds
_LOOK_EVERY = 0.1


@dataclass(frozen=True)
class Platform:
    """Where the running platform is reached."""

    port: int

    def origin(self, slug: str) -> str:
        """The address of a co-op's host."""
        return f"http://{slug}.{settings.BASE_HOST}:{self.port}"


@contextmanager
def running_platform(database_url: str, folder: Path, slug: str) -> Iterator[Platform]:
    """Web, live and worker until the end; their lines are part of a failed test's output."""
    commands = read_procfile(Path(settings.BASE_DIR) / "Procfile")
    web, live = any_free_port(), any_free_port()
    environment = _environment(database_url, folder, web, live)
    with held(web), held(live), ProcessGroup(NAMES, out=sys.stdout) as group:
        for name in NAMES:
            group.start(name, commands[name], environment)
        platform = Platform(web)
        _wait_until_up(group, web, f"{slug}.{settings.BASE_HOST}")
        _wait_until_up(group, live, f"{slug}.{settings.BASE_HOST}")
        yield platform


def _environment(database_url: str, folder: Path, web: int, live: int) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "DATABASE_URL": database_url,
        "DATABASE_WALL": "login",
        "VAR_DIR": str(folder),
        "PUBLIC_PORT": str(web),
        "LIVE_URL": f"http://{{host}}:{live}",
        "WEB_PORT": str(web),
        "LIVE_PORT": str(live),
        "WEB_WORKERS": "1",
        "WORKER_PROCESSES": "1",
    }


def _wait_until_up(group: ProcessGroup, port: int, host: str) -> None:
    """Until the process on `port` answers a request, whatever it answers."""
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline:
        assert (name := group.ended()) is None, f"{name} ended while it started"
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/healthz", headers={"Host": f"{host}:{port}"})
            line.getresponse().read()
        except OSError:
            time.sleep(_LOOK_EVERY)
        else:
            return
        finally:
            line.close()
    raise AssertionError(f"Nothing answered on port {port}")
