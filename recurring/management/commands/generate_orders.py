"""Make the orders of standing orders now, for one co-op or for all."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recurring.generation import generate
from recurring.storage import database_now
from tenants.context import active_cooperatives, in_cooperative


class Command(BaseCommand):
    """manage.py generate_orders [--cooperative grenoble] [--until 2026-12-31]"""

    help = "Makes the orders of standing orders, up to each co-op's horizon. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cooperative", help="short name in the address; all when left out")
        parser.add_argument("--until", type=date.fromisoformat, help="last day, as 2026-12-31")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["cooperative"]
        cooperatives = [c for c in active_cooperatives() if wanted in (None, c.slug)]
        if not cooperatives:
            raise CommandError(f"No active cooperative is called {wanted}.")
        for cooperative in cooperatives:
            with in_cooperative(cooperative):
                run = generate(cooperative, at=database_now(), through=options["until"])
            self.stdout.write(
                f"{cooperative.name}: until {run.through}, {run.generated} made, "
                f"{run.skipped} skipped, {run.missed} missed, {run.failed} failed {run.error}"
            )
