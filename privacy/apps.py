from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self) -> None:
        from privacy import erasing
        from privacy.exports import services  # noqa: F401 - it registers its outbox handler
        from tenants.backup import restoring, switching

        restoring.AFTER.append(lambda _taken_at: erasing.erase_again())
        switching.CARRIED.add("privacy_erasure")
