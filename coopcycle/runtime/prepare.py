"""What the demo needs before its processes start: tables, sample data, static files.

One process, because loading Django takes longer than most steps; static files are made in a second
one beside it, because they wait for nothing and take as long as the tables.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command, get_commands

from coopcycle.runtime.progress import Progress
from coopcycle.runtime.workspace import CHECKOUT, write_private

ACCOUNTS_FILE = "demo-accounts.json"


def main() -> None:
    progress = Progress()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coopcycle.settings")
    with progress.step("Loading the application"):
        django.setup()
    with static_files(Path(settings.STATIC_ROOT), progress):
        with progress.step("Tables"):
            call_command("migrate_schemas", verbosity=0)
        if "demo_federation" in get_commands():
            call_command("demo_federation")
        accounts = StringIO()
        call_command("demo_accounts", "--json", stdout=accounts)
        write_private(Path(settings.VAR_DIR) / ACCOUNTS_FILE, accounts.getvalue())


@contextmanager
def static_files(root: Path, progress: Progress) -> Iterator[None]:
    """Collect and hash them meanwhile, and only when one has changed."""
    stamp = root.with_name("static-files-of")
    sources = _fingerprint()
    if stamp.exists() and stamp.read_text() == sources and root.is_dir():
        yield
        return
    collecting = subprocess.Popen(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--clear", "--verbosity=0"],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us; we end it
    )
    try:
        yield
        with progress.step("Static files"):
            code = collecting.wait()
    finally:
        collecting.kill()
        collecting.wait()
    if code:
        raise SystemExit(code)
    stamp.write_text(sources)


def _fingerprint() -> str:
    """Our own files by time and size, those of libraries by the locked versions."""
    digest = hashlib.sha256((CHECKOUT / "requirements" / "base.txt").read_bytes())
    for path in sorted((CHECKOUT / "static").rglob("*")):
        state = path.stat()
        digest.update(f"{path} {state.st_mtime_ns} {state.st_size}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # our starter says that it stops
        raise SystemExit(130) from None
