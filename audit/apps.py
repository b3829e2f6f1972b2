from django.apps import AppConfig


class AuditConfig(AppConfig):
    """What was done, by whom, in a chain that nobody can alter unseen."""

    name = "audit"

    def ready(self) -> None:
        from audit import doors
        from audit.recording import Kind, record
        from tenants.backup import restoring

        doors.listen()
        restoring.AFTER.append(lambda taken_at: record(Kind.RESTORED, backup_of=taken_at))
