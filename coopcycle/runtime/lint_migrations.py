"""Migrations that would break the version that still runs beside them need a written reason.

django-migration-linter reads the SQL of each; the reasons stand in pyproject.toml under
[tool.migrations.reasons] as "app.name" = "why this is safe here". See docs/migrations.md.
"""

import os
import sys
import tomllib
from io import StringIO

from coopcycle.runtime.workspace import CHECKOUT, is_ours


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coopcycle.settings")
    import django

    django.setup(set_prefix=False)
    from coopcycle.db.owner import as_owner

    rules = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["migrations"]
    with as_owner():
        found = _errors(rules["ignored_checks"])
    reasons: dict[str, str] = rules["reasons"]
    problems = [
        f"{name}: {what}. Split it (docs/migrations.md), or write the reason in pyproject.toml."
        for name, what in found.items()
        if name not in reasons
    ]
    problems += [f"{name}: a reason for nothing" for name in reasons.keys() - found.keys()]
    problems += [
        f"{name}: a reason is a sentence" for name, why in reasons.items() if len(why) < 20
    ]
    print("\n".join(problems))
    return 1 if problems else 0


def _errors(ignored: list[str]) -> dict[str, str]:
    """Migration → what in it the running version would not survive."""
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader
    from django_migration_linter.sql_analyser.analyser import (
        analyse_sql_statements,
        get_sql_analyser_class,
    )

    from coopcycle.db.base import current_connection
    from tenants.template import TEMPLATE_SCHEMA

    analyser = get_sql_analyser_class("postgresql", "postgresql")
    found = {}
    for (app, name), migration in MigrationLoader(connection).disk_migrations.items():
        if migration.initial or not is_ours(apps.get_app_config(app).path):
            continue
        # The router leaves out what does not belong into a schema.
        is_own = any(each.rpartition(".")[2] == app for each in settings.TENANT_APPS)
        current_connection().set_schema(TEMPLATE_SCHEMA if is_own else settings.PUBLIC_SCHEMA_NAME)
        text = call_command("sqlmigrate", app, name, stdout=StringIO(), no_color=True)
        errors, _ignored, _warnings = analyse_sql_statements(analyser, text.splitlines(), ignored)
        if errors:
            found[f"{app}.{name}"] = "; ".join(sorted({error.message for error in errors}))
    return found


if __name__ == "__main__":
    sys.exit(main())
