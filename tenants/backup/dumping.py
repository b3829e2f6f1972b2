"""One schema as PostgreSQL's own dump, and facts about it from the very same snapshot."""

import gzip
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import psycopg
from psycopg import sql

from coopcycle.db.base import current_connection
from coopcycle.runtime.postgres_binaries import NoPostgresError, find_binaries
from tenants.backup.errors import BackupError

# Signed-in browsers. In a backup they would only help a thief of the file.
SESSIONS = "accounts_session"


def owner_session(**options: Any) -> psycopg.Connection[Any]:
    """A connection of the owner's beside Django's, to the same database."""
    return psycopg.connect(**current_connection().get_connection_params() | options)


class Snapshot:
    """The database as it was at one moment, whatever is written meanwhile."""

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        self._session = session
        [(self.name,)] = self.rows("SELECT pg_export_snapshot()")
        self.server_version = session.info.server_version

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._session.execute(statement.encode(), values or None).fetchall()

    def counts(self, schema: str) -> dict[str, int]:
        """The rows of each table as the dump will hold them."""
        tables = tables_of(self._session, schema)
        return {
            table: 0 if table == SESSIONS else count_rows(self._session, schema, table)
            for table in tables
        }

    def migrations(self, schema: str) -> list[list[str]]:
        statement = sql.SQL("SELECT app, name FROM {} ORDER BY id")
        table = sql.Identifier(schema, "django_migrations")
        return [list(pair) for pair in self._session.execute(statement.format(table)).fetchall()]

    def dump(self, schema: str, to: Path) -> None:
        """`pg_dump` of the schema alone. The password goes by the environment, which others
        cannot read, never by the command line."""
        command = [
            str(_program()),
            *("--format=plain", "--no-owner", "--no-privileges", "--encoding=UTF8"),
            *(f"--snapshot={self.name}", f"--schema={schema}"),
            *(f"--exclude-table-data={schema}.{SESSIONS}", "--lock-wait-timeout=60s"),
        ]
        with TemporaryFile() as complaints, gzip.open(to, "wb", compresslevel=6) as file:
            with subprocess.Popen(  # noqa: S603 - our own pg_dump, and names that we made
                command, env=_environment(), stdout=subprocess.PIPE, stderr=complaints
            ) as program:
                if program.stdout:
                    shutil.copyfileobj(program.stdout, file, 1 << 20)
            if program.returncode:
                complaints.seek(0)
                raise BackupError(f"pg_dump failed: {complaints.read().decode().strip()}")


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """A snapshot that stays until the end of the block."""
    with owner_session(autocommit=True) as session:
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield Snapshot(session)
        session.execute("ROLLBACK")


def tables_of(session: psycopg.Connection[Any], schema: str) -> list[str]:
    found = session.execute(
        "SELECT relname FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace"
        " WHERE nspname = %s AND relkind = 'r' ORDER BY relname",
        [schema],
    )
    return [name for (name,) in found.fetchall()]


def count_rows(session: psycopg.Connection[Any], schema: str, table: str) -> int:
    statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
    [(number,)] = session.execute(statement).fetchall()
    return int(number)


def _program() -> Path:
    try:
        return find_binaries() / "pg_dump"
    except NoPostgresError as error:
        raise BackupError(f"pg_dump is needed. {error}") from error


def _environment() -> dict[str, str]:
    params = current_connection().get_connection_params()
    names = {"dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
    names |= {"host": "PGHOST", "port": "PGPORT"}
    found = {names[key]: str(value) for key, value in params.items() if key in names and value}
    return {**os.environ, **found}
