"""Run Python with this checkout's servers: the running demo's, else servers started for it.

python -m coopcycle.runtime.run manage.py shell
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from coopcycle.runtime.demo import ENVIRONMENT_FILE, demo_environment
from coopcycle.runtime.progress import Silence
from coopcycle.runtime.servers import servers
from coopcycle.runtime.workspace import CHECKOUT, BusyError, sole_user, var_dir


def main(arguments: list[str]) -> int:
    """The exit code of `python ARGUMENTS`."""
    with _environment() as environment:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, env={**os.environ, **environment}, cwd=CHECKOUT, check=False
        ).returncode


@contextmanager
def _environment() -> Iterator[dict[str, str]]:
    folder = var_dir()
    try:
        with sole_user(folder), servers(folder, Silence()) as addresses:
            yield demo_environment(folder, addresses, Silence())
    except BusyError:
        yield json.loads((folder / ENVIRONMENT_FILE).read_text())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
