"""Migrate the shared schema, the template and every cooperative that is behind it, as the owner."""

from typing import Any

from django.conf import settings
from django.db import connection
from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand
from django_tenants.migration_executors import get_executor

from coopcycle.db.owner import OwnerCommand
from tenants.template import TEMPLATE_SCHEMA
from tenants.wall import (
    cooperative_schemas,
    schemas_behind_template,
    secure_cooperative,
    secure_shared_schema,
)


class Command(OwnerCommand, MigrateSchemasCommand):  # type: ignore[misc]
    help = "Bring the tables of all schemas up to date, and keep the logins' rights in step."

    def handle(self, *args: Any, **options: Any) -> None:
        if options["schema_name"] or options["shared"] or options["tenant"] or options["app_label"]:
            super().handle(*args, **options)
            return
        executor = get_executor(options["executor"])(args, {**options, "verbosity": 0})
        self._say(options, "Shared tables")
        executor.run_migrations(tenants=[settings.PUBLIC_SCHEMA_NAME])
        secure_shared_schema()
        self._say(options, "Template of a cooperative")
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {TEMPLATE_SCHEMA}")
        executor.run_migrations(tenants=[TEMPLATE_SCHEMA])
        behind = schemas_behind_template()
        self._say(options, f"{len(behind)} of {len(cooperative_schemas())} cooperatives are behind")
        executor.run_migrations(tenants=list(behind))
        for schema in cooperative_schemas():
            secure_cooperative(schema)

    def _say(self, options: dict[str, Any], line: str) -> None:
        if options["verbosity"] >= 1:
            self.stdout.write(line)
