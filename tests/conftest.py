"""Shared fixtures. Every test runs on real PostgreSQL and Valkey, which the run starts itself.

- `db` (or `@pytest.mark.django_db`): one transaction, rolled back; the test begins inside the
  co-op `alpha` (FR); `beta` (BE) is there too: `with in_cooperative(beta): ...`. Rights and
  row-level security hold as in production, because the owner's connection takes the login's role.
- `client`, `client_for(user)`, `client_for(user, beta)`, `federation_client`: browsers at a host.
- `login_wall`: real logins and real commits, in a database of its own that is dropped afterwards:
  for threads, servers, workers and attacks. `transaction=True` is refused: use this instead.
"""

import copy
import os
import signal
import threading
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from coopcycle.runtime.pytest_plugin import SERVERS_GIVEN

settings.DATABASE_WALL = "role"
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction"):
            raise pytest.UsageError(f"{item.nodeid}: use the login_wall fixture to commit.")


class OutOfTime(BaseException):
    """A test's time is over.

    pytest-timeout's own failure is one that hypothesis takes for an example that fails: it goes on
    with others, on which no clock runs any more, so that a test that hangs is never ended.
    """


def _end_for_good(ring: Any) -> None:
    def handler(signum: int, frame: Any) -> None:
        try:
            ring(signum, frame)
        except pytest.fail.Exception as over:
            raise OutOfTime(over.msg) from None

    signal.signal(signal.SIGALRM, handler)


LIMIT = pytest.StashKey[Any]()


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> Generator[None, Any, Any]:
    """Keep what was said, for the time after a failure; and let nobody catch that time is over."""
    item.stash[LIMIT] = settings
    answer = yield
    if settings.method == "signal" and threading.current_thread() is threading.main_thread():
        _end_for_good(signal.getsignal(signal.SIGALRM))
    return answer


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Anew for what is taken down: pytest-timeout stops its clock at the first failure."""
    if limit := item.stash.get(LIMIT, None):
        item.ihook.pytest_timeout_set_timer(item=item, settings=limit)


@pytest.fixture(scope="session")
def django_db_setup(_remember_for_long: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The run's own database, with the co-ops by slug."""
    from tests import databases

    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    copy = databases.kept_copy() if SERVERS_GIVEN in os.environ else databases.own_copy(name)
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            stack.enter_context(copy)
            cooperatives = databases.cooperatives()
            _open_keys(cooperatives)
        yield cooperatives
        with django_db_blocker.unblock():
            stack.close()


def _open_keys(cooperatives: dict[str, Any]) -> None:
    """Keys are read before the tests, so that none counts the query. Leaves alpha chosen."""
    from coopcycle.db.base import current_connection
    from coopcycle.db.keys import current_ring

    for cooperative in (cooperatives["beta"], cooperatives["alpha"]):
        current_connection().set_tenant(cooperative)
        current_ring()


@pytest.fixture(scope="session", autouse=True)
def _remember_for_long() -> Iterator[None]:
    """On a slow machine, too, the same number of queries."""
    from coopcycle.db import keys
    from coopcycle.middleware import cooperative
    from tenants import context

    with pytest.MonkeyPatch.context() as patch:
        for module in (cooperative, context, keys):
            patch.setattr(module, "_REMEMBER_SECONDS", 3600.0)
        yield


@pytest.fixture(autouse=True)
def _start_in_alpha(request: pytest.FixtureRequest) -> None:
    """A test with a database begins in alpha, whatever the one before it did."""
    from coopcycle.db.base import current_connection
    from coopcycle.middleware.cooperative import forget_hosts
    from tenants.context import forget_cooperatives

    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        forget_hosts()
        forget_cooperatives()
        current_connection().set_tenant(request.getfixturevalue("alpha"))


@pytest.fixture
def alpha(django_db_setup: dict[str, Any]) -> Any:
    """The co-op of Grenoble, in which tests begin."""
    return copy.copy(django_db_setup["alpha"])


@pytest.fixture
def beta(django_db_setup: dict[str, Any]) -> Any:
    """The co-op of Bruxelles: the other one."""
    return copy.copy(django_db_setup["beta"])


@pytest.fixture
def in_coop() -> Callable[[Any], Any]:
    """`with in_coop(beta): ...`"""
    from tenants.context import in_cooperative

    return in_cooperative


@pytest.fixture
def client_for(alpha: Any) -> Callable[..., Client]:
    """A browser at a co-op's host (alpha's unless told), signed in when a person is given."""
    from tenants.context import in_cooperative
    from tests.sign_in import enter

    def open_browser(user: Any = None, cooperative: Any = None) -> Client:
        cooperative = cooperative or alpha
        browser = Client(headers={"host": f"{cooperative.slug}.{settings.BASE_HOST}"})
        if user is not None:
            with in_cooperative(cooperative):
                enter(browser, user)
        return browser

    return open_browser


@pytest.fixture
def client(client_for: Callable[..., Client]) -> Client:
    """A browser at alpha's host, signed in as nobody."""
    return client_for()


@pytest.fixture
def federation_client() -> Client:
    """A browser at the federation's own host."""
    return Client(headers={"host": settings.BASE_HOST})


@dataclass(frozen=True)
class Wall:
    """A committed database whose co-ops are behind real logins."""

    alpha: Any
    beta: Any
    database: str

    def url(self) -> str:
        """The owner's address of this database, for DATABASE_URL of a server or worker."""
        head, _, tail = os.environ["DATABASE_URL"].partition("?")
        return f"{head.rpartition('/')[0]}/{self.database}{'?' if tail else ''}{tail}"


@pytest.fixture
def login_wall(
    django_db_setup: dict[str, Any], django_db_blocker: Any, settings: Any
) -> Iterator[Wall]:
    """Real logins, real commits. Nobody is chosen when the test begins."""
    from coopcycle.db.base import current_connection
    from coopcycle.middleware.cooperative import forget_hosts
    from tests import databases

    database = current_connection()
    before = database.settings_dict["NAME"]
    name = f"test_wall_{uuid.uuid4().hex[:12]}"
    with django_db_blocker.unblock():
        databases.copy_of_source(name)
        settings.DATABASE_WALL = "login"
        forget_hosts()
        found = databases.cooperatives()
        try:
            yield Wall(found["alpha"], found["beta"], name)
        finally:
            databases.point_to(before)
            settings.DATABASE_WALL = "role"
            forget_hosts()
            databases.drop(name)
            _open_keys(django_db_setup)
