"""Changing the rule or its contents, for all dates to come or from one on, and ending it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from accounts.models import User
from recurring.calendars import terms_of
from recurring.couriers import follow_tour
from recurring.expansion import parse_local, zone_named
from recurring.history import facts_of, what_differs
from recurring.models import Occurrence, StandingOrder
from recurring.rules import parse_rule
from recurring.schedule import Terms, originals_on
from recurring.services.acting import Act, Kind, Written, carry_out, loaded
from recurring.services.consequences import Consequences
from recurring.services.drafts import RuleDraft
from recurring.services.orphans import sort_orphans
from recurring.services.versions import (
    add_version,
    copy_version,
    first_open_day,
    goes_on_from,
    governing,
    require_dates,
    start_of,
)

State = Occurrence.State


class Scope(StrEnum):
    """Which dates an edit reaches; one date alone is recurring.services.change_date."""

    FOLLOWING = "following"
    ALL = "all"


def edit_standing_order(
    draft: RuleDraft,
    *,
    standing_order_id: int,
    version: int,
    actor: User,
    at: datetime,
    scope: Scope = Scope.ALL,
    original_start: str = "",
    keeps: Collection[str] | None = None,
    is_rehearsal: bool = False,
) -> Consequences:
    """Change the rule or its contents: all dates that are not closed yet, or `original_start` and
    those that follow. The past is never rewritten.

    `keeps` names the dates that hands moved or changed and that the new rule no longer gives: they
    stay as dates of their own, the others (`orphans`) go. Without it such dates refuse the edit,
    for nothing decided by hand is lost unasked. Raises DomainError when the page was stale (409) or
    the rule gives no date (422). A rehearsal only says what would happen.
    """
    require_dates(draft)
    act = Act(Kind.EDITED, standing_order_id, version, actor, at, is_rehearsal, original_start)

    def write(order: StandingOrder) -> Written:
        begins = first_open_day(order, at=at)
        if scope == Scope.FOLLOWING:
            begins = max(begins, parse_local(original_start).date())
        former = loaded(order)
        order.name = draft.name
        order.usual_courier_id, order.usual_tour_id = draft.usual_courier_id, draft.usual_tour_id
        order.state = StandingOrder.State.ACTIVE
        order.save()
        if former.usual_tour_id != order.usual_tour_id:
            follow_tour(order, at=at)
        _begin_anew(order, former, draft, begins, actor=actor, at=at)
        changed = loaded(order)
        _follow_times(order, terms_of(former), terms_of(changed), begins)
        written = _written(former, changed, begins)
        written.orphans = sort_orphans(order, begins, keeps, is_rehearsal=is_rehearsal)
        return written

    return carry_out(act, write)


def end_standing_order(
    *,
    standing_order_id: int,
    version: int,
    last_day: date,
    actor: User,
    at: datetime,
    cancels_made: bool = True,
    keeps: Collection[str] | None = None,
    is_rehearsal: bool = False,
) -> Consequences:
    """Nothing after `last_day`: the future stops, the past stays. `keeps` as in an edit.

    Without `cancels_made`, orders made for later days are still delivered.
    """
    last_day = min(last_day, date.max - timedelta(days=1))  # there is a day after it
    act = Act(Kind.ENDED, standing_order_id, version, actor, at, is_rehearsal)

    def write(order: StandingOrder) -> Written:
        former = loaded(order)
        after = last_day + timedelta(days=1)
        last = governing(former, after)
        rule = replace(parse_rule(last.rrule), count=None, until=last_day)
        copy_version(last, valid_from=start_of(after), actor=actor, at=at, rrule=str(rule))
        if last_day < at.astimezone(zone_named(order.timezone)).date():
            order.state = StandingOrder.State.ENDED
            order.save()
        written = Written([{"what": "last_day", "before": None, "after": last_day.isoformat()}])
        written.orphans = sort_orphans(
            order, after, keeps, is_rehearsal=is_rehearsal, with_added=True
        )
        return written

    return carry_out(act, write, cancels_made=cancels_made).on_days(last_day + timedelta(days=1))


def _begin_anew(
    order: StandingOrder,
    former: StandingOrder,
    draft: RuleDraft,
    begins: date,
    *,
    actor: User,
    at: datetime,
) -> None:
    """The version from `begins` on. When nothing of its count is left, it ends the day before."""
    goes_on = goes_on_from(former, draft, begins)
    if goes_on is not None:
        add_version(order, goes_on, valid_from=start_of(begins), actor=actor, at=at)
        return
    over = replace(draft, rule=replace(draft.rule, count=None, until=begins - timedelta(days=1)))
    add_version(order, over, valid_from=start_of(begins), actor=actor, at=at)


def _follow_times(order: StandingOrder, was: Terms, now: Terms, begins: date) -> None:
    """Where only the time of the day changed, dates keep what they are: they get their new name.

    Else a delivery at 7:00 instead of 6:30 would be another date, its order called off, and what
    hands decided for it lost.
    """
    overrides = {o.original_start: o for o in order.overrides.all()}
    rows = {
        o.original_start: o for o in order.occurrences.filter(original_start__gte=start_of(begins))
    }
    named = {parse_local(name).date() for name in {*overrides, *rows}}
    for day in sorted(day for day in named if day >= begins):
        before, after = originals_on(was, day), originals_on(now, day)
        gone = [original for original in before if original not in after]
        fresh = [original for original in after if original not in before]
        for old, new in zip(gone, fresh, strict=False):
            for known in (overrides, rows):
                row = known.get(old.isoformat())
                if row is not None and new.isoformat() not in known:
                    row.original_start = new.isoformat()
                    row.save(update_fields=["original_start"])
                    if isinstance(row, Occurrence):
                        _rename_decisions(order, old.isoformat(), new.isoformat())
    _forget_undone(order, now, begins)


def _rename_decisions(order: StandingOrder, old: str, new: str) -> None:
    order.stock_decisions.filter(original_start=new).delete()  # of a date long gone
    order.stock_decisions.filter(original_start=old).update(original_start=new)


def _forget_undone(order: StandingOrder, now: Terms, begins: date) -> None:
    """Dates that were skipped, failed or wait, and that the rule no longer gives, leave no row."""
    rows = order.occurrences.filter(
        original_start__gte=start_of(begins), state__in=[State.SKIPPED, State.FAILED, State.HELD]
    )
    originals = {row.pk: parse_local(row.original_start) for row in rows}
    gone = [pk for pk, o in originals.items() if o not in originals_on(now, o.date())]
    order.occurrences.filter(pk__in=gone).delete()


def _written(former: StandingOrder, changed: StandingOrder, begins: date) -> Written:
    return Written(
        what_differs(
            facts_of(former, governing(former, begins)),
            facts_of(changed, governing(changed, begins)),
        )
    )
