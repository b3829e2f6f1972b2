"""Which migrations this code needs, and which a schema lacks: from the files and django_migrations.

A schema that has all that this code needs is served; it may have more, because the next version's
migrations come first (docs/migrations.md). One that lacks some is refused, explicitly.
"""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import ModuleInfo, iter_modules

from django.apps import apps
from django.conf import settings
from django.db import OperationalError

type Migration = tuple[str, str]


class SchemaBehindError(OperationalError):
    """The tables are older than this code: `migrate_schemas` has not come to them yet."""

    def __init__(self, schema: str, missing: Iterable[Migration]) -> None:
        names = ", ".join(".".join(each) for each in sorted(missing))
        super().__init__(f"The schema {schema} lacks {names}.")


@cache
def needed(schema: str) -> frozenset[Migration]:
    """The migrations on disk whose tables stand in `schema`. Reads names, imports none of them."""
    is_shared = schema == settings.PUBLIC_SCHEMA_NAME
    names = settings.SHARED_APPS if is_shared else settings.TENANT_APPS
    return frozenset(
        (config.label, found.name)
        for config in apps.get_app_configs()
        if config.name in names
        for found in _modules(
            settings.MIGRATION_MODULES.get(config.label) or f"{config.name}.migrations"
        )
        if not found.ispkg and found.name[0] not in "_~"
    )


def _modules(package: str) -> Iterable[ModuleInfo]:
    return iter_modules(import_module(package).__path__) if find_spec(package) else ()
