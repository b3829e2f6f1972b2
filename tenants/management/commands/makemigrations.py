"""Django's command; it looks up which migrations are applied, as the owner."""

from django.core.management.commands.makemigrations import Command as MakeMigrationsCommand

from coopcycle.db.owner import OwnerCommand


class Command(OwnerCommand, MakeMigrationsCommand):
    pass
