"""`make lint`: every check, one line each; what fails is shown in full at the end.

python -m coopcycle.runtime.lint [NAME …]    only the named checks
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import NamedTuple

from coopcycle.runtime.postgres import throwaway_postgres
from coopcycle.runtime.workspace import CHECKOUT

_BIN = f"{sys.prefix}/bin"
_PYTHON = sys.executable
# What a deployment sets, invented: its settings are checked, nothing is reached.
_PRODUCTION = {
    "PUBLIC_SCHEME": "https",
    "BASE_HOST": "coops.example",
    "MAIL_HOST": "mail.example",
    "SECRET_KEY": "no secret, but as long and as mixed as one has to be 0123456789",
}


class Check(NamedTuple):
    name: str
    command: list[str]
    needs_database: bool = False


CHECKS = (
    Check("style", [f"{_BIN}/ruff", "check", "--quiet", "."]),
    Check("format", [f"{_BIN}/ruff", "format", "--check", "--quiet", "--diff", "."]),
    Check("types", [f"{_BIN}/mypy"]),
    Check("layers", [f"{_BIN}/lint-imports"]),
    Check("migrations", [_PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"], True),
    Check("expand first", [_PYTHON, "-m", "coopcycle.runtime.lint_migrations"], True),
    Check("django", [_PYTHON, "manage.py", "check"], True),
    Check("deployment", [_PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]),
    Check("templates", [f"{_BIN}/djade", "--check", "--target-version", "6.0"]),
    Check("csp", [_PYTHON, "-m", "coopcycle.runtime.lint_templates"]),
    Check("walls", [_PYTHON, "-m", "coopcycle.runtime.lint_code"]),
    Check("licences", [_PYTHON, "-m", "coopcycle.runtime.licences", "--check"]),
    Check("translations", [_PYTHON, "-m", "coopcycle.runtime.messages", "--check"]),
)


def main(names: list[str]) -> int:
    if unknown := set(names) - {check.name for check in CHECKS}:
        print(f"No check is called {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # killed, it stops its server too
    chosen = [check for check in CHECKS if not names or check.name in names]
    with ExitStack() as stack:
        environment = _environment()
        if any(check.needs_database for check in chosen):
            environment["DATABASE_URL"] = stack.enter_context(throwaway_postgres()).url
        failures = [output for check in chosen if (output := _run(check, environment)) is not None]
    for output in failures:
        print(f"\n{output}", flush=True)
    return 1 if failures else 0


def _run(check: Check, environment: dict[str, str]) -> str | None:
    """None when it passes, else what it printed."""
    started = time.monotonic()
    command = check.command + (_template_files() if check.name == "templates" else [])
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=environment | (_PRODUCTION if check.name == "deployment" else {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "failed" if done.returncode else "ok"
    print(f"  {check.name:<14} {verdict:<7} {time.monotonic() - started:5.1f} s", flush=True)
    return f"--- {check.name} ---\n{done.stdout.rstrip()}" if done.returncode else None


def _template_files() -> list[str]:
    found = [*CHECKOUT.glob("templates/**/*.html"), *CHECKOUT.glob("*/templates/**/*.html")]
    return sorted(str(path.relative_to(CHECKOUT)) for path in found)


def _environment() -> dict[str, str]:
    """Checks load the settings, never real secrets."""
    return {
        **os.environ,
        "TESTING": "1",
        "SECRET_KEY": "lint-only",
        "DATABASE_LOGIN_SECRET": "lint-only",
        "DATA_MASTER_KEY": "lint-only",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
