"""Which co-op's schema the process works for now. Switching is tenants/context.py's job alone."""

from django.conf import settings
from django.db import connection

from coopcycle.db.errors import NoCooperativeError


def current_schema() -> str | None:
    """The active co-op's schema; None on the federation's pages."""
    schema: str | None = getattr(connection, "schema_name", None)
    return None if schema == settings.PUBLIC_SCHEMA_NAME else schema


def require_schema() -> str:
    """The active co-op's schema. Raises NoCooperativeError rather than falling back to another."""
    if schema := current_schema():
        return schema
    raise NoCooperativeError
