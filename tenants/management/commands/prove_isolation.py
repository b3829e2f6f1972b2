"""Show that no co-op's database login reaches another's data: try, on the live system."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from coopcycle.errors import DomainError
from tenants.context import active_cooperatives
from tenants.proving.services import prove_isolation


class Command(BaseCommand):
    help = "Try every known attack from each co-op's own login against another co-op."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cooperative", default="", help="only from this one (its short name)")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["cooperative"]
        attackers = [one for one in active_cooperatives() if slug in ("", one.slug)]
        if not attackers:
            raise CommandError(f"There is no open co-op named {slug!r}.")
        try:
            proof = prove_isolation(attackers, asked_by="command line", at=timezone.now())
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        for failure in proof.failures:
            self.stderr.write(
                f"{failure['outcome'].upper()}  {failure['cooperative']}: {failure['attack']}\n"
                f"    {failure['statement']}\n    {failure['answer']}"
            )
        words = f"{proof.attempts} attempts from {proof.cooperatives} co-ops"
        if not proof.is_clean:
            raise CommandError(f"{words}: {len(proof.failures)} were not refused.")
        self.stdout.write(f"{words}: every one was refused.")
