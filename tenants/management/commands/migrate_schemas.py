"""Migrate the shared schema, the template and every cooperative that is behind it, as the owner."""

from typing import Any

from django.conf import settings
from django.db import connection
from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand
from django_tenants.migration_executors import get_executor

from coopcycle.db.logins import FEDERATION_LOGIN
from coopcycle.db.owner import OwnerCommand
from tenants.template import TEMPLATE_SCHEMA
from tenants.wall import (
    cooperative_schemas,
    reset_login,
    schemas_behind_template,
    secure_cooperative,
    secure_shared_schema,
    secure_template,
)


class Command(OwnerCommand, MigrateSchemasCommand):  # type: ignore[misc]
    help = "Bring the tables of all schemas up to date, and keep the logins' rights in step."

    def handle(self, *args: Any, **options: Any) -> None:
        if options["schema_name"]:
            super().handle(*args, **options)
            return
        run = get_executor(options["executor"])(args, {**options, "verbosity": 0}).run_migrations
        if not options["tenant"]:
            self._say(options, "Shared tables")
            run(tenants=[settings.PUBLIC_SCHEMA_NAME])
            secure_shared_schema()
            reset_login(FEDERATION_LOGIN)
        if not options["shared"]:
            self._say(options, "Template of a cooperative")
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {TEMPLATE_SCHEMA}")
            run(tenants=[TEMPLATE_SCHEMA])
            secure_template()
            schemas = cooperative_schemas()
            # One migration by name may also be a step back, so the template says nothing then.
            behind = schemas if options["app_label"] else schemas_behind_template()
            self._say(options, f"{len(behind)} of {len(schemas)} cooperatives are behind")
            run(tenants=list(behind))
            for schema in schemas:
                secure_cooperative(schema)
                reset_login(schema)

    def _say(self, options: dict[str, Any], line: str) -> None:
        if options["verbosity"] >= 1:
            self.stdout.write(line)
