"""Remove events whose time is over by the settings. The night does it for three years and one."""

from typing import Any

from django.utils import timezone

from audit.pruning import prune
from audit.sealing import in_trail
from coopcycle.db.owner import OwnerCommand
from tenants.models import Cooperative


class Command(OwnerCommand):
    """manage.py prune_audit, where the settings keep less than the night removes"""

    help = "Remove events older than AUDIT_KEPT_DAYS and AUDIT_SECURITY_KEPT_DAYS."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        removed = 0
        for cooperative in [None, *Cooperative.objects.order_by("pk")]:
            with in_trail(cooperative) as schema:
                removed += prune(schema, at=at)
        self.stdout.write(f"{removed} events were removed.")
