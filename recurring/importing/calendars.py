"""An iCalendar file as rows: one for each event that repeats."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from icalendar import Calendar, Component

from recurring.expansion import with_last_day
from recurring.importing.files import MOST_ROWS
from recurring.importing.rows import Exceptions, Problem, Row
from recurring.rules import Rule, RuleError, parse_rule
from recurring.services import RuleDraft, WindowDraft
from recurring.words import rule_error_words

MOST_EXCEPTIONS: Final = 1000  # of one file
_BEGIN = re.compile(r"^BEGIN:VEVENT\s*$", re.IGNORECASE)
# What a broken or hostile file makes the parser raise.
_UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)
_COMPARED = timedelta(days=30)


class Unusable(Exception):  # noqa: N818 - no error of ours: a sentence about the event
    """This event cannot become a standing order."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event and the line on which it begins."""

    line: int
    event: Component


def read_calendar(text: str, *, kind: str, zone: ZoneInfo) -> list[Row]:
    """Rows without business, goods or parcel: a calendar says when. Raises ValidationError."""
    events = _events(text)
    masters = [each for each in events if "RECURRENCE-ID" not in each.event]
    if not masters:
        raise ValidationError(_("There is no event in this calendar."))
    if len(masters) > MOST_ROWS or len(events) > MOST_EXCEPTIONS:
        raise ValidationError(
            _("A calendar may have %(number)s events. Export a shorter one.")
            % {"number": MOST_ROWS}
        )
    return [_row(each, events, kind, zone) for each in masters]


def _events(text: str) -> list[Numbered]:
    try:
        calendar = Calendar.from_ical(text)
        found = [each for each in calendar.walk("VEVENT") if isinstance(each, Component)]
    except _UNREADABLE:
        raise ValidationError(
            _("This calendar cannot be read. Export it again from your calendar program.")
        ) from None
    lines = [n for n, line in enumerate(text.splitlines(), start=1) if _BEGIN.match(line)]
    return [Numbered(line, event) for line, event in zip(lines, found, strict=False)]


def _row(master: Numbered, events: Sequence[Numbered], kind: str, zone: ZoneInfo) -> Row:
    row = Row(master.line)
    try:
        event = master.event
        row = replace(row, name=_name(event))
        start = _local(event, "DTSTART", zone)
        minutes = _minutes(event)
        rule = with_last_day(_rule(event), zone=zone, dtstart=start)
        draft = RuleDraft(
            name=row.name,
            kind=kind,
            rule=rule,
            first_day=start.date(),
            windows=(WindowDraft(start.time(), minutes),),
        )
        uid = str(event.get("UID", ""))
        others = [e.event for e in events if uid and str(e.event.get("UID", "")) == uid]
        exceptions = _exceptions(event, others, start, minutes, zone)
        return replace(row, draft=draft, exceptions=exceptions)
    except Unusable as problem:
        return replace(row, problems=(Problem("", str(problem)),))
    except RuleError as error:
        return replace(row, problems=(Problem("RRULE", rule_error_words(error)),))
    except _UNREADABLE:
        sentence = _("This event cannot be read. Enter it by hand.")
        return replace(row, problems=(Problem("", sentence),))


def _name(event: Component) -> str:
    return " ".join(str(event.get("SUMMARY", "")).split())[:120] or _("From a calendar")


def _rule(event: Component) -> Rule:
    written = event.get("RRULE")
    if written is None:
        raise Unusable(_("This event does not repeat. Order for its day instead."))
    if isinstance(written, list) or "EXRULE" in event:
        raise Unusable(_("This event has several rules. Make one event for each."))
    return parse_rule(written.to_ical().decode())


def _minutes(event: Component) -> int:
    """How long the window is, on the wall clock."""
    start = event.decoded("DTSTART")
    if "DURATION" in event:
        length = event.decoded("DURATION")
    elif "DTEND" in event:
        length = _naive(event.decoded("DTEND")) - _naive(start)
    else:
        raise Unusable(_("This event has no end. Give it the time until which you are there."))
    minutes = int(length.total_seconds() // 60)
    if not 15 <= minutes <= 1440:
        raise Unusable(_("An event must last from a quarter of an hour to a day."))
    return minutes


def _local(event: Component, name: str, zone: ZoneInfo) -> datetime:
    if name not in event:
        raise Unusable(_("This event has no start."))
    return _wall_clock(event.decoded(name), zone)


def _wall_clock(moment: date | datetime, zone: ZoneInfo) -> datetime:
    """The time on the co-op's clock. Another zone's clock changes on other days: refused."""
    if not isinstance(moment, datetime):
        raise Unusable(_("This event lasts whole days. Give it a start and an end."))
    if moment.tzinfo is None or _has_same_clock(moment, zone):
        return moment.replace(tzinfo=None, second=0, microsecond=0)
    raise Unusable(
        _("This event is in the time zone %(zone)s. Set it to %(own)s in your calendar program.")
        % {"zone": moment.tzname() or "?", "own": zone.key}
    )


def _has_same_clock(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the two zones agree all the year: Brussels and Paris do."""
    assert moment.tzinfo is not None  # noqa: S101 - the caller looked
    months = [moment.replace(tzinfo=None, fold=0) + _COMPARED * n for n in range(13)]
    return all(
        local.replace(tzinfo=moment.tzinfo).utcoffset() == local.replace(tzinfo=zone).utcoffset()
        for local in months
    )


def _exceptions(
    master: Component,
    others: Sequence[Component],
    start: datetime,
    minutes: int,
    zone: ZoneInfo,
) -> Exceptions:
    skipped = set(_listed(master, "EXDATE", start, zone))
    added = set(_listed(master, "RDATE", start, zone)) - skipped
    moved: dict[datetime, tuple[datetime, int | None]] = {}
    for event in others:
        if "RECURRENCE-ID" not in event:
            continue
        if event["RECURRENCE-ID"].params.get("RANGE"):
            raise Unusable(
                _("This event changes from a date on. Make a new event that begins there.")
            )
        (original,) = _at_start(event.decoded("RECURRENCE-ID"), start, zone)
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            skipped.add(original)
            continue
        to, length = _local(event, "DTSTART", zone), _minutes(event)
        if to != original or length != minutes:
            moved[original] = (to, None if length == minutes else length)
    kept = {original: to for original, to in moved.items() if original not in skipped}
    return Exceptions(frozenset(skipped), kept, frozenset(added))


def _listed(event: Component, name: str, start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    written: Any = event.get(name, [])
    for each in written if isinstance(written, list) else [written]:
        for value in each.dts:
            moment = value.dt[0] if isinstance(value.dt, tuple) else value.dt  # a period
            yield from _at_start(moment, start, zone)


def _at_start(moment: date | datetime, start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """A moment of the list on the co-op's clock; a bare day means that day's occurrence."""
    if not isinstance(moment, datetime):
        yield datetime.combine(moment, start.time())
    elif moment.tzinfo is None:
        yield moment.replace(second=0, microsecond=0)
    else:
        yield moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def _naive(moment: date | datetime) -> datetime:
    if not isinstance(moment, datetime):
        raise Unusable(_("This event lasts whole days. Give it a start and an end."))
    return moment.replace(tzinfo=None)
