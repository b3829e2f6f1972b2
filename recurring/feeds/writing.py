"""Entries as an iCalendar file (RFC 5545)."""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Event, Timezone, vDDDTypes, vRecur

from recurring.feeds.agenda import Entry
from recurring.feeds.series import Dated, Days, has_two_readings
from recurring.feeds.words import EventWords

ASK_AGAIN_AFTER = timedelta(hours=1)


def write_calendar(
    name: str, entries: Iterable[Entry], *, zone: ZoneInfo, days: Days, language: str
) -> bytes:
    """The file that programs subscribe to. The same entries give the same bytes."""
    entries = list(entries)
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", f"-//CoopCycle//Calendars//{language.upper()}")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    for label in ("name", "x-wr-calname"):
        calendar.add(label, _clean(name))
    calendar.add("x-wr-timezone", zone.key)
    calendar.add("refresh-interval", ASK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for key in sorted({zone.key, *(entry.series.zone.key for entry in entries)}):
        calendar.add_component(_timezone(key, days))
    for entry in entries:
        for event in _events(entry):
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _timezone(key: str, days: Days) -> Timezone:
    """The zone's clock changes around these days, each by itself.

    Lists of them (RDATE) are shorter, but ical.js then forgets the first of each list.
    """
    short = Timezone.from_tzid(
        key, first_date=date(days.first.year, 1, 1), last_date=date(days.last.year + 2, 1, 1)
    )
    changes = []
    for change in short.subcomponents:
        others = change.pop("RDATE", [])
        changes.append(change)
        for listed in others if isinstance(others, list) else [others]:
            for each in listed.dts:
                again = type(change)(change)
                again["DTSTART"] = vDDDTypes(each.dt)
                changes.append(again)
    for change in changes:
        change["DTSTART"] = vDDDTypes(_onset(change))
    zone = Timezone()
    zone.add("tzid", key)
    for change in sorted(changes, key=_begins):
        zone.add_component(change)
    return zone


def _onset(change: Component) -> datetime:
    """When a clock change comes, on the clock before it, as RFC 5545 wants.

    The library writes the end of an hour that is left out: 3:00 for a change at 2:00.
    """
    forward: timedelta = change.decoded("tzoffsetto") - change.decoded("tzoffsetfrom")
    return _begins(change) - max(forward, timedelta())


def _begins(change: Component) -> datetime:
    """When a clock change comes, on the wall clock."""
    begins: datetime = change.decoded("dtstart")
    return begins


def _events(entry: Entry) -> Iterable[Event]:
    series, zone = entry.series, entry.series.zone
    if series.start is not None:
        event = _event(entry, entry.uid, series.words)
        event.add("dtstart", series.start.replace(tzinfo=zone))
        event.add("dtend", (series.start + series.length).replace(tzinfo=zone))
        event.add("rrule", vRecur.from_ical(series.rule))
        for label, dates in (("exdate", series.excluded), ("rdate", series.added)):
            if dates:
                event.add(label, [local.replace(tzinfo=zone) for local in dates])
        yield event
    for dated in series.exceptions:
        event = _at(dated, _event(entry, entry.uid, dated.words), zone)
        event.add("recurrence-id", dated.name.replace(tzinfo=zone))
        yield event
    for dated in series.singles:
        is_alone = series.start is None and len(series.singles) == 1
        uid = entry.uid if is_alone else f"{dated.name:%Y%m%dT%H%M%S}.{entry.uid}"
        yield _at(dated, _event(entry, uid, dated.words), zone)


def _event(entry: Entry, uid: str, words: EventWords) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("status", _status(words))
    event.add("transp", "TRANSPARENT")  # somebody may come; the hour is not taken
    event.add("summary", _clean(words.summary))
    for label, text in (("description", words.description), ("location", words.location)):
        if text:
            event.add(label, _clean(text))
    return event


def _status(words: EventWords) -> str:
    if words.is_cancelled:
        return "CANCELLED"
    return "TENTATIVE" if words.is_tentative else "CONFIRMED"


def _at(dated: Dated[EventWords], event: Event, zone: ZoneInfo) -> Event:
    event.add("dtstart", _stamp(dated.start, zone))
    event.add("dtend", _stamp(dated.end, zone))
    return event


def _stamp(moment: datetime, zone: ZoneInfo) -> datetime:
    """On the wall clock; in UTC where that could be read as another instant."""
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) if has_two_readings(local, zone) else local


def _clean(text: str) -> str:
    """Without control characters, which the format does not know."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in lines if each == "\n" or unicodedata.category(each) != "Cc")
