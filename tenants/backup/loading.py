"""A dump, read line by line into a schema of another name, in one transaction."""

import gzip
import re
from collections.abc import Callable, Iterator
from typing import IO, Any

import psycopg
from psycopg import sql

from tenants.backup.dumping import count_rows, owner_session, tables_of
from tenants.backup.errors import BackupError
from tenants.backup.manifest import Manifest

_COPY = re.compile(r"COPY \S+ \(.+\) FROM stdin;\Z")
# psql's own words, and settings that not every server knows.
_SKIPPED = re.compile(
    r"\\(un)?restrict |SET transaction_timeout |(CREATE|COMMENT ON) SCHEMA public\b"
)
_BATCH = 1 << 18


def load_dump(
    dump: IO[bytes],
    manifest: Manifest,
    schema: str,
    *,
    before: str = "",
    after: str = "",
) -> None:
    """Make `schema` of the dump: tables, rows, counters, constraints. All of it or nothing.

    `before` and `after` are SQL to run first and last, in the same transaction.
    """
    renamed = _renaming(manifest.schema, schema)
    try:
        with (
            owner_session() as session,
            gzip.open(dump, "rt", encoding="utf-8", newline="\n") as text,
        ):
            session.execute(before.encode())
            _run(session, iter(text), renamed)
            _compare(session, manifest, schema)
            _analyze(session, schema)
            session.execute(after.encode())
    except (psycopg.Error, EOFError, gzip.BadGzipFile) as error:
        raise BackupError(f"The dump could not be read back: {error}") from error


def _renaming(old: str, new: str) -> Callable[[str], str]:
    """A co-op's schema has an opaque name, sixteen random digits, so that it is nothing else's."""
    if old == new:
        return lambda line: line
    name = re.compile(rf"\b{re.escape(old)}\b")
    return lambda line: name.sub(new, line)


def _run(
    session: psycopg.Connection[Any], lines: Iterator[str], renamed: Callable[[str], str]
) -> None:
    """Statements run in heaps, as they stand between two tables' rows."""
    statements: list[str] = []
    for line in lines:
        if _SKIPPED.match(line):
            continue
        statements.append(renamed(line))
        if _COPY.match(line.rstrip("\n")):
            copy = statements.pop()
            session.execute("".join(statements).encode())
            statements.clear()
            _copy(session, copy, lines)
    session.execute("".join(statements).encode())


def _copy(session: psycopg.Connection[Any], statement: str, lines: Iterator[str]) -> None:
    """Rows go through as they are; only PostgreSQL reads them."""
    with session.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        heap, size = [], 0
        for line in lines:
            if line == "\\.\n":
                break
            heap.append(line)
            size += len(line)
            if size > _BATCH:
                copy.write("".join(heap))
                heap, size = [], 0
        copy.write("".join(heap))


def _compare(session: psycopg.Connection[Any], manifest: Manifest, schema: str) -> None:
    found = {table: count_rows(session, schema, table) for table in tables_of(session, schema)}
    if found != manifest.rows:
        wrong = min(
            name
            for name in found.keys() | manifest.rows.keys()
            if found.get(name) != manifest.rows.get(name)
        )
        raise BackupError(
            f"{wrong} came back with {found.get(wrong)} rows instead of {manifest.rows.get(wrong)}."
        )


def _analyze(session: psycopg.Connection[Any], schema: str) -> None:
    """Let the planner know the tables, so that the first day is not slow."""
    tables = sql.SQL(", ").join(sql.Identifier(schema, name) for name in tables_of(session, schema))
    session.execute(sql.SQL("ANALYZE {}").format(tables))
