"""What a standing order says now, as a draft; and what an edit would be as a change of one date."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from recurring.expansion import parse_local
from recurring.models import RuleVersion, StandingOrder
from recurring.models.standing import lead_between
from recurring.rules import parse_rule
from recurring.services import DateChange, RuleDraft, RuleLineDraft, WindowDraft

_OF_NO_DATE = {"name", "usual_courier_id", "usual_tour_id"}
# What an edit may change and one date alone cannot have: a part's name → fields of the draft.
PARTS: dict[str, set[str]] = {
    "name": {"name"},
    "days": {"rule", "first_day"},
    "holidays": {"holiday_policy"},
    "prices": {"carriage_minor", "carriage_until"},
    "courier": {"usual_courier_id", "usual_tour_id"},
    "recipient": {"recipient", "recipient_phone", "recipient_address_id"},
    "producer_notes": {"producer_notes"},
}


def saved_draft(order: StandingOrder, version: RuleVersion) -> RuleDraft:
    return RuleDraft(
        name=order.name,
        kind=order.kind,
        rule=parse_rule(version.rrule),
        first_day=parse_local(version.dtstart).date(),
        windows=tuple(
            WindowDraft(
                window.opens,
                window.minutes,
                pickup_opens=window.pickup_opens,
                pickup_minutes=window.pickup_minutes,
                pickup_days_before=window.pickup_days_before,
            )
            for window in version.windows.all()
        ),
        holiday_policy=version.holiday_policy,
        lines=tuple(
            RuleLineDraft(
                line.product_id,
                line.quantity,
                line.fixed_price_minor,
                line.fixed_until,
                line.substitute_id,
            )
            for line in version.lines.all()
        ),
        carriage_minor=version.carriage_minor,
        carriage_until=version.carriage_until,
        usual_courier_id=order.usual_courier_id,
        usual_tour_id=order.usual_tour_id,
        note=version.note,
        producer_notes=dict(version.producer_notes),
        recipient=version.recipient,
        recipient_phone=version.recipient_phone,
        recipient_address_id=version.recipient_address_id,
        load=version.load,
        weight_grams=version.weight_grams,
    )


def what_changes(saved: RuleDraft, draft: RuleDraft) -> set[str]:
    """Names of the draft's fields that say something else than before."""
    before, after = _comparable(saved), _comparable(draft)
    return {
        each.name
        for each in fields(RuleDraft)
        if getattr(before, each.name) != getattr(after, each.name)
    }


def touches_no_date(changed: set[str]) -> bool:
    """A new name or usual courier asks for no dates."""
    return changed <= _OF_NO_DATE


@dataclass(frozen=True, slots=True)
class OneDate:
    """What of an edit one date alone can have, and which parts hold for all dates or for none."""

    change: DateChange | None  # None: nothing of it
    left: tuple[str, ...] = ()  # keys of PARTS


def for_one_date(saved: RuleDraft, draft: RuleDraft, original: str) -> OneDate:
    """The edit for this date alone: what comes, its note and its time.

    The days, prices and names are the rule's.
    """
    changed = what_changes(saved, draft)
    left = [part for part, names in PARTS.items() if changed & names]
    said: dict[str, Any] = {
        name: getattr(draft, name) for name in ("note", "load", "weight_grams") if name in changed
    }
    if "lines" in changed:
        if _amounts(draft) != _amounts(saved):
            said["lines"] = tuple((line.product_id, line.quantity) for line in draft.lines)
        if _agreed(draft) != _agreed(saved):
            left.append("prices")
        if _substitutes(draft) != _substitutes(saved):
            left.append("substitutes")
    if "windows" in changed:
        pair = _window_of(saved, draft, original)
        if pair is None or _is_of_other_windows(saved, draft, pair):
            left.append("windows")
        if pair is not None and _pickup(pair[0]) != _pickup(pair[1]):
            said["pickup"] = _pickup(pair[1])
        if pair is not None and _times(pair[0]) != _times(pair[1]):
            day = parse_local(original).date()
            said["start"], said["minutes"] = datetime.combine(day, pair[1].opens), pair[1].minutes
    change = DateChange(**said) if said else None
    return OneDate(
        change, tuple(part for part in (*PARTS, "substitutes", "windows") if part in left)
    )


def _amounts(draft: RuleDraft) -> dict[int, Decimal]:
    return {line.product_id: line.quantity for line in draft.lines}


def _agreed(draft: RuleDraft) -> dict[int, tuple[int | None, date | None]]:
    """Agreed prices; a product that is new has none to lose."""
    lines = (line for line in draft.lines if line.fixed_price_minor is not None)
    return {line.product_id: (line.fixed_price_minor, line.fixed_until) for line in lines}


def _substitutes(draft: RuleDraft) -> dict[int, int]:
    return {line.product_id: line.substitute_id for line in draft.lines if line.substitute_id}


type _Pair = tuple[WindowDraft, WindowDraft]


def _window_of(saved: RuleDraft, draft: RuleDraft, original: str) -> _Pair | None:
    """The window in which this date comes, as it was and as it is said now."""
    before, after = _in_order(saved.windows), _in_order(draft.windows)
    opens = parse_local(original).time()
    if len(before) != len(after):
        return None
    if len(before) == 1:
        return before[0], after[0]
    pairs = zip(before, after, strict=True)
    return next((pair for pair in pairs if pair[0].opens == opens), None)


def _is_of_other_windows(saved: RuleDraft, draft: RuleDraft, pair: _Pair) -> bool:
    """Whether another window of the day changes as well."""
    former, said = pair
    others = [w for w in _in_order(saved.windows) if w != former]
    return others != [w for w in _in_order(draft.windows) if w != said]


def _pickup(window: WindowDraft) -> tuple[int, int]:
    """How many minutes it opens ahead of the window, which is kept when only that moves; how long."""
    lead = lead_between(window.pickup[1], window.pickup[0], window.opens)
    return int(lead.total_seconds()) // 60, window.pickup_minutes


def _times(window: WindowDraft) -> tuple[time, int]:
    return window.opens, window.minutes


def _in_order(windows: Iterable[WindowDraft]) -> list[WindowDraft]:
    return sorted(map(_with_pickup, windows), key=lambda window: window.opens)


def _comparable(draft: RuleDraft) -> RuleDraft:
    lines = sorted(draft.lines, key=lambda line: line.product_id)
    windows = _in_order(draft.windows)
    notes = {str(pk): note for pk, note in draft.producer_notes.items() if note}
    return replace(draft, lines=tuple(lines), windows=tuple(windows), producer_notes=notes)


def _with_pickup(window: WindowDraft) -> WindowDraft:
    """With its pick-up said, where it was left to the hour before."""
    opens, days_before = window.pickup
    return replace(window, pickup_opens=opens, pickup_days_before=days_before)
