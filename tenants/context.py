"""The one place that chooses the cooperative whose data the next queries see.

    with in_cooperative(cooperative):
        ...

Outside of these blocks no query runs at all. Entering another cooperative inside a transaction
raises: a transaction belongs to one database login.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django_tenants.postgresql_backend.base import FakeTenant

from coopcycle.db.base import current_connection
from tenants.models import Cooperative

_REMEMBER_SECONDS = 10.0
_remembered: dict[str, tuple[float, Cooperative]] = {}


@contextmanager
def in_cooperative(cooperative: Cooperative) -> Iterator[Cooperative]:
    """Run on the login of this cooperative, then as before."""
    database = current_connection()
    with database.restored():
        database.set_tenant(cooperative)
        yield cooperative


@contextmanager
def in_federation() -> Iterator[None]:
    """Run on the federation's login: the shared tables, all rows, and no cooperative's data."""
    database = current_connection()
    with database.restored():
        database.set_tenant(FakeTenant(settings.PUBLIC_SCHEMA_NAME))
        yield


def current_cooperative() -> Cooperative | None:
    """The cooperative in whose block we are; None in the federation and outside of all."""
    tenant = current_connection().tenant
    return tenant if isinstance(tenant, Cooperative) else None


def cooperative_of_schema(schema: str) -> Cooperative:
    """The cooperative of a task's header or a channel's name, remembered for a few seconds."""
    known = _remembered.get(schema)
    if known and known[0] > time.monotonic():
        return known[1]
    with in_federation():
        cooperative: Cooperative = Cooperative.objects.get(schema_name=schema)
    _remembered[schema] = time.monotonic() + _REMEMBER_SECONDS, cooperative
    return cooperative


def active_cooperatives() -> list[Cooperative]:
    """All co-ops that are open, by name."""
    with in_federation():
        return list(Cooperative.objects.filter(is_active=True))


def run_in_each_cooperative(work: Callable[[Cooperative], object]) -> None:
    """Call `work` once inside each active cooperative. One that fails does not stop the others.

    Raises an ExceptionGroup at the end when any failed.
    """
    failures: list[Exception] = []
    for cooperative in active_cooperatives():
        try:
            with in_cooperative(cooperative):
                work(cooperative)
        except Exception as failure:  # noqa: BLE001 - raised together below
            failure.add_note(f"in cooperative {cooperative.slug}")
            failures.append(failure)
    if failures:
        raise ExceptionGroup("Some cooperatives failed.", failures)


def forget_cooperatives() -> None:
    """Look the next schema up again: a cooperative was made, changed or removed."""
    _remembered.clear()
