"""Co-ops with rows and files, behind their own logins, and a look at every table there is."""

import os
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from accounts.models import User
from coopcycle.db.owner import as_owner
from tenants.context import in_cooperative

SESSIONS = "accounts_session"
# A restore goes on with the audit trail's chain in a new part, and notes its end anew.
CHAIN = {"audit_seal", "tenants_trailend"}


def rows_of(schema: str) -> dict[str, list[str]]:
    """Each row of each table of a schema, as PostgreSQL writes it."""
    found = {}
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace"
            " WHERE nspname = %s AND relkind = 'r'",
            [schema],
        )
        for table in {name for (name,) in cursor.fetchall()} - CHAIN:
            whole = sql.SQL("SELECT row::text FROM {} AS row ORDER BY 1")
            cursor.execute(whole.format(sql.Identifier(schema, table)))
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


def schemas() -> set[str]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_)'")
        return {name for (name,) in cursor.fetchall()}


def all_rows(*, but: set[str] = frozenset()) -> dict[str, dict[str, list[str]]]:
    """Every row of every schema, but of those named."""
    return {schema: rows_of(schema) for schema in schemas() - but}


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def run(command: str, *arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(command, *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def back_up(folder: Path, slug: str = "alpha") -> Path:
    """The file that a backup of one co-op makes."""
    before = set(folder.glob("*.tar"))
    run("backup", to=folder, cooperative=slug)
    [path] = set(folder.glob("*.tar")) - before
    return path


@pytest.fixture
def coops(login_wall: Any, settings: Any, tmp_path: Path) -> Any:
    """Alpha and beta, each with a person and a photo."""
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    for cooperative in (login_wall.alpha, login_wall.beta):
        with in_cooperative(cooperative):
            User.objects.create_user(f"ana@{cooperative.slug}.example", "x", name="Ana")
            default_storage.save("proofs/a.jpg", ContentFile(cooperative.slug.encode()))
    return login_wall


@pytest.fixture
def killed_at(coops: Any, tmp_path: Path) -> Callable[..., int]:
    """Run a command in a process that kills itself at its n-th place; the exit code."""

    def run_and_die(place: int, *arguments: object) -> int:
        environment = {
            **os.environ,
            "DATABASE_URL": coops.url(),
            "DATABASE_WALL": "login",
            "VAR_DIR": str(tmp_path / "var"),
            "TESTING": "1",
            "FAILPOINT": str(place),
        }
        command = [sys.executable, "manage.py", *map(str, arguments)]
        return subprocess.run(
            command, cwd=project.BASE_DIR, env=environment, check=False, capture_output=True
        ).returncode

    return run_and_die
