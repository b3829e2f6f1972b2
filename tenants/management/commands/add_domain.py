"""Give a co-op a host name of its own beside the one under BASE_HOST."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coopcycle.errors import DomainError
from tenants.context import in_federation
from tenants.models import Cooperative
from tenants.provisioning import add_domain


class Command(BaseCommand):
    help = "Let a cooperative be reached under a host name of its own too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the co-op's short name, such as grenoble")
        parser.add_argument("host", help="such as coursiers.example; it must lead here by DNS")
        parser.add_argument("--primary", action="store_true", help="use it in mails and links")

    def handle(self, *args: Any, **options: Any) -> None:
        with in_federation():
            cooperative = Cooperative.objects.filter(slug=options["slug"]).first()
        if cooperative is None:
            raise CommandError(f"No cooperative is called {options['slug']}.")
        try:
            domain = add_domain(cooperative, options["host"], is_primary=options["primary"])
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{cooperative.name} is reached at {domain.domain} too.")
