"""Databases for tests: one source with two co-ops, copied in a fraction of a second.

Migrating takes a while, so its result is kept as SQL in `var/test-cache/`, named by a hash of
everything that shapes the tables. Delete the folder to migrate again.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from coopcycle.db.base import current_connection, sessions
from coopcycle.db.keys import forget_rings
from coopcycle.db.owner import as_owner
from orders.models import PriceList
from tenants.context import forget_cooperatives, in_cooperative
from tenants.models import Cooperative
from tenants.provisioning import create_cooperative
from tenants.template import TEMPLATE_SCHEMA, structure_sql
from tenants.wall import secure_database, secure_shared_schema, secure_template

MAINTENANCE = settings.DATABASES["default"]["NAME"]


def point_to(name: str) -> None:
    """Let every thread's connection lead to the database `name` from now on."""
    current_connection().leave()
    connection.close()
    sessions.close_idle()
    connections["default"].settings_dict["NAME"] = name
    forget_cooperatives()
    forget_rings()  # a key may have been changed in one database alone


def copy_of_source(name: str) -> None:
    """Make the database `name` with the co-ops alpha and beta inside."""
    with _maintenance() as master:
        source = f"test_source_{tables_hash()}"
        if not _exists(master, source):
            _make_source(master, source)
        drop(name)
        master.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(source)
            )
        )
    point_to(name)
    with as_owner():
        secure_database()


@contextmanager
def kept_copy() -> Iterator[None]:
    """A copy that stays for the next process, which rolls back as this one does.

    To make one takes longer than most tests. Each process has one for itself while it runs.
    """
    with _free_number() as number:
        name = f"test_kept_{number}"
        with _maintenance() as master:
            is_made = _exists(master, name)
        if is_made:
            point_to(name)
        else:
            copy_of_source(name)
        yield
        point_to(MAINTENANCE)


@contextmanager
def own_copy(name: str) -> Iterator[None]:
    """A copy for this process alone, dropped at its end."""
    copy_of_source(name)
    yield
    point_to(MAINTENANCE)
    drop(name)


def drop(name: str) -> None:
    """Remove a database. On a busy machine its sessions may take a moment to end."""
    with _maintenance() as master:
        for _ in range(6):  # PostgreSQL itself waits five seconds each time
            try:
                master.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            except psycopg.errors.ObjectInUse:
                continue
            return
    raise RuntimeError(f"{name} is still in use: a test left a thread or a server behind.")


def cooperatives() -> dict[str, Cooperative]:
    """The co-ops of the active database, by slug."""
    with as_owner():
        return {cooperative.slug: cooperative for cooperative in Cooperative.objects.all()}


def tables_hash() -> str:
    """Changes when a migration, a requirement or the way of copying changes."""
    base = Path(settings.BASE_DIR)
    files = [
        *sorted(base.glob("*/migrations/*.py")),
        *sorted({*base.glob("*/*/migrations/*.py")} - {*base.glob("mutants/*/migrations/*.py")}),
        base / "requirements" / "base.txt",
        base / "tenants" / "template.py",
        base / "coopcycle" / "tracking.py",
        Path(__file__),
    ]
    digest = hashlib.sha256(django.get_version().encode())
    for file in files:
        digest.update(str(file.relative_to(base)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _maintenance() -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection to the database of DATABASE_URL, which tests leave empty."""
    params = current_connection().get_connection_params() | {"dbname": MAINTENANCE}
    with psycopg.connect(**params, autocommit=True) as master:
        yield master


@contextmanager
def _free_number() -> Iterator[int]:
    """The first number that no other process of this run has taken."""
    for number in count():
        with Path(settings.VAR_DIR, f"database-{number}.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield number
            return


def _exists(master: psycopg.Connection[Any], name: str) -> bool:
    found = master.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return found.fetchone() is not None


def _make_source(master: psycopg.Connection[Any], source: str) -> None:
    building = f"{source}_building"
    drop(building)
    master.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(building)))
    point_to(building)
    with as_owner():
        make_tables()
    for name, country, city in (("Alpha", "FR", "Grenoble"), ("Beta", "BE", "Bruxelles")):
        cooperative = create_cooperative(name=name, slug=name.lower(), country=country, city=city)
        with in_cooperative(cooperative):
            PriceList.objects.all().delete()  # tests bring their own prices and dates
    point_to(MAINTENANCE)
    master.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
            sql.Identifier(building), sql.Identifier(source)
        )
    )


def make_tables() -> None:
    kept = Path(settings.BASE_DIR) / "var" / "test-cache" / f"{tables_hash()}.sql"
    with _alone(kept.parent):  # one worker of pytest-xdist migrates, the others wait for its result
        if not kept.exists():
            call_command("migrate_schemas", verbosity=0)
            for old in kept.parent.glob("*.sql"):
                old.unlink()
            kept.write_text("\n".join(_as_script(schema) for schema in ("public", TEMPLATE_SCHEMA)))
            return
    with connection.cursor() as cursor:
        cursor.execute(kept.read_text())
    current_connection().close()  # the script has moved the search path
    secure_shared_schema()
    secure_template()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _as_script(schema: str) -> str:
    """SQL that makes a schema with its rows in an empty database."""
    return "\n".join(
        [
            f"CREATE SCHEMA IF NOT EXISTS {schema};",
            f"SET search_path = {schema};",
            structure_sql(schema),
            *_rows_of(schema),
        ]
    )


def _rows_of(schema: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'"
            " AND pg_relation_size(oid) > 0",
            [schema],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT format('INSERT INTO %%I OVERRIDING SYSTEM VALUE SELECT * FROM"
                f" jsonb_populate_recordset(NULL::%%I, %%L);', %s, %s, jsonb_agg(r)) FROM {schema}.{table} r",
                [table, table],
            )
            yield cursor.fetchone()[0]
            cursor.execute(
                "SELECT format('SELECT setval(pg_get_serial_sequence(%%L, %%L), (SELECT max(%%I) FROM %%I));',"
                " %s, attname, attname, %s) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attidentity <> ''",
                [table, table, f"{schema}.{table}"],
            )
            yield from (line for (line,) in cursor.fetchall())
