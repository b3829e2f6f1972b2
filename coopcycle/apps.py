from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoopcycleConfig(AppConfig):
    """The small modules that every app uses; owns the outbox."""

    name = "coopcycle"
    label = "coopcycle"
    verbose_name = _("Platform")

    def ready(self) -> None:
        """Every process publishes through our Celery, also those that import no task."""
        import coopcycle.celery  # noqa: F401
