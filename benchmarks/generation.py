"""What a day of standing orders costs: expansion, prices, tax, orders, stops, events and messages.

The floor is COPY of the very rows that were made, into the same tables with their keys, checks and
indexes, co-op after co-op in the same run, so that a busy machine slows both. Processor time is that
of the process and of its database session: it does not count the waiting for other programs.
`BENCH_COOPERATIVES=110 make bench ARGS=generation` measures the whole federation, some minutes long;
without it there are ten co-ops. `BENCH_RULES` (200) are the standing orders of each.
"""

import json
import os
import subprocess
import sys

from benchmarks.result import Result
from coopcycle.runtime.postgres import throwaway_postgres
from coopcycle.runtime.valkey import throwaway_valkey


def run() -> list[Result]:
    """Rows a second beside COPY; how time and memory grow from one co-op to all."""
    cooperatives = int(os.environ.get("BENCH_COOPERATIVES", "10"))
    rules = int(os.environ.get("BENCH_RULES", "200"))
    with throwaway_postgres() as postgres, throwaway_valkey() as valkey:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.making_orders.work", str(cooperatives), str(rules)],
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
    stages = json.loads(done.stdout.splitlines()[-1])["stages"]
    first, last = stages[0], stages[-1]
    size = f"{last['cooperatives']} co-ops × {rules} standing orders × 1 day"
    return [
        _result(size, "rows a second", last["rows"] / last["made"], last["rows"] / last["copied"]),
        _result(
            f"{size}: by processor time",
            "rows a second of it",
            last["rows"] / last["made_cpu"],
            last["rows"] / last["copied_cpu"],
        ),
        _result(
            f"{size}: a co-op, beside one alone",
            "ms of processor time",
            _ms(last, "made_cpu"),
            _ms(first, "made_cpu"),
        ),
        _result(f"{size}: memory, beside one", "MB", last["peak_mb"], first["peak_mb"]),
        _result(
            "a tick that finds all made, beside one that makes",
            "ms of processor time",
            _ms(last, "idle_cpu"),
            _ms(last, "made_cpu"),
        ),
    ]


def _ms(stage: dict[str, float], what: str) -> float:
    """Milliseconds a co-op."""
    return 1000 * stage[what] / stage["cooperatives"]


def _result(name: str, unit: str, value: float, floor: float) -> Result:
    return Result(name=name, value=value, unit=unit, floor=floor, ratio=value / floor)
