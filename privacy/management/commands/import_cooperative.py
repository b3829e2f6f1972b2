"""Open a co-op of the file that `export_cooperative` wrote."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coopcycle.errors import DomainError
from privacy.exports.importing import ImportRefusedError, import_cooperative


class Command(BaseCommand):
    help = "Open a new co-op with all rows and files of an export; people ask for a new password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--slug", required=True, help="its short name here")
        parser.add_argument("--name", default="", help="default: as it was called")
        parser.add_argument("--host", default="", help="default: the slug under BASE_HOST")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cooperative = import_cooperative(
                options["path"], slug=options["slug"], host=options["host"], name=options["name"]
            )
        except (ImportRefusedError, DomainError) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{cooperative.name} is open as {cooperative.slug}.")
