"""Django's development server; only its look at the migrations needs the owner."""

from django.contrib.staticfiles.management.commands.runserver import Command as RunServerCommand

from coopcycle.db.owner import as_owner


class Command(RunServerCommand):
    def check_migrations(self) -> None:
        with as_owner():
            super().check_migrations()
