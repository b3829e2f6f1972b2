"""Write a whole co-op as a zip in open formats, to take along or to look into."""

import zipfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from privacy.exports.cooperative import write_cooperative
from tenants.context import active_cooperatives, in_cooperative
from tenants.settings import own_settings


class Command(BaseCommand):
    help = "Write all rows and files of a co-op as JSON lines, CSV and photos, with a README."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the co-op's short name")
        parser.add_argument("path", type=Path, help="the zip to write; must not be there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [one for one in active_cooperatives() if one.slug == options["slug"]]
        if not found:
            raise CommandError(f"There is no open co-op named {options['slug']!r}.")
        try:
            with (
                in_cooperative(found[0]),
                options["path"].open("xb") as file,
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
            ):
                options["path"].chmod(0o600)
                write_cooperative(archive, own_settings(), at=timezone.now())
        except FileExistsError as error:
            raise CommandError(f"{options['path']} is there already.") from error
        self.stdout.write(f"{options['path']}: {options['path'].stat().st_size / 1e6:.1f} MB")
