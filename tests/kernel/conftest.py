from contextlib import contextmanager

import pytest
from django.db import connection


@pytest.fixture
def as_this_cooperative():
    """For a thread of the test: work for the co-op of the test, on a connection of its own."""
    tenant = getattr(connection, "tenant", None)

    @contextmanager
    def run():
        from tenants.context import in_cooperative

        try:
            with in_cooperative(tenant):
                yield
        finally:
            connection.close()

    return run
