"""Open a cooperative from the command line, as the federation's page does."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coopcycle.errors import DomainError
from tenants.countries import COUNTRIES
from tenants.provisioning import create_cooperative


class Command(BaseCommand):
    help = "Open a cooperative: schema, database login, address and first rows, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="as people call it, such as 'Grenoble à vélo'")
        parser.add_argument("slug", help="short name in the address, such as grenoble")
        parser.add_argument("country", type=str.upper, choices=sorted(COUNTRIES))
        parser.add_argument("--host", default="", help="default: the slug under BASE_HOST")
        parser.add_argument("--city", default="", help="default: the country's capital")
        parser.add_argument("--subdivision", default="", help="region, for public holidays")

    def handle(self, *args: Any, **options: Any) -> None:
        details = {key: options[key] for key in ("city", "subdivision") if options[key]}
        try:
            cooperative = create_cooperative(
                name=options["name"],
                slug=options["slug"],
                country=options["country"],
                host=options["host"],
                **details,
            )
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        host = options["host"] or f"{cooperative.slug}.{settings.BASE_HOST}"
        self.stdout.write(f"{cooperative.name} is open: {host} ({cooperative.schema_name})")
