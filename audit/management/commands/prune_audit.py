"""Remove events whose time is over. The owner's alone; the chain still verifies."""

from typing import Any

from django.utils import timezone

from audit.pruning import prune
from audit.sealing import in_trail
from coopcycle.db.owner import OwnerCommand
from tenants.models import Cooperative


class Command(OwnerCommand):
    """manage.py prune_audit, once a month"""

    help = "Remove events older than AUDIT_KEPT_DAYS and AUDIT_SECURITY_KEPT_DAYS."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        removed = 0
        for cooperative in [None, *Cooperative.objects.order_by("pk")]:
            with in_trail(cooperative) as schema:
                removed += prune(schema, at=at)
        self.stdout.write(f"{removed} events were removed.")
