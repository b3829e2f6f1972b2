"""The co-op's own calendar: its weekdays, local closures, holidays on which it rides, a library's
new mind.

A change of it moves dates of standing orders, so each act can be rehearsed. Standing orders whose
dates stay are left alone.
"""

from collections.abc import Callable, Sequence
from copy import copy
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.errors import DomainError
from recurring.holidays import Difference
from recurring.models import HolidayDay, SettledWeek, StandingOrder
from recurring.services.acting import Kind, require_cooperative
from recurring.services.consequences import Consequences
from recurring.services.together import carry_out_together
from recurring.storage import lock_generation
from tenants.context import in_cooperative
from tenants.settings import own_settings


def close_day(
    day: date,
    name: str,
    *,
    actor: User,
    at: datetime,
    cancels_made: bool = True,
    is_rehearsal: bool = False,
) -> Consequences:
    """The co-op does not ride on this day: a local holiday, an inventory, a fair.

    Without `cancels_made`, orders made for it are still delivered.
    """

    def write() -> None:
        row, is_new = HolidayDay.objects.get_or_create(
            day=day, defaults={"name": name, "is_local": True}
        )
        if not is_new:
            row.name, row.is_worked = name or row.name, False
            row.save(update_fields=["name", "is_worked"])

    change = _holiday(None, [day.isoformat(), name])
    found = _carry_out(write, change, actor, at, is_rehearsal, cancels_made=cancels_made)
    return found.on_days(day, day)


def open_day(day: date, *, actor: User, at: datetime, is_rehearsal: bool = False) -> Consequences:
    """The co-op rides on this day: a local closure goes, a public holiday is worked.

    Raises DomainError when it does so already.
    """

    def write() -> None:
        if not HolidayDay.objects.filter(day=day, is_worked=False).exists():
            raise DomainError(_("You ride on this day already."))
        HolidayDay.objects.filter(day=day, is_local=True).delete()
        HolidayDay.objects.filter(day=day).update(is_worked=True)

    change = _holiday([day.isoformat(), ""], None)
    return _carry_out(write, change, actor, at, is_rehearsal)


def work_on(
    weekdays: Sequence[int], *, actor: User | None, at: datetime, is_rehearsal: bool = False
) -> Consequences:
    """The co-op rides on these ISO weekdays: what a holiday shifts looks for its day anew.

    Runs inside the co-op as it was before; its settings themselves are not written here.
    """

    def write() -> None:
        require_cooperative().working_weekdays = list(weekdays)

    former = sorted(require_cooperative().working_weekdays)
    change = {"what": "weekdays", "before": former, "after": sorted(weekdays)}
    return _carry_out(write, change, actor, at, is_rehearsal)


def remember_week(*, actor: User) -> None:
    """Keep by which weekdays orders stand now: to be called before somebody changes them."""
    week, is_new = SettledWeek.objects.get_or_create(
        pk=1, defaults={"weekdays": own_settings().working_weekdays, "asked_by": actor}
    )
    if not is_new:
        week.asked_by = actor
        week.save(update_fields=["asked_by"])


def follow_week(*, at: datetime) -> Consequences:
    """Settle made orders by the weekdays that the settings say, if they stand by others.

    Cut off after the settings were written, the next run of generation does it. Twice does no harm.
    """
    settings = own_settings()
    if not SettledWeek.objects.exclude(weekdays=settings.working_weekdays).exists():
        return Consequences()
    with transaction.atomic():
        lock_generation()
        week = SettledWeek.objects.select_for_update(of=("self",)).get()
        former = copy(settings)
        former.working_weekdays = week.weekdays
        with in_cooperative(former):
            found = work_on(settings.working_weekdays, actor=week.asked_by, at=at)
        week.weekdays = settings.working_weekdays
        week.save(update_fields=["weekdays"])
    return found


def settle_difference(
    difference: Difference,
    *,
    applies: bool,
    actor: User,
    at: datetime,
    is_rehearsal: bool = False,
) -> Consequences:
    """Take over what the library says now, or keep the calendar as it is and ask no more."""

    def write() -> None:
        HolidayDay.objects.bulk_create(
            HolidayDay(day=day, name=name[:120], is_worked=not applies)
            for day, name in difference.added.items()
        )
        gone = HolidayDay.objects.filter(day__in=list(difference.removed))
        if applies:
            gone.delete()
        else:
            gone.update(is_local=True)
        for day, (_kept, name) in difference.renamed.items():
            row = HolidayDay.objects.filter(day=day)
            row.update(name=name[:120]) if applies else row.update(is_local=True)

    days = [*difference.added, *difference.removed]
    change = _holiday(None, [str(days[0]) if days else "", ""])
    return _carry_out(write, change, actor, at, is_rehearsal)


def _holiday(before: list[str] | None, after: list[str] | None) -> dict[str, Any]:
    """For the history: a day and its name."""
    return {"what": "holiday", "before": before, "after": after}


def _carry_out(
    write: Callable[[], None],
    change: dict[str, Any],
    actor: User | None,
    at: datetime,
    is_rehearsal: bool,
    *,
    cancels_made: bool = True,
) -> Consequences:
    def written(_orders: Sequence[StandingOrder]) -> list[dict[str, Any]]:
        write()
        return [change]

    def together(ids: Sequence[int], *, rehearses: bool) -> Consequences:
        with in_cooperative(copy(require_cooperative())):  # `write` may change what it is like
            return carry_out_together(
                ids,
                written,
                kind=Kind.EDITED,
                actor=actor,
                at=at,
                is_rehearsal=rehearses,
                cancels_made=cancels_made,
                generates=True,
            )

    active = StandingOrder.objects.going_on()
    found = together(list(active.values_list("pk", flat=True)), rehearses=True)
    return found if is_rehearsal else together(_touched(found), rehearses=False)


def _touched(found: Consequences) -> list[int]:
    notes = (
        *found.made_now,
        *found.dropped,
        *found.updated,
        *found.cancelled,
        *found.revived,
        *found.left,
    )
    return sorted({note.standing_order_id for note in notes})
