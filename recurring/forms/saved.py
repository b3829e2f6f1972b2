"""What a standing order says now, as a draft; and what an edit would be as a change of one date."""

from dataclasses import fields, replace
from datetime import datetime

from recurring.expansion import parse_local
from recurring.models import RuleVersion, StandingOrder
from recurring.rules import parse_rule
from recurring.services import DateChange, RuleDraft, RuleLineDraft, WindowDraft

_OF_ONE_DATE = {"lines", "note", "load", "weight_grams", "windows"}
_OF_NO_DATE = {"name", "usual_courier_id"}


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
            RuleLineDraft(line.product_id, line.quantity, line.fixed_price_minor, line.fixed_until)
            for line in version.lines.all()
        ),
        carriage_minor=version.carriage_minor,
        carriage_until=version.carriage_until,
        usual_courier_id=order.usual_courier_id,
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


def change_of_one_date(saved: RuleDraft, draft: RuleDraft, original: str) -> DateChange | None:
    """The edit as a change of this date alone; None when it says more than one date can."""
    changed = what_changes(saved, draft)
    if not changed or not changed <= _OF_ONE_DATE:
        return None
    start, minutes = None, None
    if "windows" in changed:
        if len(saved.windows) != 1 or len(draft.windows) != 1:
            return None
        (window,), (former,) = draft.windows, saved.windows
        if _with_pickup(window).pickup != _with_pickup(former).pickup:
            return None  # a date keeps its distance from the pick-up
        start = datetime.combine(parse_local(original).date(), window.opens)
        minutes = window.minutes
    return DateChange(
        start=start,
        minutes=minutes,
        lines=tuple((line.product_id, line.quantity) for line in draft.lines)
        if "lines" in changed
        else (),
        load=draft.load if "load" in changed else "",
        weight_grams=draft.weight_grams if "weight_grams" in changed else None,
        note=draft.note if "note" in changed else "",
    )


def _comparable(draft: RuleDraft) -> RuleDraft:
    lines = sorted(draft.lines, key=lambda line: line.product_id)
    windows = sorted(map(_with_pickup, draft.windows), key=lambda window: window.opens)
    notes = {str(pk): note for pk, note in draft.producer_notes.items() if note}
    return replace(draft, lines=tuple(lines), windows=tuple(windows), producer_notes=notes)


def _with_pickup(window: WindowDraft) -> WindowDraft:
    """With its pick-up said, where it was left to the hour before."""
    opens, days_before = window.pickup
    return replace(window, pickup_opens=opens, pickup_days_before=days_before)
