from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoopcycleConfig(AppConfig):
    """The small modules that every app uses; owns the outbox."""

    name = "coopcycle"
    label = "coopcycle"
    verbose_name = _("Platform")

    def ready(self) -> None:
        """Every process publishes through our Celery, also those that import no task; and its
        forms speak our sentences."""
        import coopcycle.celery  # noqa: F401
        from coopcycle import form_sentences, logs, metrics, outbox  # noqa: F401 - logs register
        from coopcycle.db import lookups  # noqa: F401 - it registers itself
        from coopcycle.mail import MAIL

        form_sentences.speak()
        metrics.gauge(
            "outbox_waiting", "Messages that are due and not sent", lambda _coop: outbox.count_due()
        )
        metrics.gauge(
            "outbox_dead", "Messages that were given up", lambda _coop: outbox.count_dead()
        )
        metrics.gauge(
            "outbox_oldest_seconds",
            "For how long the next message has been due",
            lambda _coop: outbox.oldest_due_seconds(),
        )
        metrics.gauge(
            "mail_failing",
            "Mails that could not be sent so far, given up or tried again later",
            lambda _coop: outbox.count_failing(MAIL),
        )
