from django.apps import AppConfig


class AuditConfig(AppConfig):
    """What was done, by whom, in a chain that nobody can alter unseen."""

    name = "audit"

    def ready(self) -> None:
        from audit import doors

        doors.listen()
