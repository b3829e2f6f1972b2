"""Tests run on servers of their own: started once a run, before Django reads its settings.

Loaded by `-p coopcycle.runtime.pytest_plugin` (pyproject.toml). `DATABASE_URL` or `REDIS_URL`, when
set, name servers to use instead. Workers of pytest-xdist inherit the addresses.
"""

import os
import signal
import tempfile
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from coopcycle.runtime.postgres import PostgresServer, throwaway_postgres
from coopcycle.runtime.valkey import throwaway_valkey

_stack = ExitStack()
_postgres: PostgresServer | None = None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Runs before pytest-django's hook of this name, which imports the settings."""
    global _postgres
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a killed run stops its servers too
    os.environ["TESTING"] = "1"
    os.environ.setdefault("PUBLIC_SCHEME", "http")
    os.environ.setdefault("SECRET_KEY", "tests-only-secret-key-0123456789abcdef")
    os.environ.setdefault("DATABASE_LOGIN_SECRET", "tests-only-login-secret-0123456789abcdef")
    if not os.environ.get("VAR_DIR"):
        folder = tempfile.TemporaryDirectory(prefix="coopcycle-tests-", ignore_cleanup_errors=True)
        os.environ["VAR_DIR"] = _stack.enter_context(folder)
    if not os.environ.get("DATABASE_URL"):
        _postgres = _stack.enter_context(throwaway_postgres())
        os.environ["DATABASE_URL"] = _postgres.url
    if not os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = _stack.enter_context(throwaway_valkey()).url
    return (yield)


def pytest_unconfigure() -> None:
    _stack.close()


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The run's own cluster, for tests that restart it or look at it as its master."""
    if _postgres is None:
        pytest.skip("needs a PostgreSQL of its own: unset DATABASE_URL and run without -n")
    return _postgres
