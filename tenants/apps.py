from functools import partial
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register


class TenantsConfig(AppConfig):
    """Co-ops, the addresses that lead to them, and the wall between their data."""

    name = "tenants"

    def ready(self) -> None:
        from coopcycle.health import READY, has_all_migrations
        from tenants.template import TEMPLATE_SCHEMA

        register(check_table_names)
        register(check_caches)
        register(check_wall, deploy=True)
        READY["migrations"] = partial(has_all_migrations, settings.PUBLIC_SCHEMA_NAME)
        READY["template"] = partial(has_all_migrations, TEMPLATE_SCHEMA)


def check_table_names(**_options: Any) -> list[CheckMessage]:
    """No shared table that a co-op's login may read bears the name of a co-op's own table.

    The search path ends in `public`: were the co-op's table missing, the shared one would answer.
    """
    from tenants.wall import READABLE_TABLES

    return [
        Error(
            f"{model._meta.label} has the name of the shared table {model._meta.db_table}.",
            hint="Rename one, or take the shared table out of READABLE_TABLES.",
            obj=model,
            id="tenants.E001",
        )
        for model in apps.get_models(include_auto_created=True)
        if model._meta.db_table in READABLE_TABLES
        and apps.get_app_config(model._meta.app_label).name in settings.TENANT_APPS
    ]


def check_caches(**_options: Any) -> list[CheckMessage]:
    """Every cache keeps each co-op's values apart."""
    return [
        Error(
            f"The cache {alias!r} gives one co-op what another has put there.",
            hint='Set its KEY_FUNCTION to "django_tenants.cache.make_key".',
            id="tenants.E003",
        )
        for alias, options in settings.CACHES.items()
        if options.get("KEY_FUNCTION") != "django_tenants.cache.make_key"
    ]


def check_wall(**_options: Any) -> list[CheckMessage]:
    """In production each co-op's queries run on its own login."""
    if settings.DATABASE_WALL == "login":
        return []
    return [
        Error(
            f"DATABASE_WALL is {settings.DATABASE_WALL!r}: injected SQL could leave its co-op.",
            hint="Leave DATABASE_WALL out of the environment.",
            id="tenants.E002",
        )
    ]
