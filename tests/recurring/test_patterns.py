"""What the editor can say, and the rule it means, both ways."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recurring.expansion import local_starts
from recurring.patterns import (
    LAST,
    NTHS,
    Daily,
    MonthlyByDate,
    MonthlyByWeekday,
    Pattern,
    Weekly,
    YearlyByDate,
    pattern_of,
    rule_of,
)
from recurring.rules import RuleError, parse_rule

SPOKEN = [
    (Daily(), "FREQ=DAILY"),
    (Daily(3), "FREQ=DAILY;INTERVAL=3"),
    (Weekly((2, 5)), "FREQ=WEEKLY;BYDAY=TU,FR"),
    (Weekly((7,), 2), "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"),
    (MonthlyByDate(31), "FREQ=MONTHLY;BYMONTHDAY=31"),
    (MonthlyByDate(31, or_last=True), "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"),
    (MonthlyByDate(29, or_last=True), "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1"),
    (MonthlyByDate(LAST), "FREQ=MONTHLY;BYMONTHDAY=-1"),
    (MonthlyByDate(15, interval=3), "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=15"),
    (MonthlyByWeekday(1, 1), "FREQ=MONTHLY;BYDAY=1MO"),
    (MonthlyByWeekday(LAST, 5, 2), "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR"),
    (YearlyByDate(7, 14), "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=14"),
    (YearlyByDate(2, 29), "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
    (
        YearlyByDate(2, 29, or_last=True),
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
    ),
]


@pytest.mark.parametrize(("shape", "text"), SPOKEN)
def test_what_a_person_says_and_the_rule_are_one(shape, text):
    assert str(rule_of(Pattern(shape))) == text
    assert pattern_of(parse_rule(text)) == Pattern(shape)


@pytest.mark.parametrize(
    ("pattern", "end"),
    [
        (Pattern(Daily(), last_day=date(2027, 6, 30)), "UNTIL=20270630"),
        (Pattern(Daily(), count=10), "COUNT=10"),
    ],
)
def test_an_end_by_date_or_by_number_is_kept(pattern, end):
    assert str(rule_of(pattern)) == f"FREQ=DAILY;{end}"
    assert pattern_of(parse_rule(f"FREQ=DAILY;{end}")) == pattern


@pytest.mark.parametrize(
    "imported",
    [
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=MO;BYMONTH=3",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=MONTHLY;BYMONTHDAY=-2",
        "FREQ=MONTHLY;BYDAY=1MO,3MO",
        "FREQ=MONTHLY;BYDAY=-2MO",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
        "FREQ=MONTHLY;BYMONTHDAY=27,28;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=1",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYMONTH=3,6;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=28,29,30;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTHDAY=15",
        "FREQ=DAILY;UNTIL=20270630T100000Z",
        "FREQ=MONTHLY",
    ],
)
def test_what_only_an_import_can_bring_has_no_pattern(imported):
    assert pattern_of(parse_rule(imported)) is None


@pytest.mark.parametrize(
    ("bare", "shape"),
    [
        ("FREQ=WEEKLY", Weekly((7,))),
        ("FREQ=MONTHLY", MonthlyByDate(1)),
        ("FREQ=YEARLY", YearlyByDate(3, 1)),
        ("FREQ=YEARLY;BYMONTH=5", YearlyByDate(5, 1)),
    ],
)
def test_a_bare_rule_takes_its_day_from_the_first_date(bare, shape):
    assert pattern_of(parse_rule(bare), first=date(2026, 3, 1)) == Pattern(shape)


@pytest.mark.parametrize("week_start", ["MO", "SU"])
def test_a_week_start_that_changes_no_date_does_not_hide_the_pattern(week_start):
    rule = parse_rule(f"FREQ=WEEKLY;BYDAY=TU;WKST={week_start}")
    assert pattern_of(rule) == Pattern(Weekly((2,)))


def test_the_first_monday_may_be_written_as_a_position():
    rule = parse_rule("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1")
    assert pattern_of(rule) == Pattern(MonthlyByWeekday(1, 1))


def test_a_day_that_never_comes_is_refused():
    with pytest.raises(RuleError, match="never"):
        rule_of(Pattern(YearlyByDate(4, 31)))


_intervals = st.integers(1, 12)
_weekdays = st.integers(1, 7)
_clamped = st.integers(29, 31).flatmap(
    lambda day: st.builds(MonthlyByDate, st.just(day), st.booleans(), _intervals)
)
_shapes = st.one_of(
    st.builds(Daily, _intervals),
    st.builds(Weekly, st.sets(_weekdays, min_size=1).map(sorted).map(tuple), _intervals),
    st.builds(MonthlyByDate, st.sampled_from([LAST, *range(1, 29)]), interval=_intervals),
    _clamped,
    st.builds(MonthlyByWeekday, st.sampled_from(NTHS), _weekdays, _intervals),
    st.builds(YearlyByDate, st.integers(1, 12), st.integers(1, 28), interval=_intervals),
    st.builds(YearlyByDate, st.just(2), st.just(29), st.booleans(), _intervals),
)
_ends = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"last_day": st.dates(date(2027, 1, 1), date(2040, 1, 1))}),
    st.fixed_dictionaries({"count": st.integers(1, 1000)}),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(shape=_shapes, end=_ends)
def test_nothing_that_is_said_gets_lost(shape, end):
    pattern = Pattern(shape, **end)
    rule = rule_of(pattern)
    assert pattern_of(rule) == pattern
    assert parse_rule(str(rule)) == rule


def test_the_same_dates_come_from_the_rule_and_its_pattern():
    window = (datetime(2026, 1, 1), datetime(2036, 1, 1))
    texts = [*(text for _shape, text in SPOKEN), "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1"]
    for rule in map(parse_rule, texts):
        dates = [
            local_starts(each, zone=ZoneInfo("UTC"), dtstart=window[0], window=window)
            for each in (rule, rule_of(pattern_of(rule)))
        ]
        assert dates[0] == dates[1]
