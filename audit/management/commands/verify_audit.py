"""Show that nothing of the audit trail was altered, removed or cut off."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.verifying import Verdict, verify
from tenants.context import in_federation
from tenants.models import Cooperative


class Command(BaseCommand):
    """manage.py verify_audit [--cooperative grenoble]"""

    help = "Walk each co-op's chain and name the first event that is not as it was sealed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cooperative", metavar="SLUG", default="", help="this one alone")

    def handle(self, *args: Any, **options: Any) -> None:
        slug, at = options["cooperative"], timezone.now()
        with in_federation():
            everyone = Cooperative.objects.order_by("pk")
            chosen = list(everyone.filter(slug=slug) if slug else everyone)
        if slug and not chosen:
            raise CommandError(f"There is no co-op named {slug!r}.")
        trails = [*chosen] if slug else [None, *chosen]
        broken = sum(not self._say(each, verify(each, at=at)) for each in trails)
        if broken:
            raise CommandError(f"{broken} of {len(trails)} trails are broken.")

    def _say(self, cooperative: Cooperative | None, verdict: Verdict) -> bool:
        name = cooperative.slug if cooperative else "(federation)"
        if verdict.broken:
            self.stderr.write(f"{name}: BROKEN at {verdict.broken.log}: {verdict.broken.words}")
            return False
        self.stdout.write(
            f"{name}: whole. {verdict.events} events as they were sealed, {verdict.waiting} wait"
            f" for the next seal, {verdict.pruned} past their time."
        )
        return True
