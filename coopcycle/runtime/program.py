"""One program of the Procfile, in the foreground: what a service manager starts.

    python -m coopcycle.runtime.program web

It becomes that program, so that signals reach it and its exit code is the service's own.
"""

import os
import sys
from pathlib import Path

from coopcycle.runtime.processes import read_procfile
from coopcycle.runtime.workspace import CHECKOUT


def main(arguments: list[str]) -> int:
    """Become the program that the one argument names; 2 when there is none of that name."""
    commands = read_procfile(CHECKOUT / "Procfile")
    command = commands.get(arguments[0]) if len(arguments) == 1 else None
    if command is None:
        print(f"Name one program: {', '.join(commands)}.", file=sys.stderr)
        return 2
    os.chdir(CHECKOUT)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": path}
    return os.execve("/bin/sh", ["sh", "-c", f"exec {command}"], environment)  # noqa: S606


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
