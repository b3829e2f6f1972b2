"""Who may do what in the database. Everything here runs as the owner and can be run again.

A co-op's login holds rights on its schema alone. What all co-ops may read of the shared schema
hangs on one group, so opening a co-op never touches a shared table; row-level security narrows
it to the co-op's own rows.
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import connection
from psycopg import sql

from coopcycle.db.append_only import APPEND_ONLY_TABLES
from coopcycle.db.base import current_connection
from coopcycle.db.logins import (
    COOPERATIVES_GROUP,
    FEDERATION_LOGIN,
    is_cooperative_schema,
    password_for,
    scram_verifier,
)
from coopcycle.tracking import trigger_statements
from tenants.template import TEMPLATE_SCHEMA

# Shared tables that a co-op's login may read, each with the rows it sees (None: all).
READABLE_TABLES: dict[str, str | None] = {
    "tenants_cooperative": "schema_name = current_user",
    "tenants_domain": "tenant_id = (SELECT id FROM public.tenants_cooperative WHERE schema_name = current_user)",
    "tenants_taxrate": None,
}

# What a co-op's login may let the owner do for it to the audit trail; each asks for whom.
AUDIT_FUNCTIONS = ("audit_seal", "audit_erase", "audit_prune")


def secure_shared_schema() -> None:
    """Make the group and the federation's login, and give them their rights on `public`."""
    _make_role(COOPERATIVES_GROUP, login=False)
    _make_role(FEDERATION_LOGIN, login=True)
    _may_be_played_by_owner(FEDERATION_LOGIN)
    secure_database()
    _run(
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {group}, {federation}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {group}",
        *_rights_on("public", FEDERATION_LOGIN),
    )
    present = _present("public")
    _run(*_append_only("public", FEDERATION_LOGIN))
    _run(
        *(
            f"GRANT EXECUTE ON FUNCTION public.{name} TO {{group}}, {{federation}}"
            for name in _present_functions()
        )
    )
    watch_tables("public")
    for table, own_rows in READABLE_TABLES.items():
        if table in present:
            _run(f"GRANT SELECT ON public.{table} TO {{group}}")
            if own_rows:
                _narrow(table, own_rows)


def secure_template() -> None:
    """Let the federation see which migrations the template has (`/readyz`), and nothing else of it."""
    _run(
        f"GRANT USAGE ON SCHEMA {TEMPLATE_SCHEMA} TO {{federation}}",
        f"GRANT SELECT ON {TEMPLATE_SCHEMA}.django_migrations TO {{federation}}",
    )
    watch_tables(TEMPLATE_SCHEMA)


def secure_database() -> None:
    """Let only our logins connect. A database copied from a template needs it again."""
    _run(
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO {group}, {federation}",
    )


def secure_cooperative(schema: str) -> None:
    """Make the login of `schema` if it is missing, and give it the rights on its schema alone."""
    if not is_cooperative_schema(schema):
        raise ValueError(f"{schema!r} is not the schema of a cooperative.")
    _make_role(schema, login=True)
    _may_be_played_by_owner(schema)
    _run(
        _limit(schema),
        f"GRANT {{group}} TO {schema} WITH INHERIT TRUE, SET FALSE",
        f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA {schema} TO {schema}",
        *_rights_on(schema, schema),
        f"REVOKE INSERT, UPDATE, DELETE ON {schema}.django_migrations FROM {schema}",
        *_append_only(schema, schema),
    )
    if _has_table(schema, "coopcycle_datakey"):  # not before the migration that brings it
        _run(f"REVOKE INSERT, UPDATE, DELETE ON {schema}.coopcycle_datakey FROM {schema}")
    watch_tables(schema)


def watch_tables(schema: str) -> None:
    """Record the rows of its business tables from now on, as the models declare it."""
    statements = list(trigger_statements(schema))
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(";\n").join(statements))


def reset_login(login: str) -> None:
    """Undo what a login may do to itself: its password and its settings."""
    _run(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(login), sql.Literal(scram_verifier(password_for(login)))
        ),
        _limit(login),
        sql.SQL("ALTER ROLE {} RESET ALL").format(sql.Identifier(login)),
        sql.SQL("ALTER ROLE {} IN DATABASE {{database}} RESET ALL").format(sql.Identifier(login)),
    )


