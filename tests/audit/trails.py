"""A co-op's trail, and what somebody with all rights does to it."""

import time

from django.db import connection, transaction

from audit.models import Event
from coopcycle.db.owner import as_owner
from tenants.context import in_cooperative


def owner_runs(schema: str, *statements: str) -> None:
    """As someone who owns the tables, and turns off what protects them."""
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL search_path = {schema}")
        for table in ("audit_event", "audit_securityevent", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_refuse")
        for statement in statements:
            cursor.execute(statement)
        for table in ("audit_event", "audit_securityevent", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER audit_refuse")


def person_events(trail) -> list[Event]:
    with in_cooperative(trail):
        return list(Event.objects.filter(kind="accounts_user").order_by("pk"))


def wait_until_somebody_waits() -> None:
    deadline = time.monotonic() + 30
    with as_owner(), connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid IN"
                " (SELECT pid FROM pg_stat_activity WHERE datname = current_database()))"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")
