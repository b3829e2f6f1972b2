"""Bring back co-ops from the files that `backup` wrote, while the others work."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError

from coopcycle.db.owner import OwnerCommand
from coopcycle.errors import DomainError
from coopcycle.runtime.progress import Progress
from tenants.backup.errors import BackupError
from tenants.backup.federation import is_of_federation, restore_federation
from tenants.backup.restoring import forget_replaced, restore_cooperative
from tenants.models import Cooperative


class Command(OwnerCommand):
    """manage.py restore FILE [FILE …] | FILE --as NEW_SLUG [--host HOST] | --forget SLUG"""

    help = (
        "Put each backup in the place of its co-op, or one beside it under another name. Mails"
        " that waited are not sent. What is replaced is kept until --forget."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", metavar="FILE", type=Path, nargs="*")
        parser.add_argument(
            "--as", metavar="NEW_SLUG", dest="slug", default="", help="make a second co-op of it"
        )
        parser.add_argument("--host", default="", help="with --as: its address")
        parser.add_argument(
            "--forget", metavar="SLUG", default="", help="drop what a restore replaced there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        files, slug, host = options["files"], options["slug"], options["host"]
        if options["forget"] and not (files or slug or host):
            self._forget(options["forget"])
            return
        if not files or options["forget"]:
            raise CommandError("Name the files to restore, or --forget and a co-op.")
        if (slug and len(files) > 1) or (host and not slug):
            raise CommandError("--as goes with one file, and --host with --as.")
        self.stdout.ending = ""  # Progress ends its lines itself
        progress = Progress(self.stdout)  # type: ignore[arg-type]
        for file in sorted(files, key=lambda file: not is_of_federation(file)):
            progress.say(str(file))
            try:
                self._restore(file, slug, host, progress)
            except (BackupError, DomainError, DatabaseError, OSError) as refusal:
                raise CommandError(str(refusal)) from refusal

    def _restore(self, file: Path, slug: str, host: str, progress: Progress) -> None:
        if is_of_federation(file):
            restore_federation(file, progress=progress)
            return
        restored = restore_cooperative(file, slug=slug, host=host, progress=progress)
        name = restored.cooperative.slug
        progress.say(f"{name} is as it was at {restored.taken_at}.")
        if restored.kept:
            progress.say(
                f"What it replaced is in the schema {restored.kept}; `restore --forget {name}`"
                " drops it."
            )
        if slug:
            progress.say(
                "Its standing orders run, and mails go to their people, as in the co-op it was"
                " made of: pause its standing orders, or close one of the two."
            )

    def _forget(self, slug: str) -> None:
        cooperative = Cooperative.objects.filter(slug=slug).first()
        if cooperative is None:
            raise CommandError(f"There is no co-op named {slug!r}.")
        found = forget_replaced(cooperative)
        self.stdout.write("Dropped." if found else "There was nothing to drop.")
