"""A broken trail is said to people, not only to the log."""

import logging
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction

from audit.verifying import Break, verify
from coopcycle.mail import put_mail
from tenants.context import in_federation
from tenants.models import Cooperative

logger = logging.getLogger(__name__)


def verify_everything(*, at: datetime) -> dict[str, Break]:
    """Verify all trails; name → break of those that are broken, after telling federation staff."""
    with in_federation():
        everyone = list(Cooperative.objects.order_by("pk"))
    broken: dict[str, Break] = {}
    for cooperative in [None, *everyone]:
        name = cooperative.name if cooperative else "Federation"
        if found := verify(cooperative, at=at).broken:
            logger.critical("Audit trail of %s is broken: %s %s", name, found.log, found.words)
            broken[name] = found
    if broken:
        _tell(broken, at)
    return broken


def _tell(broken: dict[str, Break], at: datetime) -> None:
    with in_federation(), transaction.atomic():
        staff = get_user_model().objects.filter(is_federation_staff=True, is_active=True)
        for person in staff:
            put_mail(
                f"audit-{at:%Y-%m-%d}-{person.pk}",
                to=person.email,
                template="audit_alarm",
                language=person.language,
                name=person.name,
                broken=[{"name": name, "words": found.words} for name, found in broken.items()],
            )
