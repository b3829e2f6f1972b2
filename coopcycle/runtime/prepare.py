"""What the demo needs before its processes start: tables, sample data, static files.

One process for all, because loading Django takes longer than most steps.
"""

import hashlib
import os
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command, get_commands

from coopcycle.runtime.servers import step
from coopcycle.runtime.workspace import CHECKOUT, write_private

ACCOUNTS_FILE = "demo-accounts.json"


def main() -> None:
    with step("Loading the application", _say):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coopcycle.settings")
        django.setup()
    with step("Tables", _say):
        call_command("migrate_schemas", verbosity=0)
    collect_static_files(Path(settings.STATIC_ROOT))
    if "demo_federation" in get_commands():
        with step("Demo federation", _say):
            call_command("demo_federation")
    accounts = StringIO()
    call_command("demo_accounts", "--json", stdout=accounts)
    write_private(Path(settings.VAR_DIR) / ACCOUNTS_FILE, accounts.getvalue())


def collect_static_files(root: Path) -> None:
    """Collect and hash them again only when one has changed: it takes seconds."""
    stamp = root.with_name("static-files-of")
    sources = _fingerprint()
    if stamp.exists() and stamp.read_text() == sources and root.is_dir():
        return
    with step("Static files", _say):
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(sources)


def _fingerprint() -> str:
    """Our own files by time and size, those of libraries by the locked versions."""
    digest = hashlib.sha256((CHECKOUT / "requirements" / "base.txt").read_bytes())
    for path in sorted((CHECKOUT / "static").rglob("*")):
        state = path.stat()
        digest.update(f"{path} {state.st_mtime_ns} {state.st_size}\n".encode())
    return digest.hexdigest()


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
