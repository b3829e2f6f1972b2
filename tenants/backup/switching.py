"""The moment in which a restored schema takes the place of a co-op's present one.

One transaction: whoever works meanwhile waits for it, and goes on in the restored tables.
"""

import time

from django.db import DatabaseError, connection, transaction
from psycopg import errors, sql

from tenants.backup.dumping import SESSIONS
from tenants.backup.errors import BackupError

# Append-only tables whose rows since the backup come along. Higher apps enter theirs.
CARRIED: set[str] = set()

_TRIES = 10
_LOCK_WAIT = "3s"  # others queue behind our wait, so it is short, and tried again

# What waited when the backup was taken was sent since, or nobody waits for it any more.
_QUIET = """
UPDATE {new}.coopcycle_outboxmessage SET state = 'dead', last_error = {reason}
WHERE state IN ('waiting', 'sending')
"""
# What was sent since the backup: its key comes along, so that the same news is not sent again.
_SENT_SINCE = """
INSERT INTO {new}.coopcycle_outboxmessage
    (kind, key, payload, state, attempts, next_attempt_at, last_error, created_at, sent_at)
SELECT kind, key, payload, state, attempts, next_attempt_at, last_error, created_at, sent_at
FROM {old}.coopcycle_outboxmessage AS told
WHERE state = 'sent' AND NOT EXISTS (
    SELECT FROM {new}.coopcycle_outboxmessage AS same WHERE same.key = told.key AND same.state = 'sent')
ORDER BY id
ON CONFLICT (key) DO UPDATE SET state = 'sent', sent_at = excluded.sent_at, last_error = ''
"""
_CARRY = "INSERT INTO {new} SELECT * FROM {old} ON CONFLICT DO NOTHING"
# Numbers that were given since the backup are not given to something else.
_COUNTERS = """
SELECT setval(format('%I.%I', {new_name}, sequencename)::regclass, greatest(fresh.last_value, present.last_value))
FROM pg_sequences AS fresh JOIN pg_sequences AS present USING (sequencename)
WHERE fresh.schemaname = {new_name} AND present.schemaname = {old_name} AND present.last_value IS NOT NULL
"""


def quieten(schema: str, taken_at: str) -> None:
    """Give up all that waits to be sent in a schema that was restored."""
    reason = f"Not sent: it was waiting when the backup of {taken_at} was taken, which came back."
    _run(_QUIET, new=sql.Identifier(schema), reason=sql.Literal(reason))


def take_over(new: str, present: str) -> None:
    """Before the switch, of what happened since the backup: keys of mails, numbers, sessions.

    People stay signed in, those who are not gone.
    """
    _run(
        _SENT_SINCE,
        "TRUNCATE {new}.{sessions}",
        "INSERT INTO {new}.{sessions} SELECT * FROM {old}.{sessions}"
        " WHERE user_id IS NULL OR user_id IN (SELECT id FROM {new}.accounts_user)",
        _COUNTERS,
        new=sql.Identifier(new),
        old=sql.Identifier(present),
        sessions=sql.Identifier(SESSIONS),
        new_name=sql.Literal(new),
        old_name=sql.Literal(present),
    )
    for table in CARRIED:
        if _columns(new, table) == _columns(present, table) != []:
            _run(_CARRY, new=sql.Identifier(new, table), old=sql.Identifier(present, table))


def _columns(schema: str, table: str) -> list[str]:
    """In their order; none where there is no such table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum",
            [f"{schema}.{table}"],
        )
        return [name for (name,) in cursor.fetchall()]


def restart_trail(schema: str, taken_at: str) -> None:
    """Let the chain of the audit trail go on from where the backup has it, and note why."""
    why = f"Restored as it was at {taken_at}."
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.audit_restart(%s)", [schema])
        cursor.execute("DELETE FROM public.tenants_trailend WHERE schema = %s", [schema])
        cursor.execute(
            sql.SQL(
                "INSERT INTO public.tenants_trailend (schema, log, number, root, noted_at, why)"
                " SELECT DISTINCT ON (log) %s, log, number, root, now(), %s"
                " FROM {}.audit_seal ORDER BY log, number DESC"
            ).format(sql.Identifier(schema)),
            [schema, why],
        )


def lock_all(schema: str) -> None:
    """Wait until nobody is in the middle of something in `schema`, and let nobody begin.

    Inside a transaction. Without it a change that is under way would end in the replaced tables,
    and be lost although its sender was told that it was kept.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'"
            " ORDER BY oid",
            [schema],
        )
        tables = sql.SQL(", ").join(sql.Identifier(schema, name) for (name,) in cursor.fetchall())
        for number in range(_TRIES):
            try:
                with transaction.atomic():
                    cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'")
                    cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(tables))
            except DatabaseError as error:
                if not isinstance(
                    error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected
                ):
                    raise
                time.sleep(0.2 * number)
            else:
                return
    raise BackupError("Somebody holds the co-op's tables for long. Try again in a moment.")


def exchange(new: str, target: str) -> str:
    """Name `new` as `target`. What had that name is kept aside, closed to the login.

    Returns the name under which it is kept; empty when there was nothing.
    """
    if not schema_exists(target):
        _run(
            "ALTER SCHEMA {new} RENAME TO {target}",
            new=sql.Identifier(new),
            target=sql.Identifier(target),
        )
        return ""
    kept = kept_name(target)
    _run(
        "ALTER SCHEMA {target} RENAME TO {kept}",
        "REVOKE ALL ON SCHEMA {kept} FROM {target}",
        "ALTER SCHEMA {new} RENAME TO {target}",
        new=sql.Identifier(new),
        target=sql.Identifier(target),
        kept=sql.Identifier(kept),
    )
    return kept


def kept_name(schema: str) -> str:
    """Where a schema goes that a restored one replaces."""
    return f"replaced_{schema}"


def schema_exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_namespace WHERE nspname = %s", [name])
        return cursor.fetchone() is not None


def drop_schemas(*names: str) -> None:
    for name in names:
        _run("DROP SCHEMA IF EXISTS {name} CASCADE", name=sql.Identifier(name))


def _run(*statements: str, **names: sql.Composable) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**names))
