"""What the wall between co-ops costs: a request in one of 1, 20 or 110 of them, at random.

The floor is the same request in plain Django without tenants, without middleware and with nobody
signed in, on Django's own pool of connections: the wall lends sessions too, so the difference is
the wall. A second floor lets each thread keep its connection, the cheapest that Django can do.
Measured against them: the wall alone, and the platform's whole middleware with somebody signed in.
All run in turns of a few seconds, so that a busy machine slows all; the median of the turns counts.
The first moments of a turn do not: its sessions, which are more where co-ops are many, have to come
back into the processor's caches after the others' turns, and people do not come in turns.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

import psycopg

from benchmarks.result import Result
from coopcycle.runtime.postgres import throwaway_postgres

COUNTS = (1, 20, 110)
PROCESSES = 2  # of four threads each, as Procfile starts them
TURNS = 5
BURST_SECONDS = 3.0
COMING_BACK_SECONDS = 0.7
WARM_UP_SECONDS = 3.0
_MEASURED = {"wall": "request in", "all": "signed-in request by all middleware in"}
_FLOORS = {"pooled": "", "kept": ", where plain Django keeps a connection a thread"}

_PREPARE = """
import django
django.setup()
from django.core.management import call_command
from accounts.models import Address, Business, Membership, User
from tenants.context import in_cooperative
from tenants.provisioning import create_cooperative

call_command("migrate_schemas", verbosity=0)
for index in range({number}):
    coop = create_cooperative(name=f"Co-op {{index}}", slug=f"coop{{index}}", country="FR")
    with in_cooperative(coop):
        users = User.objects.bulk_create(
            [User(email=f"{{n}}@example.org", name=f"Person {{n}}") for n in range(60)]
        )
        address = Address.objects.create(
            street="1 rue", city="Grenoble", country="FR", latitude=45, longitude=5
        )
        business = Business.objects.create(name="Shop", kind="shop", address=address)
        Membership.objects.create(business=business, user=users[0], level="owner")
"""


def run() -> list[Result]:
    """Time ratios against plain Django, for each number of co-ops in use."""
    with throwaway_postgres(max_connections="450") as server:  # two pools, and the floors
        environment = {
            **os.environ,
            "DATABASE_URL": server.url,
            "DATABASE_POOL_SIZE": "180",  # a process
            "DATABASE_WALL": "login",
            "BASE_HOST": "localhost",
            "DEMO": "1",
        }
        wall_environment = {
            **environment,
            "DJANGO_SETTINGS_MODULE": "coopcycle.settings",
        }
        subprocess.run(
            [sys.executable, "-c", _PREPARE.format(number=max(COUNTS))],
            env=wall_environment,
            check=True,
        )
        with psycopg.connect(server.superuser_url("coopcycle"), autocommit=True) as master:
            master.execute("VACUUM ANALYZE")
            row = master.execute(
                "SELECT schema_name FROM tenants_cooperative WHERE slug = 'coop0'"
            ).fetchone()
        plain_environment = {
            **environment,
            "DJANGO_SETTINGS_MODULE": "benchmarks.plain_or_wall.plain_settings",
            "PLAIN_SCHEMA": str(row[0]) if row else "",
            "SERVER": "plain",
        }
        results: list[Result] = []
        with (
            _server(plain_environment | {"PLAIN_POOL": "1"}) as pooled,
            _server(plain_environment) as kept,
        ):
            floors = {"pooled": pooled, "kept": kept}
            # One after the other: together they would want more sessions than PostgreSQL gives.
            for kind, what in _MEASURED.items():
                with _server(wall_environment | {"SERVER": kind}) as measured:
                    for number in COUNTS:
                        results += _compare(floors, measured, number, what)
        return results


def _compare(
    floors: dict[str, "Server"], measured: "Server", number: int, what: str
) -> list[Result]:
    """One result against each floor, all measured in the same turns."""
    servers = {**floors, "measured": measured}
    for server in servers.values():
        server.run(WARM_UP_SECONDS, number)
    turns = [
        {name: 1000 / server.rate(number) for name, server in servers.items()} for _ in range(TURNS)
    ]
    return [
        Result(
            name=f"{what} one of {number} co-ops, at random{against}",
            value=statistics.median(turn["measured"] for turn in turns),
            unit="ms a request",
            floor=statistics.median(turn[floor] for turn in turns),
            ratio=statistics.median(turn["measured"] / turn[floor] for turn in turns),
        )
        for floor, against in _FLOORS.items()
    ]


class Server:
    """Child processes of plain_or_wall.server, which answer side by side."""

    def __init__(self, processes: "list[subprocess.Popen[str]]") -> None:
        self.processes = processes

    def rate(self, number: int) -> float:
        """Requests a second of a burst over the first `number` hosts."""
        self.run(COMING_BACK_SECONDS, number)
        return self.run(BURST_SECONDS, number)

    def run(self, seconds: float, number: int) -> float:
        """Requests a second in so many seconds."""
        for process in self.processes:
            assert process.stdin
            process.stdin.write(f"{seconds} {number}\n")
            process.stdin.flush()
        return sum(float(process.stdout.readline()) for process in self.processes if process.stdout)


@contextmanager
def _server(environment: dict[str, str]) -> Iterator[Server]:
    with TemporaryFile("w+") as log:  # a line for each request, as in production
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.plain_or_wall.server"],
                env=environment | {"SEED": str(index)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            for index in range(PROCESSES)
        ]
        try:
            yield Server(processes)
        finally:
            for process in processes:
                if process.stdin:
                    process.stdin.close()
            ends = [process.wait(30) for process in processes]
            if any(ends):
                log.seek(0)
                sys.stderr.writelines(log.readlines()[-30:])


if __name__ == "__main__":
    for result in run():
        print(
            f"{result.name}: {result.ratio:.2f} × plain Django ({result.value:.2f} {result.unit})"
        )
