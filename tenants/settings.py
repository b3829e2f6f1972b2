"""A co-op changes its own settings: the one way to write a row that its login may only read.

The write runs on the federation's login, in a transaction of its own. Which row is never asked
of the browser: it is the co-op that is active. Which columns is a list.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from coopcycle.errors import DomainError
from coopcycle.middleware.cooperative import forget_hosts
from tenants.context import current_cooperative, forget_cooperatives, in_federation
from tenants.models import Cooperative

logger = logging.getLogger(__name__)

EDITABLE = frozenset(
    {
        "colour",
        "default_language",
        "generation_horizon_days",
        "languages",
        "lead_minutes",
        "missed_dates",
        "price_notice_percent",
        "subdivision",
        "timezone",
        "working_weekdays",
    }
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")


class StaleSettingsError(DomainError):
    """Somebody else has changed the settings since they were looked at."""


def own_settings() -> Cooperative:
    """The active co-op as its row stands now; processes remember it for some seconds."""
    settings: Cooperative = Cooperative.objects.get(pk=_active().pk)
    return settings


def change_settings(changes: Mapping[str, Any], *, seen: int, actor: str) -> Cooperative:
    """Write these settings of the active co-op, and return it as it is now.

    `seen` is the `settings_version` that the person looked at. What stands already is no change, so
    a form that is sent twice counts once. Raises StaleSettingsError, and DomainError 422 for values
    that cannot be. Not inside a transaction of the co-op: that belongs to another login.
    """
    if unknown := set(changes) - EDITABLE:
        raise ValueError(f"Not a setting of the co-op's own: {sorted(unknown)}")
    schema = _active().schema_name
    with in_federation(), transaction.atomic():
        held: Cooperative = Cooperative.objects.select_for_update().get(schema_name=schema)
        news = {name: value for name, value in changes.items() if getattr(held, name) != value}
        if news:
            _refuse_stale(held, seen)
            _write(held, news)
    if news:
        forget_cooperatives()
        forget_hosts()
        logger.info("Settings of %s changed by %s: %s", schema, actor, ", ".join(sorted(news)))
    return held


def _active() -> Cooperative:
    cooperative = current_cooperative()
    if cooperative is None:
        raise RuntimeError("Settings belong to a cooperative, and none is active.")
    return cooperative


def _refuse_stale(held: Cooperative, seen: int) -> None:
    if held.settings_version != seen:
        raise StaleSettingsError(
            _("Somebody has changed the settings since you opened them. Here is how they are now.")
        )


def _write(held: Cooperative, news: Mapping[str, Any]) -> None:
    for name, value in news.items():
        setattr(held, name, value)
    _refuse_impossible(held, news)
    held.settings_version += 1
    # An update of these columns alone: whatever else is in the row stays.
    Cooperative.objects.filter(pk=held.pk).update(
        **news, settings_version=F("settings_version") + 1
    )


def _refuse_impossible(held: Cooperative, news: Mapping[str, Any]) -> None:
    others = {field.name for field in Cooperative._meta.fields} - set(news)
    try:
        held.clean_fields(exclude=others)
        held.validate_constraints(exclude=others)
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), status=422) from error
    if held.timezone not in available_timezones():
        raise DomainError(_("This time zone is not known."), status=422)
    if not all(_LANGUAGE.fullmatch(code) for code in held.languages):
        raise DomainError(_("This language is not known."), status=422)
    if held.default_language not in held.languages:
        raise DomainError(_("Choose the first language among those you offer."), status=422)
    if not set(held.working_weekdays) <= set(range(1, 8)):
        raise DomainError(_("Choose at least one day of the week."), status=422)
