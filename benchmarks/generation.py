"""What it costs to make 2,000 orders out of standing orders: prices, tax, stops, events and all.

The floor is the same rows, once made, inserted by COPY into the same tables with the same keys and
indexes. Both run in turns, so that a busy machine slows both; the median of the pairs counts.
"""

import json
import os
import statistics
import subprocess
import sys

from benchmarks.result import Result
from coopcycle.runtime.postgres import throwaway_postgres
from coopcycle.runtime.valkey import throwaway_valkey


def run() -> list[Result]:
    """Seconds for 2,000 orders, beside COPY."""
    with throwaway_postgres() as postgres, throwaway_valkey() as valkey:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.making_orders.work"],
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
    found = json.loads(done.stdout.splitlines()[-1])
    pairs = found["seconds"]
    return [
        Result(
            name=f"make {found['orders']:,} orders of {found['rules']} standing orders",
            value=statistics.median(made for made, _ in pairs),
            unit="s",
            floor=statistics.median(copied for _, copied in pairs),
            ratio=statistics.median(made / copied for made, copied in pairs),
        )
    ]
