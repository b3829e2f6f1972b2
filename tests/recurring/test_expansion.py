"""Rules to dates: the edge cases of calendars and clocks, and dateutil as a second opinion."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from recurring.expansion import expand, first_start, parse_local
from recurring.rules import RuleError, parse_rule

PARIS = "Europe/Paris"


def days(found: list[datetime]) -> list[str]:
    return [at.strftime("%Y-%m-%d") for at in found]


def expanded(rule, dtstart="2026-01-01T08:00", window=("2026-01-01", "2027-01-01"), **kwargs):
    return expand(
        kwargs.get("tzid", PARIS),
        dtstart,
        rule,
        kwargs.get("exdates", []),
        kwargs.get("rdates", []),
        *(f"{day}T00:00:00" if len(day) == 10 else day for day in window),
    )


def test_a_start_that_the_rule_does_not_match_is_only_a_lower_bound():
    found = expanded("FREQ=WEEKLY;BYDAY=TU,FR", "2026-03-01T08:00", ("2026-03-01", "2026-03-10"))
    assert days(found) == ["2026-03-03", "2026-03-06"]


def test_the_31st_comes_seven_months_a_year_and_the_last_day_twelve():
    assert len(expanded("FREQ=MONTHLY;BYMONTHDAY=31")) == 7
    assert len(expanded("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1")) == 12


def test_29_february_skips_2100():
    found = expanded("FREQ=YEARLY", "2096-02-29T08:00", ("2096-01-01", "2108-01-01"))
    assert days(found) == ["2096-02-29", "2104-02-29"]


def test_every_second_week_keeps_its_beat_over_a_53_week_year():
    found = expanded(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "2026-12-14T08:00", ("2026-12-14", "2027-01-30")
    )
    assert days(found) == ["2026-12-14", "2026-12-28", "2027-01-11", "2027-01-25"]


def test_the_week_start_decides_which_sunday_belongs_to_the_week():
    monday = expanded(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4",
        "1997-08-05T09:00",
        ("1997-01-01", "1998-01-01"),
    )
    sunday = expanded(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4;WKST=SU",
        "1997-08-05T09:00",
        ("1997-01-01", "1998-01-01"),
    )
    assert days(monday) == ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]
    assert days(sunday) == ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]


def test_the_fifth_thursday_only_in_months_that_have_one():
    assert days(expanded("FREQ=MONTHLY;BYDAY=5TH"))[:2] == ["2026-01-29", "2026-04-30"]


def test_plain_and_numbered_weekdays_are_joined():
    found = expanded("FREQ=MONTHLY;BYDAY=MO,1TU", window=("2026-01-01", "2026-02-01"))
    assert days(found) == ["2026-01-05", "2026-01-06", "2026-01-12", "2026-01-19", "2026-01-26"]


@pytest.mark.parametrize(
    ("tzid", "dtstart", "instant"),
    [
        (PARIS, "2026-03-29T02:30", "2026-03-29T01:30"),  # reads as 03:30+02:00
        ("Europe/Lisbon", "2026-03-29T01:30", "2026-03-29T01:30"),
        ("Atlantic/Canary", "2026-03-29T01:30", "2026-03-29T01:30"),
        ("America/Montreal", "2026-03-08T02:30", "2026-03-08T07:30"),
        (PARIS, "2026-10-25T02:30", "2026-10-25T00:30"),  # the first of two
        ("America/Montreal", "2026-11-01T01:30", "2026-11-01T05:30"),
    ],
)
def test_clock_changes_shift_forward_or_take_the_first(tzid, dtstart, instant):
    (at,) = expanded("FREQ=DAILY;COUNT=1", dtstart, tzid=tzid)
    assert at.astimezone(UTC).replace(tzinfo=None) == datetime.fromisoformat(instant)
    assert at.tzinfo == ZoneInfo(tzid)


def test_eight_o_clock_stays_eight_o_clock():
    found = expanded("FREQ=DAILY", window=("2026-03-28", "2026-03-31"))
    assert [at.isoformat()[11:] for at in found] == [
        "08:00:00+01:00",
        "08:00:00+02:00",
        "08:00:00+02:00",
    ]


def test_until_is_included_to_the_second():
    assert days(expanded("FREQ=DAILY;UNTIL=20260103T080000"))[-1] == "2026-01-03"
    assert days(expanded("FREQ=DAILY;UNTIL=20260103T075959"))[-1] == "2026-01-02"
    assert days(expanded("FREQ=DAILY;UNTIL=20260103"))[-1] == "2026-01-03"


def test_until_in_utc_is_another_day_in_a_montreal_evening():
    found = expanded(
        "FREQ=DAILY;UNTIL=20260104T010000Z", "2026-01-01T20:00", tzid="America/Montreal"
    )
    assert days(found) == ["2026-01-01", "2026-01-02", "2026-01-03"]


def test_count_counts_before_exclusions():
    found = expanded("FREQ=DAILY;COUNT=3", exdates=["2026-01-02T08:00:00"])
    assert days(found) == ["2026-01-01", "2026-01-03"]


def test_an_exclusion_needs_the_exact_time_and_beats_an_added_date():
    assert len(expanded("FREQ=DAILY;COUNT=2", exdates=["2026-01-02T09:00:00"])) == 2
    same = ["2026-01-05T08:00:00"]
    assert len(expanded("FREQ=DAILY;COUNT=2", rdates=same, exdates=same)) == 2


def test_an_added_date_counts_once_and_may_precede_the_start():
    found = expanded(
        "FREQ=DAILY;COUNT=1",
        "2026-02-01T08:00",
        rdates=["2026-02-01T08:00:00", "2026-01-15T08:00:00"],
    )
    assert days(found) == ["2026-01-15", "2026-02-01"]


def test_the_window_is_half_open():
    found = expanded("FREQ=DAILY", window=("2026-01-02T08:00:00", "2026-01-03T08:00:00"))
    assert days(found) == ["2026-01-02"]
    assert expanded("FREQ=DAILY", window=("2026-01-02", "2026-01-02")) == []


def test_ten_years_after_its_start_a_rule_gives_the_same_dates():
    rule = "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,FR"
    slow = rrulestr(rule, dtstart=datetime(2016, 1, 7, 8)).between(
        datetime(2026, 1, 1), datetime(2026, 7, 1)
    )
    assert [
        at.replace(tzinfo=None)
        for at in expanded(rule, "2016-01-07T08:00", ("2026-01-01", "2026-07-01"))
    ] == slow


@pytest.mark.parametrize(
    ("rule", "advice"),
    [
        ("FREQ=HOURLY", "FREQ=DAILY"),
        ("FREQ=DAILY;BYHOUR=8", "leave BYHOUR"),
        ("FREQ=YEARLY;BYYEARDAY=1", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYDAY"),
        ("RSCALE=CHINESE;FREQ=YEARLY", "Gregorian"),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=WEEKLY;BYDAY=1MO", "FREQ=MONTHLY"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "not both"),
        ("FREQ=DAILY;COUNT=0", "from 1 to 1000"),
        ("FREQ=DAILY;INTERVAL=367", "from 1 to 366"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=DAILY;FREQ=DAILY", "once"),
        ("FREQ=DAILY;X-COLOUR=RED", "X-COLOUR"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "never"),
        ("every day", "NAME=VALUE"),
    ],
)
def test_what_is_outside_the_subset_is_refused_with_advice(rule, advice):
    with pytest.raises(RuleError, match=advice):
        expanded(rule)


def test_a_rule_is_kept_in_one_canonical_form():
    text = "RRULE:WKST=MO;BYDAY=FR,TU,FR;INTERVAL=1;FREQ=weekly"
    assert str(parse_rule(text)) == "FREQ=WEEKLY;BYDAY=TU,FR"
    assert parse_rule(str(parse_rule(text))) == parse_rule(text)


def test_first_start_finds_the_match_after_the_start():
    rule = parse_rule("FREQ=WEEKLY;BYDAY=TU,FR")
    found = first_start(rule, zone=ZoneInfo(PARIS), dtstart=parse_local("2026-03-01T08:00"))
    assert found == datetime(2026, 3, 3, 8)


_weekday = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])


@st.composite
def rules(draw) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    if draw(st.booleans()):
        if frequency == "MONTHLY":
            ordinal = draw(st.sampled_from([1, 2, 4, -1]))
            parts.append(f"BYDAY={ordinal}{draw(_weekday)}")
        else:
            parts.append(f"BYDAY={','.join(draw(st.sets(_weekday, min_size=1)))}")
    elif frequency in ("MONTHLY", "YEARLY") and draw(st.booleans()):
        parts.append(f"BYMONTHDAY={draw(st.sampled_from([1, 15, 28, -1]))}")
    end = draw(st.sampled_from(["", "COUNT=20", "UNTIL=20301231T120000"]))
    return ";".join([*parts, f"WKST={draw(_weekday)}", *([end] if end else [])])


@settings(max_examples=150, deadline=None)
@given(
    rule=rules(),
    dtstart=st.datetimes(datetime(2015, 1, 1), datetime(2027, 1, 1)),
    start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    length=st.integers(0, 500),
)
def test_expansion_agrees_with_dateutil_on_the_wall_clock(rule, dtstart, start, length):
    dtstart, start = dtstart.replace(microsecond=0), start.replace(microsecond=0)
    end = start + timedelta(days=length)
    found = expand("UTC", dtstart.isoformat(), rule, [], [], start.isoformat(), end.isoformat())
    naive = rrulestr(rule, dtstart=dtstart).between(start, end, inc=True)
    assert [at.replace(tzinfo=None) for at in found] == [local for local in naive if local < end]
