"""Make the orders of standing orders now, or say what would be made."""

from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from recurring.generation import generate
from recurring.models import GenerationRun, Occurrence
from recurring.storage import database_now
from recurring.words import reason_words
from tenants.context import active_cooperatives, in_cooperative
from tenants.models import Cooperative

State = Occurrence.State
MOST_DAYS = 366


def a_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a day; write it as 2026-12-31.") from None


class Command(BaseCommand):
    """manage.py generate_orders [--cooperative grenoble] [--until 2026-12-31] [--dry-run]"""

    help = (
        "Makes the orders of standing orders, up to each co-op's horizon or --until, and prints"
        " each date with its reason. Safe to repeat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--cooperative", metavar="SLUG", help="short name in the address; all when left out"
        )
        parser.add_argument(
            "--until", metavar="DAY", type=a_day, help="last day, as 2026-12-31; else the horizon"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="print what would be made, and make nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        runs = []
        with translation.override("en"):
            for cooperative in _chosen(options["cooperative"]):
                with in_cooperative(cooperative), timezone.override(cooperative.zone):
                    runs.append(self._run(cooperative, options["until"], options["dry_run"]))
        if any(run.failed for run in runs):
            raise CommandError("Some standing orders could not be made; see “failed” above.")

    def _run(
        self, cooperative: Cooperative, until: date | None, is_rehearsal: bool
    ) -> GenerationRun:
        """A rehearsal goes the same way and takes all back, so that it shows what would happen."""
        at = database_now()
        _check_until(until, cooperative, at)
        if not is_rehearsal:
            run = generate(cooperative, at=at, through=until)
            self._print(cooperative, run, "made")
            return run
        with transaction.atomic():
            run = generate(cooperative, at=at, through=until)
            self._print(cooperative, run, "would be made")
            transaction.set_rollback(True)
        return run

    def _print(self, cooperative: Cooperative, run: GenerationRun, made: str) -> None:
        rows = Occurrence.objects.filter(generated_at=run.started_at)
        counts: Counter[str] = Counter()
        self.stdout.write(f"{cooperative.name}, until {run.through:%a %Y-%m-%d}:")
        for row in rows.select_related("standing_order__buyer").order_by("starts_at", "pk"):
            counts[row.state] += 1
            self.stdout.write(f"  {_line(row)}")
        self.stdout.write(
            f"  {counts[State.GENERATED]} {made}, {counts[State.SKIPPED]} skipped,"
            f" {counts[State.MISSED]} missed, {counts[State.HELD]} waiting, {run.failed} failed"
        )
        if run.error:
            self.stdout.write(f"  {run.error}")


def _line(row: Occurrence) -> str:
    start = timezone.localtime(row.starts_at)
    without = ", ".join(
        f"without {each['name']} ({reason_words(each['reason'])})" for each in row.left_out
    )
    why = reason_words(row.reason, row.detail)
    return (
        f"{row.state:<9} {start:%a %Y-%m-%d %H:%M}  {row.standing_order.buyer}:"
        f" {row.standing_order} – {why}{'; ' + without if without else ''}"
    )


def _chosen(slug: str | None) -> list[Cooperative]:
    everyone = active_cooperatives()
    if slug is None:
        return everyone
    chosen = [cooperative for cooperative in everyone if cooperative.slug == slug]
    if not chosen:
        known = ", ".join(sorted(cooperative.slug for cooperative in everyone)) or "none"
        raise CommandError(f"No active cooperative is called “{slug}”. There are: {known}.")
    return chosen


def _check_until(until: date | None, cooperative: Cooperative, at: datetime) -> None:
    if until is None:
        return
    days = (until - at.astimezone(cooperative.zone).date()).days
    if days < 0:
        raise CommandError(f"{until} is past in {cooperative.name}; choose today or a later day.")
    if days > MOST_DAYS:
        raise CommandError(
            f"{until} is more than a year away; orders are made a year ahead at most."
        )
