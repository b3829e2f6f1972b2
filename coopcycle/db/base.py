"""The database backend: every connection belongs to one login, chosen by the cooperative.

`DATABASE_WALL = "login"`: a cooperative's queries run on a session of its own login, lent by the
process's pool. Nothing is sent per query; PostgreSQL itself refuses everything else.
`DATABASE_WALL = "role"` (tests): one connection of the owner takes the login's role and path, so
that one transaction can visit two cooperatives; the same grants and policies hold.
Nobody chosen: a query raises. Only `tenants/context.py` and `coopcycle/db/owner.py` choose.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connections, transaction
from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantDatabaseWrapper
from django_tenants.postgresql_backend.base import FakeTenant
from psycopg import IsolationLevel, OperationalError, sql
from psycopg.errors import InsufficientPrivilege, UndefinedTable
from psycopg.pq import TransactionStatus

from coopcycle.current import actor_here, current_act, reason_here
from coopcycle.db.errors import NoCooperativeError, SwitchInTransactionError
from coopcycle.db.levels import SchemaBehindError, needed
from coopcycle.db.logins import (
    FEDERATION_LOGIN,
    OWNER,
    login_for,
    password_for,
    previous_password_for,
)
from coopcycle.db.pool import Session, SessionPool
from coopcycle.tracking import SETTINGS, may_write_tracked_rows

NOBODY = ("",) * len(SETTINGS)
_TELL = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in SETTINGS)

sessions = SessionPool(
    size=settings.DATABASE_POOL_SIZE,
    per_login=settings.DATABASE_POOL_PER_LOGIN,
    discard=settings.DATABASE_POOL_DISCARD,
)
os.register_at_fork(after_in_child=sessions.forget_all)
_current: set[str] = set()  # logins whose tables have all that this code needs


class DatabaseWrapper(TenantDatabaseWrapper):
    """Django's connection of one thread, moved from login to login."""

    connection: Any
    schema_name: str | None
    tenant: Any
    pool = None  # Django's own pool stays off

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.login: str | None = None
        # What the open connection was last told, in "role" mode and as owner; None: unknown.
        self._told: tuple[str, str] | None = None
        # Who acts, as the open transaction was last told; None: unknown.
        self._told_act: tuple[str, ...] | None = NOBODY
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._tell_before_a_write)
        self.leave()

    # --- choosing ---------------------------------------------------------------------------

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        """Serve the next queries by the login of this tenant (as owner: only move the path)."""
        login = OWNER if self.login == OWNER else login_for(tenant.schema_name)
        self._choose(login, tenant, include_public)

    def leave(self) -> None:
        """Choose nobody: the next query raises NoCooperativeError."""
        self._choose(None, None)

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """Run as the owner of the tables, in the public schema, then as before."""
        with self.restored():
            self._choose(OWNER, FakeTenant(settings.PUBLIC_SCHEMA_NAME))
            yield

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Choose again at the end what is chosen now."""
        before = self.login, self.tenant, self.include_public_schema
        try:
            yield
        finally:
            if before[0] != self.login and self._owns_a_session and not self.in_atomic_block:
                self._give_up()  # also where a stacked BEGIN left a transaction of nobody's
            self._choose(*before)

    def _choose(self, login: str | None, tenant: Any, include_public: bool = True) -> None:
        if login != self.login:
            if self._owns_a_session:
                self._let_go(login)
            self.login = login
        schema = tenant.schema_name if tenant is not None else None
        if schema != self.schema_name:
            ContentType.objects.clear_cache()
        self.tenant, self.schema_name = tenant, schema
        self.include_public_schema = include_public

    def _let_go(self, wanted: str | None) -> None:
        if self.in_atomic_block or self._is_in_transaction():
            raise SwitchInTransactionError(current=self.login, wanted=wanted)
        self._give_up()

    def _give_up(self) -> None:
        if self.connection is not None:
            self.close()

    def _is_in_transaction(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        status: TransactionStatus = self.connection.info.transaction_status
        return status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}

    # --- connecting -------------------------------------------------------------------------

    @property
    def _owns_a_session(self) -> bool:
        """Each login has connections of its own; not so in "role" mode."""
        return bool(settings.DATABASE_WALL != "role")

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.login == OWNER or not self._owns_a_session:
            return super().get_new_connection(conn_params)
        if self.login is None:
            raise NoCooperativeError
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return sessions.take(self.login, self._open_session)

    def _open_session(self) -> Session:
        login = str(self.login)
        try:
            return self._connect(login, password_for(login))
        except OperationalError:
            previous = previous_password_for(login)
            if previous is None:
                raise
            return self._connect(login, previous)  # the secret is new, sync_logins is to come

    def _connect(self, login: str, password: str) -> Session:
        told = {
            "search_path": self._path(),
            "TimeZone": "UTC",
            "statement_timeout": settings.DATABASE_STATEMENT_TIMEOUT,
            "idle_in_transaction_session_timeout": settings.DATABASE_IDLE_TRANSACTION_TIMEOUT,
        }
        params = {
            **self.get_connection_params(),
            "user": login,
            "password": password,
            "options": " ".join(f"-c {name}={value}" for name, value in told.items()),
        }
        session = Session.connect(**params, autocommit=True)
        if login not in _current:
            _refuse_behind(session, login)
            _current.add(login)
        return session

    def _set_autocommit(self, autocommit: bool) -> None:
        if self.connection.autocommit != autocommit:
            super()._set_autocommit(autocommit)

    def _close(self) -> None:
        if isinstance(self.connection, Session):
            session, self.connection = self.connection, None
            sessions.give_back(session)
        else:
            super()._close()

    # --- role and path, where they are not the login's own -----------------------------------

    def close(self) -> None:
        self._told, self._told_act = None, NOBODY
        super().close()

    def commit(self) -> None:
        super().commit()
        self._told_act = NOBODY  # it was told for the transaction

    def rollback(self) -> None:
        # PostgreSQL takes back what the transaction had set.
        self._told, self._told_act = None, NOBODY
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        try:
            super().savepoint_rollback(sid)
        finally:
            self._told = self._told_act = None

    def _handle_search_path(self, cursor: Any = None) -> None:
        if isinstance(self.connection, Session):
            return  # the login's session was opened with its path
        if self.login is None:
            raise NoCooperativeError
        wanted = ("none" if self.login == OWNER else self.login, self._path())
        if wanted == self._told:
            return
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return  # only a rollback can follow, and that asks again
        # psycopg's own cursor: in tests the number of queries must be production's.
        with self.wrap_database_errors, self.connection.cursor() as own:
            own.execute(
                "SELECT set_config('role', %s, false), set_config('search_path', %s, false)",
                wanted,
            )
        self._told = wanted

    # --- who acts, for the audit trail -------------------------------------------------------

    def tell_act(self) -> None:
        """Tell the open transaction who acts and why, unless it knows. Once, at its first write.

        In the transaction only, so that a session never names whoever had it before. A statement
        of its own: no other is touched, so server-side binding and prepared statements work.
        """
        wanted = (str(actor_here() or ""), current_act().request_id, reason_here())
        if wanted == self._told_act:
            return
        with self.wrap_database_errors, self.connection.cursor() as own:
            own.execute(_TELL, wanted)
        self._told_act = wanted

    def _tell_before_a_write(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        if not may_write_tracked_rows(sql):
            return execute(sql, params, many, context)
        if not self.get_autocommit():
            self.tell_act()
            return execute(sql, params, many, context)
        if current_act().is_nobody:
            return execute(sql, params, many, context)
        with transaction.atomic(using=self.alias):  # so that what is told ends with the statement
            self.tell_act()
            return execute(sql, params, many, context)

    def _path(self) -> str:
        return ",".join(self._get_cursor_search_paths())


def _refuse_behind(session: Session, login: str) -> None:
    """Once for each login and process: raise SchemaBehindError if its tables are older than we."""
    schema = settings.PUBLIC_SCHEMA_NAME if login == FEDERATION_LOGIN else login
    table = sql.SQL("SELECT app, name FROM {}.django_migrations").format(sql.Identifier(schema))
    try:
        missing = needed(schema) - set(session.execute(table).fetchall())
    except (UndefinedTable, InsufficientPrivilege):
        missing = needed(schema)
    if missing:
        session.close()
        raise SchemaBehindError(schema, missing)


def current_connection() -> DatabaseWrapper:
    """This thread's connection."""
    return cast("DatabaseWrapper", connections["default"])
