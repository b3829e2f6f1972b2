"""`make mutants`: change the gates' code bit by bit, and see whether a test notices.

[tool.mutmut] in pyproject.toml names the modules and the tests. A change that no test notices and
that docs/mutants.md does not explain fails the command, and so does an explanation of one that is
noticed. ARGS="accounts.access*" tries a part. What was tried before is not tried again unless its
code has changed, so a run goes on where it was stopped; ARGS=unnoticed tries once more what no test
noticed, after new ones were written. Remove the folder mutants/ to begin anew.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from coopcycle.runtime.postgres import throwaway_postgres
from coopcycle.runtime.pytest_plugin import SERVERS_GIVEN
from coopcycle.runtime.valkey import throwaway_valkey
from coopcycle.runtime.workspace import CHECKOUT

NOTES = CHECKOUT / "docs" / "mutants.md"
_LOG = Path("var") / "mutants.log"
_MUTMUT = f"{sys.prefix}/bin/mutmut"
_NOTICED = ("killed", "timeout", "caught by type check")
_UNTRIED = "not checked"
_NAME = re.compile(r"`(\S+__mutmut_\d+)`")


def main(wanted: list[str]) -> int:
    """0 when each change was noticed or is explained."""
    if wanted == ["unnoticed"]:
        wanted = _unnoticed(_verdicts())
    with (
        throwaway_postgres() as postgres,
        throwaway_valkey() as valkey,
        tempfile.TemporaryDirectory(
            prefix="coopcycle-mutants-", ignore_cleanup_errors=True
        ) as folder,
    ):
        Path(folder, "static").mkdir()  # whitenoise looks for it
        environment = {
            **os.environ,
            SERVERS_GIVEN: "1",  # one pair for all, or most of the time would go into starting them
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "VAR_DIR": folder,
        }
        (CHECKOUT / _LOG).parent.mkdir(exist_ok=True)
        print(f"trying changes; {_LOG} tells how far it is …", flush=True)
        with (CHECKOUT / _LOG).open("w") as log:
            command = [_MUTMUT, "run", "--max-children", "2", *wanted]
            subprocess.run(command, env=environment, stdout=log, stderr=log, check=False)
    return _judge(_verdicts(), is_whole=not wanted)


def _unnoticed(verdicts: Mapping[str, str]) -> list[str]:
    return [name for name, said in verdicts.items() if said not in (*_NOTICED, _UNTRIED)]


def _judge(verdicts: Mapping[str, str], *, is_whole: bool) -> int:
    """Print what came of each change, and hold it against the notes."""
    explained = set(_NAME.findall(NOTES.read_text()))
    tried = {name for name, said in verdicts.items() if said != _UNTRIED}
    noticed = tried - set(_unnoticed(verdicts))
    open_ones = sorted(tried - noticed - explained)
    stale = sorted(explained & noticed | explained - set(verdicts))
    print(
        f"{len(verdicts)} changes, {len(tried)} tried: {len(noticed)} noticed,"
        f" {len(tried & explained - noticed)} explained, {len(open_ones)} neither."
    )
    for name in open_ones:
        print(subprocess.check_output([_MUTMUT, "show", name], cwd=CHECKOUT, text=True))
    for name in stale:
        print(f"{name} is explained, but a test notices it, or it is gone.")
    is_unfinished = is_whole and len(tried) < len(verdicts)
    return 1 if open_ones or stale or is_unfinished else 0


def _verdicts() -> dict[str, str]:
    """What came of each change, by its name."""
    command = [_MUTMUT, "results", "--all", "true"]
    said = subprocess.check_output(command, cwd=CHECKOUT, text=True)
    return dict(line.strip().split(": ") for line in said.splitlines() if ": " in line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
