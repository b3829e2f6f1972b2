"""Back up one co-op, or all of them and what they share, into a folder."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from coopcycle.db.owner import OwnerCommand
from coopcycle.runtime.progress import Progress
from tenants.backup.errors import BackupError
from tenants.backup.saving import back_up_cooperative, back_up_federation
from tenants.models import Cooperative


class Command(OwnerCommand):
    """manage.py backup --to DIR [--cooperative grenoble]"""

    help = "Write one file for each co-op, and one for what all share; others work on meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="DIR", type=Path, required=True, help="made if missing")
        parser.add_argument(
            "--cooperative", metavar="SLUG", default="", help="this one alone (its short name)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder, slug, at = options["to"], options["cooperative"], timezone.now()
        chosen = Cooperative.objects.order_by("pk")
        cooperatives = list(chosen.filter(slug=slug) if slug else chosen)
        if slug and not cooperatives:
            raise CommandError(f"There is no co-op named {slug!r}.")
        self.stdout.ending = ""  # Progress ends its lines itself
        progress = Progress(self.stdout)  # type: ignore[arg-type]
        try:
            paths = [
                back_up_cooperative(each, folder, at=at, progress=progress) for each in cooperatives
            ]
            if not slug:
                paths.append(back_up_federation(folder, at=at, progress=progress))
        except (BackupError, OSError) as refusal:
            raise CommandError(str(refusal)) from refusal
        size = sum(path.stat().st_size for path in paths)
        progress.say(f"{len(paths)} files, {size / 1e6:.1f} MB in {folder}")
