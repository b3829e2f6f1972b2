"""What the wall between co-ops costs: a request in one of 1, 20 or 110 of them, at random.

The floor is the same request in plain Django without tenants, without middleware and with nobody
signed in. Measured against it: the wall alone, and the platform's whole middleware with somebody
signed in. Both run in turns of a second or two, so that a busy machine slows both; the median of
the pairs counts.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from benchmarks.result import Result
from coopcycle.runtime.postgres import throwaway_postgres

COUNTS = (1, 20, 110)
PAIRS = 7
BURST_SECONDS = 1.5
WARM_UP_SECONDS = 6.0
_MEASURED = {"wall": "request in", "all": "signed-in request by all middleware in"}

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
    with throwaway_postgres() as server:
        environment = {
            **os.environ,
            "DATABASE_URL": server.url,
            "DATABASE_POOL_SIZE": "180",
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
        with _server(plain_environment) as plain:
            # One after the other: together they would want more sessions than PostgreSQL gives.
            for kind, what in _MEASURED.items():
                with _server(wall_environment | {"SERVER": kind}) as measured:
                    results += [_compare(plain, measured, number, what) for number in COUNTS]
        return results


def _compare(plain: "Server", other: "Server", number: int, what: str) -> Result:
    for server in (plain, other):
        server.rate(WARM_UP_SECONDS, number)
    pairs = [
        (plain.rate(BURST_SECONDS, number), other.rate(BURST_SECONDS, number)) for _ in range(PAIRS)
    ]
    return Result(
        name=f"{what} one of {number} co-ops, at random",
        value=statistics.median(1000 / rate for _, rate in pairs),
        unit="ms a request",
        floor=statistics.median(1000 / rate for rate, _ in pairs),
        ratio=statistics.median(floor / rate for floor, rate in pairs),
    )


class Server:
    """A child process of plain_or_wall.server."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def rate(self, seconds: float, number: int) -> float:
        """Requests a second of a burst over the first `number` hosts."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{seconds} {number}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


@contextmanager
def _server(environment: dict[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.plain_or_wall.server"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Server(process)
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(30)


if __name__ == "__main__":
    for result in run():
        print(
            f"{result.name}: {result.ratio:.2f} × plain Django ({result.value:.2f} {result.unit})"
        )
