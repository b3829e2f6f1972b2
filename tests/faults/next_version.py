"""The settings of a next version, which adds to the busiest table while the one before it runs."""

from coopcycle.settings import *  # noqa: F403

MIGRATION_MODULES = {"dispatch": "tests.faults.next_migrations"}
