"""The owner's login (DATABASE_URL): migrations and provisioning, and nothing else.

Requests and tasks never run as the owner. Commands that do derive from `OwnerCommand`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand

from coopcycle.db.base import current_connection


@contextmanager
def as_owner() -> Iterator[None]:
    """Run on a connection of the owner's, opened for this block and closed after it.

    Refused inside a transaction. Inside it `in_cooperative` only moves the search path, so that
    one transaction can make a schema and fill it.
    """
    with current_connection().as_owner():
        yield


class OwnerCommand(BaseCommand):
    """A management command that changes tables or logins, and so runs as the owner."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        with as_owner():
            return super().execute(*args, **options)
