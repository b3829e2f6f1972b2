"""A co-op's settings are changed, and its standing orders follow."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from coopcycle.failpoints import reach
from recurring.services import Consequences, follow_zone
from recurring.services.holidays import follow_week, remember_week, work_on
from recurring.services.zones import on_other_clocks, take_ended_along
from recurring.tasks import generate_for_cooperative
from tenants import settings
from tenants.context import in_cooperative
from tenants.models import Cooperative

# What decides which dates are made: generation does not wait for its next turn.
_GENERATES = ("generation_horizon_days", "subdivision", "working_weekdays")


def rehearse_settings(changes: Mapping[str, Any], *, actor: User, at: datetime) -> Consequences:
    """What happens to orders that are made when the co-op rides on other days of the week."""
    weekdays = changes["working_weekdays"]
    if weekdays == settings.own_settings().working_weekdays:
        return Consequences()
    return work_on(weekdays, actor=actor, at=at, is_rehearsal=True)


def change_settings(
    changes: Mapping[str, Any], *, seen: int, actor: User, at: datetime
) -> Cooperative:
    """Keep these settings of the active co-op; soon after, what falls due by them is made.

    Orders that are made stay as they are, but for those that a holiday had shifted when the days of
    the week change: that follows in a transaction of its own, or in the next run. Raises DomainError, also for a stale `seen`.
    """
    before = settings.own_settings()
    if changes.get("working_weekdays", before.working_weekdays) != before.working_weekdays:
        remember_week(actor=actor)
    changed = settings.change_settings(changes, seen=seen, actor=str(actor))
    reach("settings written")
    follow_week(at=at)
    if any(getattr(before, name) != getattr(changed, name) for name in _GENERATES):
        transaction.on_commit(generate_for_cooperative.delay)
    return changed


def rehearse_zone(timezone: str, *, actor: User, at: datetime) -> Consequences:
    """What happens to standing orders when the co-op's clock becomes that of `timezone`."""
    moved = copy(settings.own_settings())
    moved.timezone = timezone
    with in_cooperative(moved):
        return follow_zone(timezone, actor=actor, at=at, is_rehearsal=True)


def change_zone(timezone: str, *, seen: int, actor: User, at: datetime) -> Consequences:
    """Move the co-op's clock, and its standing orders with it.

    The two are rows of two logins, so there are two transactions. Cut off between them, the settings
    say how many standing orders stayed behind; the same act again takes them along.
    """
    changed = settings.change_settings({"timezone": timezone}, seen=seen, actor=str(actor))
    with in_cooperative(changed):
        take_ended_along(timezone)
        if not on_other_clocks(timezone).exists():
            return Consequences()
        return follow_zone(timezone, actor=actor, at=at)


def left_behind(cooperative: Cooperative) -> int:
    """Active standing orders that live on another clock than their co-op."""
    return on_other_clocks(cooperative.timezone).count()
