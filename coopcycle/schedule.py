"""What beat starts, and how often. Each is a public task that fans out to the co-ops.

The work still to do is read from the database, so that a late or lost tick costs only time.
"""

from datetime import timedelta
from typing import Any

EVERY = {
    "coopcycle.tasks.send_outbox_everywhere": timedelta(seconds=15),
    "recurring.tasks.generate_everywhere": timedelta(minutes=10),
    "recurring.tasks.follow_law_everywhere": timedelta(days=1),
    "recurring.tasks.watch_everywhere": timedelta(minutes=10),
    "accounts.tasks.sweep_everywhere": timedelta(days=1),
    "accounts.tasks.watch_outboxes": timedelta(minutes=10),
    "audit.tasks.seal_everywhere": timedelta(minutes=5),
    "audit.tasks.verify_nightly": timedelta(days=1),
    "audit.tasks.prune_nightly": timedelta(days=1),
    "tenants.tasks.prove_isolation_nightly": timedelta(days=1),
    "privacy.tasks.erase_everywhere": timedelta(days=1),
}

# What fell due while nothing ran is done when beat starts, not after its first pause. To look
# whether something is late would be too early then.
AT_ONCE = (
    "recurring.tasks.follow_law_everywhere",  # an update may have brought other time zones
    "coopcycle.tasks.send_outbox_everywhere",
    "recurring.tasks.generate_everywhere",
    "audit.tasks.seal_everywhere",
)

# A tick that nobody took before the next one is dropped: the next does the same work.
SCHEDULE: dict[str, dict[str, Any]] = {
    name: {"task": name, "schedule": pause, "options": {"expires": pause.total_seconds()}}
    for name, pause in EVERY.items()
}
