"""`make mutants`: change the gates' code bit by bit, and see whether a test notices.

[tool.mutmut] in pyproject.toml names the modules and the tests. A change that no test notices and
that docs/mutants.md does not explain fails the command. ARGS="accounts.access*" tries a part.
"""

import os
import subprocess
import sys
from pathlib import Path

from coopcycle.runtime.postgres import throwaway_postgres
from coopcycle.runtime.pytest_plugin import SERVERS_GIVEN
from coopcycle.runtime.valkey import throwaway_valkey
from coopcycle.runtime.workspace import CHECKOUT

NOTES = CHECKOUT / "docs" / "mutants.md"
_LOG = Path("var") / "mutants.log"
_MUTMUT = f"{sys.prefix}/bin/mutmut"
_NOTICED = ("killed", "timeout", "caught by type check")


def main(wanted: list[str]) -> int:
    """0 when each change was noticed or is explained."""
    with throwaway_postgres() as postgres, throwaway_valkey() as valkey:
        environment = {
            **os.environ,
            SERVERS_GIVEN: "1",  # one pair for all, or most of the time would go into starting them
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
        }
        (CHECKOUT / _LOG).parent.mkdir(exist_ok=True)
        print(f"trying changes; {_LOG} tells how far it is …", flush=True)
        with (CHECKOUT / _LOG).open("w") as log:
            command = [_MUTMUT, "run", "--max-children", "2", *wanted]
            subprocess.run(command, env=environment, stdout=log, stderr=log, check=False)
    unnoticed = _unnoticed()
    explained = NOTES.read_text()
    open_ones = [name for name in unnoticed if f"`{name}`" not in explained]
    print(f"{len(unnoticed)} changes were not noticed, {len(open_ones)} of them not explained.")
    for name in open_ones:
        print(subprocess.check_output([_MUTMUT, "show", name], cwd=CHECKOUT, text=True))
    return 1 if open_ones else 0


def _unnoticed() -> list[str]:
    """Names of the changes that no test noticed, or that no test came near."""
    said = subprocess.check_output([_MUTMUT, "results"], cwd=CHECKOUT, text=True)
    pairs = (line.strip().partition(": ")[::2] for line in said.splitlines() if ": " in line)
    return [name for name, verdict in pairs if verdict not in (*_NOTICED, "not checked")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
