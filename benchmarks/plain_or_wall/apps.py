"""Our apps as plain Django would have them."""

from django.apps import AppConfig


class AuditModels(AppConfig):
    """The tables of the trail, which others name; not what the platform hangs on them."""

    name = "audit"
