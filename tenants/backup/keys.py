"""The wrapped keys of a co-op, on their way into a schema of another name."""

from django.db import connection
from psycopg import sql

from coopcycle.db.keys import KeyMissingError, forget_rings, master_name, unwrap, wrap
from coopcycle.models import DataKey
from tenants.backup.errors import BackupError


def rebind_keys(schema: str, *, former: str, name: str) -> None:
    """Let the keys in `schema`, bound to the name `former`, open their values under `name`.

    Backups of versions without keys have none. Raises BackupError when the master key that wrapped
    them is not here: better now than when somebody reads a door code.
    """
    table = sql.Identifier(schema, "coopcycle_datakey")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{schema}.coopcycle_datakey"])
        if cursor.fetchone()[0] is None:
            return
        cursor.execute(sql.SQL("SELECT number, scope, wrapped, master FROM {}").format(table))
        for number, scope, wrapped, master in cursor.fetchall():
            row = DataKey(number=number, scope=scope)
            try:
                key = unwrap(wrapped, row.binding(former), master)
            except KeyMissingError as error:
                raise BackupError(f"The keys of this backup cannot be opened: {error}") from error
            cursor.execute(
                sql.SQL("UPDATE {} SET wrapped = %s, master = %s WHERE number = %s").format(table),
                [wrap(key, row.binding(name)), master_name(), number],
            )
    forget_rings()
