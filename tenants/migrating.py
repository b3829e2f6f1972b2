"""Migrations while people work: locks are asked for briefly and again, one co-op after the other.

What is done stands in each schema's own django_migrations, so a run that was killed is taken up by
the next one where it stopped. A schema that lacks what the code needs is refused (coopcycle/db/levels.py).
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from django.db import OperationalError, connection
from psycopg import sql
from psycopg.errors import DeadlockDetected, LockNotAvailable, UndefinedTable

from coopcycle.db.base import current_connection
from coopcycle.db.levels import Migration, needed
from tenants.models import Cooperative

# Who waits for a table's lock makes all wait who come after: so give up soon, and come again.
LOCK_TIMEOUT = "2s"
STATEMENT_TIMEOUT = (
    "15min"  # a statement that takes longer belongs into a command (docs/migrations.md)
)
TRIES = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Level:
    """How the tables of one co-op stand to this code."""

    cooperative: str
    schema: str
    missing: frozenset[Migration]
    unknown: frozenset[Migration]  # of a newer version, which may run beside this one

    @property
    def is_served(self) -> bool:
        return not self.missing


def levels() -> list[Level]:
    """How each co-op stands, by name. As the owner."""
    return [
        level_of(cooperative.name, cooperative.schema_name)
        for cooperative in Cooperative.objects.order_by("name")
    ]


def level_of(name: str, schema: str) -> Level:
    table = sql.SQL("SELECT app, name FROM {}.django_migrations").format(sql.Identifier(schema))
    try:
        with connection.cursor() as cursor:
            cursor.execute(table)
            applied = set(cursor.fetchall())
    except Exception as error:
        if not isinstance(error.__cause__, UndefinedTable):
            raise
        applied = set()
    wanted = needed(schema)
    own = {app for app, _name in wanted}
    return Level(
        name, schema, wanted - applied, frozenset(a for a in applied - wanted if a[0] in own)
    )


@contextmanager
def brief_locks() -> Iterator[None]:
    """The owner's connections in this block wait for a lock for LOCK_TIMEOUT at most."""
    database = current_connection()
    options = database.settings_dict["OPTIONS"]
    before = options.get("options")
    told = f"-c lock_timeout={LOCK_TIMEOUT} -c statement_timeout={STATEMENT_TIMEOUT}"
    options["options"] = f"{before} {told}" if before else told
    _open_anew()
    try:
        yield
    finally:
        options["options"] = before
        if before is None:
            del options["options"]
        _open_anew()


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Wait until nobody else does `what`. The lock ends with our session, so also when we are killed."""
    parameters = current_connection().get_connection_params()
    with psycopg.connect(**parameters, autocommit=True) as session:
        session.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        session.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [what])
        yield


def persistently(work: Callable[[], object], *, say: Callable[[str], None]) -> None:
    """Do `work`, and again after a pause when it did not get a lock in time."""
    for attempt in range(1, TRIES + 1):
        try:
            work()
        except OperationalError as error:
            if attempt == TRIES or not isinstance(
                error.__cause__, LockNotAvailable | DeadlockDetected
            ):
                raise
            pause = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)
            say(f"a table is in use; try {attempt + 1} follows")
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
        else:
            return


def _open_anew() -> None:
    database = current_connection()
    if not database.in_atomic_block:  # a test's own transaction keeps its connection
        database.close()
