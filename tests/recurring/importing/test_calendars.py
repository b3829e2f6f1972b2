"""Reading an iCalendar file: the events that repeat, with their single dates."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from recurring.importing.calendars import read_calendar
from recurring.importing.rows import with_dates_checked
from recurring.services import WindowDraft

PARIS = ZoneInfo("Europe/Paris")


def event(*lines: str, start="20261201T063000", zone=";TZID=Europe/Paris", end="20261201T080000"):
    return [
        "BEGIN:VEVENT",
        "UID:1@example.org",
        "SUMMARY:Fruit",
        f"DTSTART{zone}:{start}",
        *([f"DTEND{zone}:{end}"] if end else []),
        *lines,
        "END:VEVENT",
    ]


def calendar(*events: list[str]) -> str:
    lines = [line for each in events for line in each]
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *lines, "END:VCALENDAR", ""]
    )


def read(text: str, zone: ZoneInfo = PARIS):
    rows = read_calendar(text, kind="supply", zone=zone)
    return [with_dates_checked(r, zone_name=zone.key, today=date(2026, 11, 24)) for r in rows]


def test_an_event_that_repeats():
    (row,) = read(calendar(event("RRULE:FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=20270630T043000Z")))
    assert (row.line, row.name, row.problems) == (4, "Fruit", ())
    assert str(row.draft.rule) == "FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=20270630"
    assert row.draft.windows == (WindowDraft(time(6, 30), 90),)
    assert row.draft.first_day == date(2026, 12, 1)


def test_single_dates_are_kept():
    master = event(
        "RRULE:FREQ=WEEKLY",
        "EXDATE;TZID=Europe/Paris:20261208T063000,20261215T063000",
        "EXDATE;VALUE=DATE:20261222",
        "RDATE;TZID=Europe/Paris:20261203T110000",
        "RDATE:20261204T100000Z",
    )
    moved = event(
        "RECURRENCE-ID;TZID=Europe/Paris:20261229T063000",
        start="20261230T090000",
        end="20261230T110000",
    )
    off = event("RECURRENCE-ID:20270105T053000Z", "STATUS:CANCELLED")
    same = event(
        "RECURRENCE-ID;TZID=Europe/Paris:20270112T063000",
        start="20270112T063000",
        end="20270112T080000",
    )
    (row,) = read(calendar(master, moved, off, same))
    assert row.exceptions.skipped == {
        datetime(2026, 12, 8, 6, 30),
        datetime(2026, 12, 15, 6, 30),
        datetime(2026, 12, 22, 6, 30),
        datetime(2027, 1, 5, 6, 30),
    }
    assert row.exceptions.added == {datetime(2026, 12, 3, 11), datetime(2026, 12, 4, 11)}
    assert row.exceptions.moved == {datetime(2026, 12, 29, 6, 30): (datetime(2026, 12, 30, 9), 120)}


def test_several_events_have_their_own_lines():
    other = [line.replace("UID:1", "UID:2") for line in event("RRULE:FREQ=DAILY")]
    first, second = read(calendar(event(), other))
    assert (first.line, second.line) == (4, 10)
    assert "does not repeat" in first.problems[0].sentence
    assert second.is_good


@pytest.mark.parametrize(
    ("lines", "options", "sentence"),
    [
        ((), {}, "does not repeat"),
        (("RRULE:FREQ=HOURLY",), {}, "The finest rule is FREQ=DAILY"),
        (("RRULE:FREQ=YEARLY;BYWEEKNO=20",), {}, "instead of BYWEEKNO"),
        (("RRULE:FREQ=WEEKLY;BYSETPOS=1;BYDAY=TU",), {}, "Leave BYSETPOS out"),
        (("RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), {}, "several rules"),
        (("RRULE:FREQ=DAILY",), {"end": ""}, "has no end"),
        (("RRULE:FREQ=DAILY", "DURATION:PT5M"), {"end": ""}, "a quarter of an hour to a day"),
        (("RRULE:FREQ=DAILY",), {"end": "20261201T050000"}, "a quarter of an hour to a day"),
        (("RRULE:FREQ=DAILY",), {"zone": ";TZID=America/Toronto"}, "Set it to Europe/Paris"),
        (
            ("RRULE:FREQ=DAILY;COUNT=3",),
            {"start": "20251201T063000", "end": "20251201T080000"},
            "No date of it lies in the coming year",
        ),
        (
            ("RRULE:FREQ=DAILY",),
            {"zone": ";VALUE=DATE", "start": "20261201", "end": "20261202"},
            "lasts whole days",
        ),
    ],
)
def test_what_cannot_become_a_standing_order(lines, options, sentence):
    (row,) = read(calendar(event(*lines, **options)))
    assert sentence in row.problems[0].sentence


def test_this_and_following_is_refused():
    changed = event("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20261208T063000")
    (row,) = read(calendar(event("RRULE:FREQ=WEEKLY"), changed))
    assert "changes from a date on" in row.problems[0].sentence


@pytest.mark.parametrize("zone", [";TZID=Europe/Brussels", ""])
def test_a_zone_with_the_same_clock_and_none_at_all(zone):
    (row,) = read(calendar(event("RRULE:FREQ=WEEKLY", zone=zone)))
    assert row.is_good


def test_utc_is_another_clock():
    (row,) = read(
        calendar(
            event("RRULE:FREQ=WEEKLY", zone="", start="20261201T053000Z", end="20261201T070000Z")
        )
    )
    assert "time zone UTC" in row.problems[0].sentence


def test_an_old_anchor_keeps_every_second_week():
    (row,) = read(
        calendar(
            event("RRULE:FREQ=WEEKLY;INTERVAL=2", start="20200107T063000", end="20200107T080000")
        )
    )
    assert row.draft.first_day == date(2020, 1, 7)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "no event"),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "no event|cannot be read"),
        ("BEGIN:VCALENDAR\r\n" * 3000, "no event|cannot be read"),
        (calendar(*[event("RRULE:FREQ=DAILY")] * 101), "100 events"),
    ],
)
def test_what_is_no_such_calendar(text, sentence):
    with pytest.raises(ValidationError, match=sentence):
        read(text)


BROKEN = st.sampled_from(
    [
        "RRULE:",
        "RRULE:FREQ=DAILY;UNTIL=soon",
        "RRULE:FREQ=DAILY;INTERVAL=99999999999999999999",
        "RRULE;X=1:FREQ=WEEKLY;BYDAY=ZZ",
        "EXDATE:nonsense",
        "EXDATE;TZID=Mars/Base:20261201T063000",
        "RDATE;VALUE=PERIOD:20261203T110000Z/PT1H",
        "RECURRENCE-ID:99999999T999999",
        "DTEND:20261201T080000",
        "DURATION:P999999999999D",
        "DTSTART;TZID=:",
        "STATUS:CANCELLED",
        "SUMMARY:" + "x" * 500,
        "UID:",
        "BEGIN:VALARM",
        "END:VALARM",
        "no colon at all",
        ":",
        "\x07;=:",
        " folded",
    ]
)


@given(
    st.lists(BROKEN, max_size=6), st.sampled_from(["20261201T063000", "soon", "00010101T000000"])
)
def test_no_calendar_breaks_the_page(lines, start):
    try:
        rows = read(calendar(event(*lines, start=start)))
    except ValidationError:
        return
    assert all(row.is_good or row.problems for row in rows)
