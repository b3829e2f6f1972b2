"""What the demo needs before its processes start: tables, sample data, static files.

One process for all, because loading Django takes longer than most steps.
"""

import os

import django
from django.core.management import call_command, get_commands

from coopcycle.runtime.servers import step


def main() -> None:
    def say(text: str) -> None:
        print(text, flush=True)

    with step("Loading the application", say):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coopcycle.settings")
        django.setup()
    with step("Tables", say):
        call_command("migrate_schemas", verbosity=0)
    with step("Static files", say):
        call_command("collectstatic", interactive=False, verbosity=0)
    if "demo_federation" in get_commands():
        with step("Demo federation", say):
            call_command("demo_federation")


if __name__ == "__main__":
    main()
