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
        from coopcycle import metrics, outbox
        from coopcycle.db import lookups  # noqa: F401 - it registers itself

        metrics.gauge(
            "outbox_waiting", "Messages that are due and not sent", lambda _coop: outbox.count_due()
        )
        metrics.gauge(
            "outbox_dead", "Messages that were given up", lambda _coop: outbox.count_dead()
        )
