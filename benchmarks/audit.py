"""What the audit trail costs a writer: stops written with its triggers, beside without, in turns.

`BENCH_STOPS` (2000) are written at a time, `BENCH_ROUNDS` (7) times each way.
"""

import json
import os
import subprocess
import sys

from benchmarks.result import Result
from coopcycle.runtime.postgres import throwaway_postgres
from coopcycle.runtime.valkey import throwaway_valkey


def run() -> list[Result]:
    """Milliseconds of each way of writing; the floor is the same without triggers."""
    stops = os.environ.get("BENCH_STOPS", "2000")
    with throwaway_postgres() as postgres, throwaway_valkey() as valkey:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "benchmarks.recording.work",
                stops,
                os.environ.get("BENCH_ROUNDS", "7"),
            ],
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "coopcycle.settings",
                "DATABASE_URL": postgres.url,
                "DATABASE_WALL": "login",
                "REDIS_URL": valkey.url,
                "BASE_HOST": "localhost",
                "DEMO": "1",
            },
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    many = {"COPY", "bulk_create", "update()"}
    return [
        Result(
            name=f"recorded: {way} of {stops if way in many else 'one'} stops".replace(
                "one stops", "one stop"
            ),
            value=1000 * times["with"],
            unit="ms",
            floor=1000 * times["without"],
            ratio=times["with"] / times["without"],
        )
        for way, times in json.loads(done.stdout.splitlines()[-1]).items()
    ]
