"""Django's command, for the shared tables, as the owner."""

from django.core.management.commands.showmigrations import Command as ShowMigrationsCommand

from coopcycle.db.owner import OwnerCommand


class Command(OwnerCommand, ShowMigrationsCommand):
    pass
