from django.apps import AppConfig
from django.utils import timezone


class AuditConfig(AppConfig):
    """What was done, by whom, in a chain that nobody can alter unseen."""

    name = "audit"

    def ready(self) -> None:
        from audit import doors
        from audit.pruning import seconds_overdue
        from audit.recording import Kind, record
        from coopcycle import metrics
        from tenants.backup import restoring

        doors.listen()
        metrics.gauge(
            "audit_overdue_seconds",
            "How long the oldest events of the trail are past their time",
            lambda _cooperative: seconds_overdue(timezone.now()),
        )
        restoring.AFTER.append(lambda taken_at: record(Kind.RESTORED, backup_of=taken_at))
