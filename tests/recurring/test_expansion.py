"""Rules to dates: the edge cases of calendars. Clocks have theirs in test_zones.py."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from recurring import expansion
from recurring.expansion import (
    expand,
    first_start,
    local_starts,
    parse_local,
    remaining,
)
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


def test_until_is_included_to_the_second():
    assert days(expanded("FREQ=DAILY;UNTIL=20260103T080000"))[-1] == "2026-01-03"
    assert days(expanded("FREQ=DAILY;UNTIL=20260103T075959"))[-1] == "2026-01-02"
    assert days(expanded("FREQ=DAILY;UNTIL=20260103"))[-1] == "2026-01-03"


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


def test_29_february_may_become_the_28th():
    found = expanded(
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1", window=("2026-01-01", "2029-01-01")
    )
    assert days(found) == ["2026-02-28", "2027-02-28", "2028-02-29"]


def test_the_last_day_that_is_a_working_day():
    found = expanded("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")
    assert days(found)[:5] == ["2026-01-30", "2026-02-27", "2026-03-31", "2026-04-30", "2026-05-29"]


def test_the_31st_never_drifts_after_a_short_month():
    found = expanded("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1")
    assert days(found)[:4] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]


def test_a_position_before_the_start_is_still_the_first_of_its_month():
    found = expanded("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", "2026-01-20T08:00")
    assert days(found)[0] == "2026-02-02"


def test_midnight_belongs_to_the_day_that_begins():
    found = expanded("FREQ=DAILY;COUNT=2", "2026-01-01T00:00")
    assert [at.isoformat()[:16] for at in found] == ["2026-01-01T00:00", "2026-01-02T00:00"]


def test_the_first_date_may_be_excluded_and_still_counts():
    found = expanded("FREQ=DAILY;COUNT=2", exdates=["2026-01-01T08:00:00"])
    assert days(found) == ["2026-01-02"]


def test_an_excluded_date_that_no_rule_gives_changes_nothing():
    assert len(expanded("FREQ=DAILY;COUNT=2", exdates=["2026-05-05T08:00:00"])) == 2


def test_an_end_before_the_start_gives_nothing():
    assert expanded("FREQ=DAILY;UNTIL=20251231") == []


def test_a_start_after_the_window_gives_nothing():
    assert expanded("FREQ=DAILY", "2027-01-01T08:00") == []


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,FR",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=2,7;BYDAY=-1FR",
        "FREQ=YEARLY",
        "FREQ=DAILY;COUNT=1000",
        "FREQ=WEEKLY;BYDAY=TU,FR;COUNT=1000",
    ],
)
def test_ten_years_after_its_start_a_rule_gives_the_same_dates(rule):
    window = (datetime(2026, 1, 1), datetime(2026, 7, 1))
    start = datetime(2016, 1, 7, 8)
    slow = (
        [at for at in rrulestr(rule, dtstart=start) if at < window[1]]
        if "COUNT" in rule
        else (rrulestr(rule, dtstart=start).between(*window))
    )
    found = local_starts(parse_rule(rule), zone=ZoneInfo(PARIS), dtstart=start, window=window)
    assert found == [at for at in slow if at >= window[0]]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=TU,FR",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=14",
        "FREQ=WEEKLY;BYDAY=TU,FR;COUNT=1000",
    ],
)
def test_ten_years_after_its_start_a_rule_costs_no_more_dates(rule, monkeypatch):
    asked = 0

    def counting(*args):
        nonlocal asked
        for day in dates(*args):
            asked += 1
            yield day

    dates = expansion._dates
    monkeypatch.setattr(expansion, "_dates", counting)
    window = (datetime(2026, 1, 1), datetime(2026, 2, 1))

    def cost(first_year: int) -> int:
        nonlocal asked
        found = []
        for _run in range(2):  # what COUNT comes to is counted once
            asked = 0
            found = local_starts(
                parse_rule(rule),
                zone=ZoneInfo(PARIS),
                dtstart=datetime(first_year, 1, 5, 8),
                window=window,
            )
        return asked - len(found)

    assert cost(2016) <= cost(2025) + 10  # a period or two before the window
    assert cost(1926) <= cost(2025) + 10


def test_a_rule_without_end_is_never_expanded_past_its_window():
    found = local_starts(
        parse_rule("FREQ=DAILY"),
        zone=ZoneInfo(PARIS),
        dtstart=datetime(2026, 1, 1, 8),
        window=(datetime(9999, 12, 30), datetime(9999, 12, 31, 23)),
    )
    assert found == [datetime(9999, 12, 30, 8), datetime(9999, 12, 31, 8)]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3;COUNT=2",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29",
    ],
)
def test_a_rule_whose_interval_never_meets_its_days_is_refused(rule):
    with pytest.raises(RuleError, match="never"):
        expanded(rule, "2025-01-01T08:00", ("2025-01-01", "2026-01-01"))


def first(rule: str, dtstart: str, **kwargs) -> datetime | None:
    return first_start(
        parse_rule(rule), zone=ZoneInfo(PARIS), dtstart=parse_local(dtstart), **kwargs
    )


def test_the_first_match_is_proposed_as_the_start():
    assert first("FREQ=WEEKLY;BYDAY=TU,FR", "2026-03-01T08:00") == datetime(2026, 3, 3, 8)
    assert first("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2097-01-01T08:00") == datetime(
        2104, 2, 29, 8
    )
    assert first("FREQ=WEEKLY;BYDAY=TU;UNTIL=20260302", "2026-03-01T08:00") is None
    assert first("FREQ=DAILY", "2026-03-01T15:00", times=(time(7),)) == datetime(2026, 3, 1, 7)


def test_what_is_left_of_a_count_goes_to_the_next_version():
    rule = parse_rule("FREQ=WEEKLY;BYDAY=TU,FR;COUNT=6")
    dtstart = datetime(2026, 3, 3, 8)
    assert remaining(rule, dtstart=dtstart, since=date(2026, 3, 10)).count == 4
    assert remaining(rule, dtstart=dtstart, since=date(2026, 1, 1)).count == 6
    assert remaining(rule, dtstart=dtstart, since=date(2026, 3, 21)) is None
    endless = parse_rule("FREQ=DAILY")
    assert remaining(endless, dtstart=dtstart, since=date(2026, 3, 10)) == endless


def starts(rule: str, times: tuple[time, ...], window=("2026-01-01", "2026-01-04")) -> list[str]:
    found = local_starts(
        parse_rule(rule),
        zone=ZoneInfo(PARIS),
        dtstart=datetime(2026, 1, 1, 7),
        window=tuple(map(parse_local, window)),
        times=times,
    )
    return [local.isoformat()[8:16] for local in found]


def test_each_date_has_a_start_for_each_window_in_order():
    assert starts("FREQ=DAILY;INTERVAL=2", (time(15), time(5, 30))) == [
        "01T05:30",
        "01T07:00",
        "01T15:00",
        "03T05:30",
        "03T07:00",
        "03T15:00",
    ]


def test_a_window_said_twice_opens_once():
    assert starts("FREQ=DAILY;COUNT=1", (time(7), time(15), time(15))) == ["01T07:00", "01T15:00"]


def test_count_counts_dates_not_windows():
    assert starts("FREQ=DAILY;COUNT=2", (time(15),)) == [
        "01T07:00",
        "01T15:00",
        "02T07:00",
        "02T15:00",
    ]


def test_until_a_day_includes_all_its_windows_and_until_a_moment_only_those_before():
    assert starts("FREQ=DAILY;UNTIL=20260102", (time(15),))[-1] == "02T15:00"
    assert starts("FREQ=DAILY;UNTIL=20260102T070000", (time(15),))[-1] == "02T07:00"


def test_the_window_of_time_may_begin_between_two_windows_of_a_day():
    assert starts("FREQ=DAILY", (time(15),), ("2026-01-01T12:00", "2026-01-02T15:00")) == [
        "01T15:00",
        "02T07:00",
    ]
