"""What a busy day's board costs: the dispatch page with 200 stops, in requests a second.

The floor is a view that answers "ok", on the same server, in the same run, by the same person with
the same middleware. Both are asked in turns; the median of the pairs counts.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks.result import Result
from coopcycle.runtime.ports import any_free_port
from coopcycle.runtime.postgres import throwaway_postgres
from coopcycle.runtime.valkey import throwaway_valkey

BOARD, TRIVIAL = "/dispatch/", "/trivial/"
CLIENTS = 4  # as many as the server has threads
PAIRS = 5
BURST_SECONDS = 3.0
_STARTS_WITHIN = 60.0


def run() -> list[Result]:
    """The ratio says how many trivial requests one board costs."""
    with throwaway_postgres() as postgres, throwaway_valkey() as valkey:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.board_or_trivial.settings",
            "DATABASE_URL": postgres.url,
            "DATABASE_WALL": "login",
            "REDIS_URL": valkey.url,
            "BASE_HOST": "localhost",
            "DEMO": "1",
            "TESTING": "1",  # static files as they lie: nothing is collected here
        }
        prepared = subprocess.run(
            [sys.executable, "-m", "benchmarks.board_or_trivial.prepare"],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        visitor = json.loads(prepared.stdout.splitlines()[-1])
        headers = {"Host": visitor["host"], "Cookie": visitor["cookie"]}
        with _server(environment) as port:
            pairs = _pairs(port, headers)
    return [
        Result(
            name="dispatch page of a day with 200 stops",
            value=statistics.median(board for board, _ in pairs),
            unit="requests a second",
            floor=statistics.median(trivial for _, trivial in pairs),
            ratio=statistics.median(trivial / board for board, trivial in pairs),
        )
    ]


def _pairs(port: int, headers: dict[str, str]) -> list[tuple[float, float]]:
    for path in (BOARD, TRIVIAL):  # warms up
        _rate(port, path, headers)
    return [(_rate(port, BOARD, headers), _rate(port, TRIVIAL, headers)) for _ in range(PAIRS)]


def _rate(port: int, path: str, headers: dict[str, str]) -> float:
    """Requests a second of a burst by several clients, each on one connection."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        bursts = [clients.submit(_burst, port, path, headers) for _ in range(CLIENTS)]
    return sum(each.result() for each in bursts)


def _burst(port: int, path: str, headers: dict[str, str]) -> float:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    started, done = time.monotonic(), 0
    while time.monotonic() < started + BURST_SECONDS:
        line.request("GET", path, headers=headers)
        response = line.getresponse()
        response.read()
        assert response.status == 200, f"{path} answered {response.status}"
        done += 1
    line.close()
    return done / (time.monotonic() - started)


@contextmanager
def _server(environment: dict[str, str]) -> Iterator[int]:
    """The port of the web process, as the Procfile runs it but for one worker."""
    port = any_free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"]
    command += ["--workers", "1", "--blocking-threads", str(CLIENTS), "--port", str(port)]
    process = subprocess.Popen([*command, "coopcycle.wsgi:application"], env=environment)
    try:
        _wait_until_up(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_up(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended while it started"
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/healthz", headers={"Host": "bench.localhost"})
            line.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            line.close()
    raise TimeoutError("The server does not answer.")


if __name__ == "__main__":
    for result in run():
        print(
            f"{result.name}: {result.value:.0f} {result.unit}; a trivial view: {result.floor:.0f}"
        )
