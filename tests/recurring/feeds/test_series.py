"""Series of random standing orders, written and read back by another library."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopcycle.demo.grenoble import GRENOBLE
from recurring.expansion import resolve
from recurring.feeds.agenda import Entry
from recurring.feeds.series import Coming, Days, Span, portable, series_of
from recurring.feeds.words import EventWords
from recurring.feeds.writing import write_calendar
from recurring.patterns import MonthlyByWeekday, Pattern, Weekly, rule_of
from recurring.rules import parse_rule
from recurring.schedule import (
    Action,
    Break,
    Decision,
    Policy,
    Term,
    Terms,
    WorkCalendar,
    schedule,
)
from tests.recurring.feeds.conftest import read_back, utc

DAYS = Days(date(2026, 10, 1), date(2027, 11, 30))
PLAIN, OWN = EventWords("Plain"), EventWords("Changed")
HOLIDAYS = {
    date(2026, 11, 1): "All Saints",
    date(2026, 11, 11): "Armistice",
    date(2026, 12, 25): "Christmas",
    date(2026, 12, 26): "St Stephen",
    date(2027, 1, 1): "New Year",
    date(2027, 3, 26): "Good Friday",
    date(2027, 3, 29): "Easter Monday",
    date(2027, 5, 1): "Labour Day",
}
CALENDAR = WorkCalendar(holidays=HOLIDAYS)
RULES = (
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=4",
    "FREQ=DAILY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;BYDAY=TU,FR",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,TU;WKST=SU",
    "FREQ=WEEKLY;BYDAY=TH;COUNT=9",
    "FREQ=MONTHLY;BYMONTHDAY=1,15",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=5TH",
    "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
)
days = st.dates(date(2026, 9, 20), date(2027, 6, 1))
# Odd minutes, because the reading library takes 06:30Z and 06:30 on the wall clock for one.
clocks = st.sampled_from([time(0), time(2, 30), time(6, 41), time(23, 17)])
policies = st.sampled_from(list(Policy))
offsets = st.sampled_from([0, -60, -12 * 60, -26 * 60])


@st.composite
def standing(draw) -> Terms:
    """Up to two versions, pauses, added dates, and decisions about dates that exist."""
    zone = ZoneInfo(draw(st.sampled_from(["Europe/Paris", "America/Toronto", "Atlantic/Canary"])))
    bounds = [datetime.min, *draw(st.lists(days, max_size=1))]  # noqa: DTZ901 - naive
    versions = tuple(
        Term(
            number=number,
            rule=parse_rule(draw(st.sampled_from(RULES))),
            dtstart=datetime.combine(draw(days), draw(clocks)),
            policy=draw(policies),
            valid_from=begins
            if isinstance(begins, datetime)
            else datetime.combine(begins, time.min),
        )
        for number, begins in enumerate(bounds, start=1)
    )
    breaks = draw(st.lists(st.tuples(days, st.integers(0, 30) | st.none()), max_size=2))
    pauses = tuple(
        Break(first, None if length is None else first + timedelta(days=length))
        for first, length in breaks
    )
    terms = Terms(zone, versions, pauses)
    originals = [p.original for p in schedule(terms, CALENDAR, DAYS.first, date(2027, 3, 1))]
    chosen = draw(st.lists(st.sampled_from(originals), max_size=5)) if originals else []
    added = draw(st.lists(st.tuples(days, clocks), max_size=3))
    return Terms(
        zone,
        versions,
        pauses,
        decisions={original: draw(decisions(original)) for original in chosen},
        added=frozenset(datetime.combine(*each) for each in added),
    )


@st.composite
def decisions(draw, original: datetime) -> Decision:
    action = draw(st.sampled_from(list(Action)))
    if action == Action.CANCEL:
        return Decision(action)
    to = original + timedelta(days=draw(st.integers(-9, 9)), minutes=draw(st.integers(-90, 90)))
    return Decision(action, to if action == Action.MOVE else None)


def instants(planned, zone: ZoneInfo, offset: int) -> tuple[datetime, datetime]:
    opens = planned.start + timedelta(minutes=offset)
    after = resolve(opens, zone).at
    before = resolve(opens + timedelta(minutes=90), zone).at
    return after, before if utc(before) > utc(after) else after + timedelta(minutes=90)


def written(terms: Terms, offset: int) -> tuple[bytes, list[tuple[datetime, datetime]]]:
    """The file, and what it should say."""
    span = Span(timedelta(minutes=offset), timedelta(minutes=90))
    planned = [p for p in schedule(terms, CALENDAR, DAYS.first, DAYS.last) if not p.is_skipped]
    bounds = [*(term.valid_from for term in terms.versions), datetime.max]  # noqa: DTZ901 - naive
    entries = []
    for term, stretch in zip(terms.versions, pairwise(bounds), strict=True):
        coming = [
            Coming(p.original, *instants(p, terms.zone, offset), words_of(p))
            for p in planned
            if p.version == term.number
        ]
        series = series_of(
            term, stretch, coming, words=PLAIN, span=span, days=DAYS, zone=terms.zone
        )
        entries.append(
            Entry(f"v{term.number}", series, 1, datetime(2026, 11, 1, tzinfo=terms.zone))
        )
    body = write_calendar("Test", entries, zone=terms.zone, days=DAYS, language="en")
    return body, sorted(tuple(map(utc, instants(p, terms.zone, offset))) for p in planned)


def words_of(planned) -> EventWords:
    return OWN if planned.reason == "changed" else PLAIN


@settings(max_examples=150, deadline=None)
@given(standing(), offsets)
def test_any_standing_order_reads_back_as_scheduled(terms, offset):
    body, wanted = written(terms, offset)
    assert read_back(body, date(2026, 9, 1), date(2028, 1, 1)) == wanted


@settings(max_examples=60, deadline=None)
@given(standing(), offsets)
def test_no_trap_of_calendar_programs_is_written(terms, offset):
    body, _wanted = written(terms, offset)
    for event in icalendar.Calendar.from_ical(body).walk("VEVENT"):
        rule = event.get("RRULE", {})
        assert rule or "RDATE" not in event
        assert "COUNT" not in rule
        assert not rule or "UNTIL" in rule
        excluded = dates(event, "EXDATE")
        assert not excluded & {event["DTSTART"].dt}
        assert not excluded & dates(event, "RDATE")
        assert all(added > event["DTSTART"].dt for added in dates(event, "RDATE"))
        assert not ("BYSETPOS" in rule and "BYMONTHDAY" in rule)


def dates(event, name) -> set[datetime]:
    found = event.get(name, [])
    return {
        each.dt for part in (found if isinstance(found, list) else [found]) for each in part.dts
    }


@pytest.mark.parametrize("seed", GRENOBLE.standing, ids=lambda seed: seed.name)
@pytest.mark.parametrize("offset", [0, -60, -12 * 60])
def test_the_standing_orders_of_the_demo_read_back(seed, offset):
    first = date(2026, 11, 24)
    shape = MonthlyByWeekday(*seed.monthly) if seed.monthly else Weekly(tuple(seed.weekdays))
    term = Term(
        number=1,
        rule=rule_of(Pattern(shape)),
        dtstart=datetime.combine(first, seed.window[0]),
        policy=Policy(seed.holidays),
    )
    pause = Break(date(2026, 12, 28), date(2027, 1, 3), "Congés")
    skipped = {datetime(2026, 12, 8, 6, 30): Decision(Action.CANCEL)}
    body, wanted = written(Terms(ZoneInfo("Europe/Paris"), (term,), (pause,), skipped), offset)
    assert read_back(body, date(2026, 9, 1), date(2028, 1, 1)) == wanted
    assert len(wanted) > 10


@pytest.mark.parametrize(
    ("rule", "shift", "written_as"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,TH", -1, "FREQ=WEEKLY;BYDAY=WE,SU;WKST=SU"),
        ("FREQ=WEEKLY;INTERVAL=2", -1, "FREQ=WEEKLY;INTERVAL=2;WKST=SU"),
        ("FREQ=DAILY;INTERVAL=2", -1, "FREQ=DAILY;INTERVAL=2"),
        ("FREQ=DAILY;BYDAY=MO", -1, "FREQ=WEEKLY;BYDAY=SU;WKST=SU"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", 0, None),
        ("FREQ=MONTHLY;BYMONTHDAY=1", -1, None),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", 0, "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", 0, None),
        ("FREQ=MONTHLY;BYDAY=1MO,FR", 0, None),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", 0, None),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28", 0, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28"),
        ("FREQ=YEARLY;BYDAY=20MO", 0, None),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=3", 0, "FREQ=WEEKLY;BYDAY=MO"),
    ],
)
def test_rules_that_programs_misread_become_single_events(rule, shift, written_as):
    found = portable(parse_rule(rule), datetime(2026, 11, 24, 6, 30), shift)
    assert (None if found is None else str(found)) == written_as
