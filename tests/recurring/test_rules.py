"""The subset of RFC 5545 that we take, its one written form, and what we say of the rest."""

from datetime import UTC, date, datetime

import pytest

from recurring.rules import Rule, RuleError, Weekday, parse_rule

REFUSED = [
    ("FREQ=HOURLY", "FREQ=DAILY"),
    ("FREQ=MINUTELY", "FREQ=DAILY"),
    ("FREQ=SECONDLY", "FREQ=DAILY"),
    ("FREQ=SOMETIMES", "Begin with FREQ=DAILY"),
    ("BYDAY=MO", "Begin with FREQ=DAILY"),
    ("FREQ=DAILY;BYHOUR=8", "leave BYHOUR"),
    ("FREQ=DAILY;BYMINUTE=8", "leave BYHOUR and finer"),
    ("FREQ=DAILY;BYSECOND=8", "leave BYHOUR and finer"),
    ("FREQ=YEARLY;BYYEARDAY=1", "BYMONTH and BYMONTHDAY"),
    ("FREQ=YEARLY;BYWEEKNO=20", "BYMONTH and BYDAY"),
    ("RSCALE=CHINESE;FREQ=YEARLY", "Gregorian"),
    ("FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD", "BYMONTHDAY=28,29,30,31;BYSETPOS=-1"),
    ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1", "Leave BYSETPOS out of a weekly rule"),
    ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY needs FREQ=MONTHLY"),
    ("FREQ=WEEKLY;BYDAY=1MO", "FREQ=MONTHLY or FREQ=YEARLY"),
    ("FREQ=DAILY;BYDAY=-1MO", "FREQ=MONTHLY or FREQ=YEARLY"),
    ("FREQ=MONTHLY;BYDAY=6MO", "at most five"),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=6MO", "at most five"),
    ("FREQ=YEARLY;BYDAY=54MO", "MO to SU"),
    ("FREQ=MONTHLY;BYDAY=0MO", "MO to SU"),
    ("FREQ=WEEKLY;BYDAY=XX", "MO to SU"),
    ("FREQ=WEEKLY;BYDAY=MO,", "MO to SU"),
    ("FREQ=WEEKLY;BYDAY=MO;WKST=1", "MO to SU"),
    ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "not both"),
    ("FREQ=DAILY;COUNT=0", "from 1 to 1000"),
    ("FREQ=DAILY;COUNT=1001", "from 1 to 1000"),
    ("FREQ=DAILY;INTERVAL=0", "from 1 to 366"),
    ("FREQ=DAILY;INTERVAL=367", "from 1 to 366"),
    ("FREQ=DAILY;INTERVAL=1_0", "from 1 to 366"),
    ("FREQ=DAILY;INTERVAL=²", "from 1 to 366"),
    ("FREQ=MONTHLY;BYMONTHDAY=32", "from 1 to 31, or from -1 to -31"),
    ("FREQ=MONTHLY;BYMONTHDAY=0", "from 1 to 31, or from -1 to -31"),
    ("FREQ=YEARLY;BYMONTH=13", "from 1 to 12"),
    ("FREQ=MONTHLY;BYSETPOS=1", "add BYDAY or BYMONTHDAY"),
    ("FREQ=DAILY;UNTIL=tomorrow", "20261231"),
    ("FREQ=DAILY;UNTIL=20260230", "20261231"),
    ("FREQ=DAILY;UNTIL=2026-12-31", "20261231"),
    ("FREQ=DAILY;UNTIL=20261231T0800", "20261231"),
    ("FREQ=DAILY;FREQ=DAILY", "Write FREQ once"),
    ("FREQ=DAILY;X-COLOUR=RED", "X-COLOUR is not a part"),
    ("every day", "NAME=VALUE"),
    ("", "NAME=VALUE"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never"),
    ("FREQ=MONTHLY;BYMONTH=4,6;BYMONTHDAY=31,-31", "never"),
    ("FREQ=DAILY;BYDAY=MO;BYSETPOS=2", "never"),
    ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "never"),
    ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1,2;BYSETPOS=-3", "never"),
]


@pytest.mark.parametrize(("rule", "advice"), REFUSED)
def test_what_is_outside_the_subset_is_refused_with_advice(rule, advice):
    with pytest.raises(RuleError, match=advice):
        parse_rule(rule)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("RRULE:WKST=MO;BYDAY=FR,TU,FR;INTERVAL=1;FREQ=weekly", "FREQ=WEEKLY;BYDAY=TU,FR"),
        (" freq=daily;interval=+2; ", "FREQ=DAILY;INTERVAL=2"),
        ("FREQ=MONTHLY;BYDAY=-1FR,+1MO", "FREQ=MONTHLY;BYDAY=-1FR,1MO"),
        ("FREQ=WEEKLY;BYDAY=MO;WKST=SU", "FREQ=WEEKLY;BYDAY=MO"),
        (
            "FREQ=WEEKLY;WKST=SU;BYDAY=MO;INTERVAL=2",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU",
        ),
        ("FREQ=DAILY;BYDAY=MO;BYSETPOS=1", "FREQ=DAILY;BYDAY=MO"),
        ("UNTIL=20261231T225900Z;FREQ=DAILY", "FREQ=DAILY;UNTIL=20261231T225900Z"),
        ("UNTIL=20261231;FREQ=DAILY", "FREQ=DAILY;UNTIL=20261231"),
    ],
)
def test_a_rule_is_kept_in_one_canonical_form(text, canonical):
    assert str(parse_rule(text)) == canonical
    assert parse_rule(canonical) == parse_rule(text)


def test_all_parts_are_read():
    assert parse_rule(
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=6,3;BYMONTHDAY=-1,1;BYDAY=MO,-1FR;BYSETPOS=1;COUNT=9"
    ) == Rule(
        "YEARLY",
        interval=2,
        months=(3, 6),
        month_days=(-1, 1),
        weekdays=(Weekday(4, -1), Weekday(0)),
        positions=(1,),
        count=9,
    )


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("20261231", date(2026, 12, 31)),
        ("20261231T080000", datetime(2026, 12, 31, 8)),
        ("20261231T225900Z", datetime(2026, 12, 31, 22, 59, tzinfo=UTC)),
    ],
)
def test_until_is_a_day_a_local_time_or_an_instant(text, until):
    assert parse_rule(f"FREQ=DAILY;UNTIL={text}").until == until
