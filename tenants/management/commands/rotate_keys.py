"""Change the keys that encrypt what must not be read in the database (coopcycle/db/keys.py).

    rotate_keys                        wrap all keys under the present master key, and finish rotations
    rotate_keys --cooperative SLUG     a new key for one co-op; its values are encrypted again
    rotate_keys --erase SLUG --yes     delete its keys: its secrets can never be read again

Every run is safe to repeat; one that was cut off is finished by the next.
"""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from coopcycle.db import resealing
from coopcycle.db.keys import KeyMissingError
from coopcycle.db.owner import OwnerCommand
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative


class Command(OwnerCommand):
    help = "Wrap keys under a new master key, give a co-op a new key, or erase one for ever."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cooperative", metavar="SLUG", default="", help="a new key for it")
        parser.add_argument("--erase", metavar="SLUG", default="", help="delete its keys for ever")
        parser.add_argument("--yes", action="store_true", help="with --erase: it is meant")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["erase"]:
            self._erase(options["erase"], is_meant=options["yes"])
            return
        try:
            if options["cooperative"]:
                self._rotate(_named(options["cooperative"]))
            else:
                self._finish_all()
        except KeyMissingError as error:
            raise CommandError(str(error)) from error

    def _rotate(self, cooperative: Cooperative) -> None:
        with in_cooperative(cooperative):
            number = resealing.rotate(at=timezone.now())
        self.stdout.write(
            f"{cooperative.slug}: {number} values have a new key. The former one is still read;"
            " `rotate_keys` drops it after an hour."
        )

    def _finish_all(self) -> None:
        wrapped = resealed = dropped = 0
        with in_federation():
            places = [*Cooperative.objects.order_by("pk")]
        for block in (in_federation(), *(in_cooperative(each) for each in places)):
            with block:
                wrapped += resealing.wrap_again()
                resealed += resealing.reseal()
                dropped += len(resealing.drop_spent_keys(at=timezone.now()))
        self.stdout.write(
            f"{len(places)} co-ops: {wrapped} keys wrapped again, {resealed} values encrypted"
            f" again, {dropped} former keys dropped."
        )

    def _erase(self, slug: str, *, is_meant: bool) -> None:
        cooperative = _named(slug)
        if not is_meant:
            raise CommandError(
                f"Every door code and secret of {cooperative.name} would be lost for ever, also in"
                " what you may restore without its keys. Repeat with --yes if that is meant."
            )
        with in_cooperative(cooperative):
            deleted = resealing.erase_keys()
        self.stdout.write(f"{cooperative.slug}: {deleted} keys are erased.")


def _named(slug: str) -> Cooperative:
    cooperative: Cooperative | None = Cooperative.objects.filter(slug=slug).first()
    if cooperative is None:
        raise CommandError(f"There is no co-op named {slug!r}.")
    return cooperative
