"""Migrate the shared schema, the template and every cooperative that is behind it, as the owner."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand
from django_tenants.migration_executors import get_executor

from coopcycle.db.logins import FEDERATION_LOGIN
from coopcycle.db.owner import OwnerCommand
from tenants.migrating import alone, brief_locks, levels, persistently
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

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--state", action="store_true", help="only say how each co-op stands")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["state"]:
            self._tell_state()
        elif options["schema_name"]:
            with brief_locks():
                persistently(lambda: super(Command, self).handle(*args, **options), say=self._retry)
        else:
            with alone("migrate_schemas"), brief_locks():
                self._migrate_all(args, options)

    def _migrate_all(self, args: Any, options: dict[str, Any]) -> None:
        executor = get_executor(options["executor"])(args, {**options, "verbosity": 0})

        def run(schema: str) -> None:
            executor.run_migrations(tenants=[schema])

        if not options["tenant"]:
            self._say(options, "Shared tables")
            self._do(lambda: run(settings.PUBLIC_SCHEMA_NAME))
            self._do(secure_shared_schema)
            self._do(lambda: reset_login(FEDERATION_LOGIN))
        if not options["shared"]:
            self._say(options, "Template of a cooperative")
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {TEMPLATE_SCHEMA}")
            self._do(lambda: run(TEMPLATE_SCHEMA))
            self._do(secure_template)
            self._migrate_cooperatives(run, options)

    def _migrate_cooperatives(self, run: Callable[[str], None], options: dict[str, Any]) -> None:
        """One that fails does not keep the others waiting."""
        schemas = cooperative_schemas()
        # One migration by name may also be a step back, so the template says nothing then.
        behind = set(schemas if options["app_label"] else schemas_behind_template())
        self._say(options, f"{len(behind)} of {len(schemas)} cooperatives are behind")
        failed: dict[str, Exception] = {}
        done = 0
        for schema in schemas:
            started = time.monotonic()
            try:
                if schema in behind:
                    self._do(partial(run, schema))
                self._do(partial(secure_cooperative, schema))
                self._do(partial(reset_login, schema))
            except Exception as error:  # noqa: BLE001 - told at the end
                failed[schema] = error
            if schema in behind:
                done += 1
                outcome = "failed" if schema in failed else "up to date"
                seconds = time.monotonic() - started
                self._say(options, f"  {done}/{len(behind)} {schema} {outcome} ({seconds:.1f} s)")
        if failed:
            lines = [f"  {schema}: {error}" for schema, error in failed.items()]
            raise CommandError(
                "These co-ops could not be brought up to date. They are refused while this code needs "
                "more than their tables have; run migrate_schemas again.\n" + "\n".join(lines)
            )

    def _do(self, work: Callable[[], object]) -> None:
        persistently(work, say=self._retry)

    def _retry(self, line: str) -> None:
        self.stderr.write(f"  {line}")

    def _say(self, options: dict[str, Any], line: str) -> None:
        if options["verbosity"] >= 1:
            self.stdout.write(line)

    def _tell_state(self) -> None:
        for level in levels():
            state = "up to date"
            if level.missing:
                names = ", ".join(sorted(".".join(each) for each in level.missing))
                state = f"refused, {len(level.missing)} behind: {names}"
            elif level.unknown:
                state = f"served, {len(level.unknown)} ahead of this code"
            self.stdout.write(f"{level.cooperative:<30} {level.schema:<20} {state}")
