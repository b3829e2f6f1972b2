"""What always holds of a schedule, whatever rules, pauses, holidays and hands say."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from recurring.rules import parse_rule
from recurring.schedule import (
    SEARCH_DAYS,
    Action,
    Break,
    Decision,
    Policy,
    Reason,
    Term,
    Terms,
    WorkCalendar,
    schedule,
)

FIRST, LAST = date(2026, 11, 20), date(2027, 1, 20)
BY_HAND = {Reason.ADDED, Reason.MOVED, Reason.CHANGED}
SHIFTS = {Reason.HOLIDAY_BEFORE, Reason.HOLIDAY_AFTER}
DELIVERED = {Reason.RULE, *SHIFTS, *BY_HAND}

_days = st.dates(FIRST - timedelta(days=20), LAST + timedelta(days=20))
_clock = st.sampled_from([time(7), time(15), time(2, 30)])
_moments = st.builds(datetime.combine, _days, _clock)
_rules = st.sampled_from(
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=20",
        "FREQ=WEEKLY;BYDAY=TU,FR",
        "FREQ=WEEKLY;BYDAY=TH,FR,SA;UNTIL=20270105",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
        "FREQ=MONTHLY;BYMONTHDAY=24,25,26,31",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25",
    ]
).map(parse_rule)


@st.composite
def decisions(draw) -> Decision:
    action = draw(st.sampled_from(Action))
    return Decision(action, draw(_moments) if action == Action.MOVE else None)


@st.composite
def everything(draw) -> tuple[Terms, WorkCalendar]:
    starts = sorted(draw(st.sets(_moments, max_size=2)))
    versions = tuple(
        Term(
            number,
            draw(_rules),
            datetime.combine(FIRST - timedelta(days=40), draw(_clock)),
            draw(st.sampled_from(Policy)),
            valid_from,
            tuple(draw(st.lists(_clock, max_size=2))),
        )
        for number, valid_from in enumerate([datetime(1, 1, 1), *starts], 1)
    )
    pauses = draw(st.lists(st.tuples(_days, st.integers(0, 9) | st.none()), max_size=2))
    terms = Terms(
        ZoneInfo("Europe/Paris"),
        versions,
        tuple(Break(day, day + timedelta(n) if n is not None else None) for day, n in pauses),
        draw(st.dictionaries(_moments, decisions(), max_size=6)),
        draw(st.frozensets(_moments, max_size=3)),
    )
    holidays = draw(st.sets(_days, max_size=8)) | {date(2026, 12, 25), date(2027, 1, 1)}
    weekdays = draw(st.frozensets(st.integers(1, 7), max_size=7))
    return terms, WorkCalendar(weekdays, dict.fromkeys(holidays, "Holiday"))


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(everything(), st.sets(_days, max_size=4))
def test_what_always_holds_of_a_schedule(everything, cuts):
    terms, calendar = everything
    found = schedule(terms, calendar, FIRST, LAST)

    originals = Counter(planned.original for planned in found)
    assert all(times == 1 for times in originals.values())  # a date once, under its own name

    for planned in found:
        assert FIRST <= planned.start.date() <= LAST
        assert planned.is_skipped == (planned.reason not in DELIVERED)
        if planned.is_skipped or planned.reason == Reason.RULE:
            assert planned.start == planned.original
        if planned.reason in SHIFTS:
            assert planned.original.date() in calendar.holidays
            assert calendar.is_working(planned.start.date())
            assert not terms.pause_on(planned.start.date())
            assert planned.start.time() == planned.original.time()
            assert abs(planned.start - planned.original) <= timedelta(days=SEARCH_DAYS)
        if not planned.is_skipped and planned.reason not in BY_HAND:
            assert not terms.pause_on(planned.original.date())

    delivered = [planned for planned in found if not planned.is_skipped]
    without_hands = Counter(p.start for p in delivered if p.reason not in BY_HAND)
    assert all(times == 1 for times in without_hands.values())  # one delivery a day and time
    shifted = {
        planned.start.date(): planned.original.date()
        for planned in delivered
        if planned.reason in SHIFTS
    }
    for planned in delivered:
        if planned.start.date() in shifted:  # such a day has what one date brought, nothing else
            assert planned.reason in SHIFTS
            assert planned.original.date() == shifted[planned.start.date()]

    # The answer does not depend on how a stretch of time is cut.
    edges = sorted({FIRST, *(cut for cut in cuts if FIRST < cut <= LAST), LAST + timedelta(days=1)})
    glued = []
    for begin, end in pairwise(edges):
        glued += schedule(terms, calendar, begin, end - timedelta(days=1))
    assert glued == found
