"""`manage.py demo_federation`: fill the demo federation; does nothing where it stands already."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from coopcycle.demo.build import build, build_federation_staff
from coopcycle.demo.towns import TOWNS
from coopcycle.runtime.progress import Progress


class Command(BaseCommand):
    help = (
        "Three co-ops with people, goods, four weeks of work and two to come (only where DEMO=1)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", help="the moment that counts as now, ISO with zone")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not the demo: set DEMO=1 where it is.")
        now = datetime.fromisoformat(options["at"]) if options["at"] else timezone.now()
        build_federation_staff()
        progress = Progress()
        for town in TOWNS:
            with progress.step(f"Six weeks of {town.city}"):
                build(town, now)