def cooperative_schemas() -> list[str]:
    """The schemas of all cooperatives, as the database has them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT schema_name FROM public.tenants_cooperative ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


def schemas_behind_template() -> list[str]:
    """Schemas of cooperatives whose applied migrations differ from the template's."""
    wanted = _applied(TEMPLATE_SCHEMA)
    return [schema for schema in cooperative_schemas() if _applied(schema) != wanted]


def _applied(schema: str) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT app, name FROM {}.django_migrations").format(sql.Identifier(schema))
        )
        return set(cursor.fetchall())


def _rights_on(schema: str, login: str) -> Iterable[str]:
    """Rows of present tables, and of tables that later migrations make."""
    rows, counters = "SELECT, INSERT, UPDATE, DELETE", "USAGE, SELECT"
    return (
        f"GRANT {rows} ON ALL TABLES IN SCHEMA {schema} TO {login}",
        f"GRANT {counters} ON ALL SEQUENCES IN SCHEMA {schema} TO {login}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {rows} ON TABLES TO {login}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {counters} ON SEQUENCES TO {login}",
    )


def _append_only(schema: str, login: str) -> Iterable[str]:
    """Take back what must not be done to the audit trail, where its tables are there already."""
    present = _present(schema)
    for table, kept in APPEND_ONLY_TABLES.items():
        if table in present:
            yield f"REVOKE ALL ON {schema}.{table} FROM {login}"
            yield f"GRANT {kept} ON {schema}.{table} TO {login}"


def _present(schema: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = %s AND relkind = 'r'",
            [schema],
        )
        return {name for (name,) in cursor.fetchall()}


def _present_functions() -> list[str]:
    """Those of AUDIT_FUNCTIONS that there are; some come with a later migration than others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND proname = ANY (%s)",
            [list(AUDIT_FUNCTIONS)],
        )
        return [name for (name,) in cursor.fetchall()]


def _narrow(table: str, own_rows: str) -> None:
    """Row-level security: the co-op's own rows; the federation sees and writes all."""
    _run(
        f"ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS own_rows ON public.{table}",
        f"DROP POLICY IF EXISTS all_rows ON public.{table}",
        f"CREATE POLICY own_rows ON public.{table} FOR SELECT TO {{group}} USING ({own_rows})",
        f"CREATE POLICY all_rows ON public.{table} TO {{federation}} USING (true) WITH CHECK (true)",
    )


def _has_table(schema: str, table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{schema}.{table}"])
        return cursor.fetchone()[0] is not None


def _make_role(name: str, *, login: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [name])
        if cursor.fetchone() is None:
            verifier = scram_verifier(password_for(name))
            rights = sql.SQL("LOGIN PASSWORD {}").format(verifier) if login else sql.SQL("NOLOGIN")
            cursor.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(name), rights))


def _limit(login: str) -> sql.Composed:
    """One co-op's flood of requests leaves the others their connections."""
    most = settings.DATABASE_CONNECTIONS_PER_LOGIN if is_cooperative_schema(login) else -1
    return sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(
        sql.Identifier(login), sql.Literal(most)
    )


def _may_be_played_by_owner(login: str) -> None:
    """In "role" mode the owner takes the login's place; nothing else ever needs this."""
    if settings.DATABASE_WALL == "role":
        _run(f"GRANT {login} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE")


def _run(*statements: str | sql.Composed) -> None:
    """Execute statements. {group}, {federation} and {database} stand for the names in force."""
    names = {
        "group": sql.Identifier(COOPERATIVES_GROUP),
        "federation": sql.Identifier(FEDERATION_LOGIN),
        "database": sql.Identifier(str(current_connection().settings_dict["NAME"])),
    }
    texts = [
        statement if isinstance(statement, str) else statement.as_string(None)
        for statement in statements
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(";\n").join(sql.SQL(text).format(**names) for text in texts))
