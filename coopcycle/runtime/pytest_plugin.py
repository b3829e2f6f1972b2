"""Tests run on servers of their own: started once a run, before Django reads its settings.

Loaded by `-p coopcycle.runtime.pytest_plugin` (pyproject.toml). A server that `DATABASE_URL` or
`REDIS_URL` names is left alone: tests make and drop logins and databases, and restart the server.
Each worker of pytest-xdist starts its own, so that workers share nothing and none is in another's way.
"""

import os
import signal
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from coopcycle.runtime.postgres import PostgresServer, throwaway_postgres
from coopcycle.runtime.valkey import throwaway_valkey

# Set by who runs pytest often, with servers and a VAR_DIR of their own.
SERVERS_GIVEN = "TEST_SERVERS_GIVEN"

_stack = ExitStack()
_postgres: PostgresServer | None = None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Runs before pytest-django's hook of this name, which imports the settings."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a killed run stops its servers too
    os.environ["TESTING"] = "1"
    os.environ.setdefault("PUBLIC_SCHEME", "http")
    os.environ.setdefault("SECRET_KEY", "tests-only-secret-key-0123456789abcdef")
    os.environ.setdefault("DATABASE_LOGIN_SECRET", "tests-only-login-secret-0123456789abcdef")
    os.environ.setdefault("DATA_MASTER_KEY", "tests-only-master-key-0123456789abcdef")
    if not _only_hands_out_tests(early_config):
        _start_servers()
    return (yield)


def pytest_unconfigure() -> None:
    _stack.close()


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The run's own cluster, for tests that restart it or look at it as its master."""
    assert _postgres is not None  # noqa: S101 - started before any test
    return _postgres


def _only_hands_out_tests(config: pytest.Config) -> bool:
    """The leading process of pytest-xdist runs no test itself."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    return not is_worker and bool(getattr(config.known_args_namespace, "numprocesses", None))


def _start_servers() -> None:
    global _postgres
    if SERVERS_GIVEN in os.environ:
        return
    folder = tempfile.TemporaryDirectory(prefix="coopcycle-tests-", ignore_cleanup_errors=True)
    os.environ["VAR_DIR"] = _stack.enter_context(folder)
    Path(os.environ["VAR_DIR"], "static").mkdir()  # whitenoise looks for it; tests collect nothing
    _postgres = _stack.enter_context(throwaway_postgres())
    os.environ["DATABASE_URL"] = _postgres.url
    os.environ["REDIS_URL"] = _stack.enter_context(throwaway_valkey()).url
