"""The wall clock of a co-op: clock changes, zones that move, and rules on another continent."""

import zoneinfo
from datetime import UTC, date, datetime, time
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from recurring.expansion import Slot, expand, local_starts, resolve, with_last_day, zone_named
from recurring.rules import RuleError, parse_rule
from recurring.schedule import Policy, Term, Terms, WorkCalendar, schedule

PARIS, MONTREAL = "Europe/Paris", "America/Montreal"
SAO_PAULO = "America/Sao_Paulo"  # changed its clocks at midnight, until 2019
YEAR = ("2026-01-01T00:00:00", "2027-01-01T00:00:00")


def instants(tzid: str, dtstart: str, rule: str, window=YEAR) -> list[str]:
    found = expand(tzid, dtstart, rule, [], [], *window)
    return [at.astimezone(UTC).isoformat()[:16] for at in found]


HISTORY = ("2018-01-01T00:00:00", "2027-01-01T00:00:00")


@pytest.mark.parametrize(
    ("tzid", "dtstart", "instant"),
    [
        (PARIS, "2026-03-29T02:30", "2026-03-29T01:30"),  # reads as 03:30+02:00
        ("Europe/Lisbon", "2026-03-29T01:30", "2026-03-29T01:30"),
        ("Atlantic/Canary", "2026-03-29T01:30", "2026-03-29T01:30"),
        (MONTREAL, "2026-03-08T02:30", "2026-03-08T07:30"),
        (PARIS, "2026-10-25T02:30", "2026-10-25T00:30"),  # the first of two
        ("Europe/Lisbon", "2026-10-25T01:30", "2026-10-25T00:30"),
        ("Atlantic/Canary", "2026-10-25T01:30", "2026-10-25T00:30"),
        (MONTREAL, "2026-11-01T01:30", "2026-11-01T05:30"),
        (SAO_PAULO, "2018-11-04T00:00", "2018-11-04T03:00"),  # a day without midnight
        (SAO_PAULO, "2018-11-04T00:30", "2018-11-04T03:30"),  # reads as 01:30-02:00
        (SAO_PAULO, "2019-02-16T23:30", "2019-02-17T01:30"),  # the first of two, before midnight
    ],
)
def test_clock_changes_shift_forward_or_take_the_first(tzid, dtstart, instant):
    assert instants(tzid, dtstart, "FREQ=DAILY;COUNT=1", HISTORY) == [instant]


@pytest.mark.parametrize(
    ("tzid", "missing", "read_as"),
    [
        (PARIS, datetime(2026, 3, 29, 2, 30), "03:30:00+02:00"),
        ("Europe/Lisbon", datetime(2026, 3, 29, 1, 30), "02:30:00+01:00"),
        ("Atlantic/Canary", datetime(2026, 3, 29, 1, 30), "02:30:00+01:00"),
        (MONTREAL, datetime(2026, 3, 8, 2, 30), "03:30:00-04:00"),
        (SAO_PAULO, datetime(2018, 11, 4), "01:00:00-02:00"),
    ],
)
def test_a_time_that_the_clock_skips_is_never_lost_but_flagged(tzid, missing, read_as):
    slot = resolve(missing, ZoneInfo(tzid))
    assert (slot.is_shifted, slot.local, slot.at.isoformat()[11:]) == (True, missing, read_as)


def test_a_time_that_comes_twice_is_not_flagged():
    local = datetime(2026, 10, 25, 2, 30)
    assert resolve(local, ZoneInfo(PARIS)) == Slot(
        at=local.replace(tzinfo=ZoneInfo(PARIS)), local=local
    )


def test_midnight_comes_each_day_also_where_the_clock_skips_it():
    window = ("2018-11-03T00:00:00", "2018-11-06T00:00:00")
    found = expand(SAO_PAULO, "2018-11-03T00:00", "FREQ=DAILY", [], [], *window)
    assert [at.isoformat() for at in found] == [
        "2018-11-03T00:00:00-03:00",
        "2018-11-04T01:00:00-02:00",
        "2018-11-05T00:00:00-02:00",
    ]


def test_the_day_after_the_change_is_back_on_its_time():
    found = instants(PARIS, "2026-03-28T02:30", "FREQ=DAILY;COUNT=3")
    assert found == ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"]


def test_eight_o_clock_stays_eight_o_clock():
    window = ("2026-03-28T00:00:00", "2026-03-31T00:00:00")
    found = expand(PARIS, "2026-01-01T08:00", "FREQ=DAILY", [], [], *window)
    assert [at.isoformat()[11:] for at in found] == [
        "08:00:00+01:00",
        "08:00:00+02:00",
        "08:00:00+02:00",
    ]
    assert all(at.tzinfo == ZoneInfo(PARIS) for at in found)


def test_montreal_changes_its_clocks_in_other_weeks_than_europe():
    rule = "FREQ=WEEKLY;BYDAY=MO"
    march = ("2026-03-01T00:00:00", "2026-04-07T00:00:00")
    assert [found[-5:] for found in instants(MONTREAL, "2026-01-05T08:00", rule, march)] == [
        "13:00",
        "12:00",
        "12:00",
        "12:00",
        "12:00",
        "12:00",
    ]
    assert [found[-5:] for found in instants(PARIS, "2026-01-05T08:00", rule, march)] == [
        "07:00",
        "07:00",
        "07:00",
        "07:00",
        "06:00",
        "06:00",
    ]


def test_until_in_utc_is_another_day_in_a_montreal_evening():
    found = expand(MONTREAL, "2026-01-01T20:00", "FREQ=DAILY;UNTIL=20260104T010000Z", [], [], *YEAR)
    assert [at.day for at in found] == [1, 2, 3]  # the 3rd at 20:00 is the 4th at 01:00 in UTC


def test_until_one_second_short_leaves_the_last_date_out():
    rule = "FREQ=DAILY;UNTIL=20260104T005959Z"
    assert len(expand(MONTREAL, "2026-01-01T20:00", rule, [], [], *YEAR)) == 2


@pytest.mark.parametrize(("until", "dates"), [("003000", 2), ("002959", 1), ("010000", 2)])
def test_until_in_utc_is_an_instant_when_the_hour_comes_twice(until, dates):
    rule = f"FREQ=DAILY;UNTIL=20261025T{until}Z"  # 02:30 the first time is 00:30 in UTC
    assert len(expand(PARIS, "2026-10-24T02:30", rule, [], [], *YEAR)) == dates


@pytest.mark.parametrize(("until", "dates"), [("013000", 2), ("012959", 1)])
def test_until_in_utc_is_an_instant_when_the_hour_is_missing(until, dates):
    rule = f"FREQ=DAILY;UNTIL=20260329T{until}Z"  # 02:30 reads as 03:30+02:00
    assert len(expand(PARIS, "2026-03-28T02:30", rule, [], [], *YEAR)) == dates


@pytest.mark.parametrize(
    ("until", "stored"),
    [
        ("20260104T010000Z", date(2026, 1, 3)),
        ("20260104T005959Z", date(2026, 1, 2)),
        ("20260103T200000", date(2026, 1, 3)),
        ("20260103T195959", date(2026, 1, 2)),
        ("20260103", date(2026, 1, 3)),
    ],
)
def test_an_imported_end_becomes_the_last_local_day(until, stored):
    rule = parse_rule(f"FREQ=DAILY;UNTIL={until}")
    zone, dtstart = ZoneInfo(MONTREAL), datetime(2026, 1, 1, 20)
    kept = with_last_day(rule, zone=zone, dtstart=dtstart)
    window = (datetime(2026, 1, 1), datetime(2027, 1, 1))
    assert kept.until == stored
    assert local_starts(kept, zone=zone, dtstart=dtstart, window=window) == local_starts(
        rule, zone=zone, dtstart=dtstart, window=window
    )


def planned(zone: ZoneInfo):
    rule = parse_rule("FREQ=WEEKLY;BYDAY=TU;UNTIL=20260630")
    terms = Terms(
        zone, (Term(1, rule, datetime(2026, 6, 1, 6, 30), Policy.KEEP, times=(time(15),)),)
    )
    return schedule(terms, WorkCalendar(), date(2026, 6, 1), date(2026, 7, 31))


def test_a_co_op_that_changes_its_zone_keeps_its_wall_clock_and_every_name():
    before, after = planned(ZoneInfo(PARIS)), planned(ZoneInfo("Atlantic/Canary"))
    assert [each.original for each in after] == [each.original for each in before]
    assert [each.start for each in after] == [each.start for each in before]
    assert len(after) == 10
    assert {(new.at - old.at).total_seconds() for old, new in zip(before, after, strict=True)} == {
        3600
    }


def test_a_law_that_moves_the_clocks_moves_only_instants():
    """tzdata's next release, as if France had taken Montreal's rules."""
    with files("tzdata.zoneinfo.America").joinpath("Toronto").open("rb") as release:
        new_law = ZoneInfo.from_file(release, key=PARIS)
    before, after = planned(ZoneInfo(PARIS)), planned(new_law)
    assert [each.original for each in after] == [each.original for each in before]
    assert before[0].at.isoformat() == "2026-06-02T06:30:00+02:00"
    assert after[0].at.isoformat() == "2026-06-02T06:30:00-04:00"


def test_an_alias_of_a_zone_is_known_without_the_systems_zones():
    """Debian leaves America/Montreal out of its tzdata; our requirements bring it."""
    system = zoneinfo.TZPATH
    try:
        zoneinfo.reset_tzpath(to=[])
        zone = ZoneInfo.no_cache(MONTREAL)
    finally:
        zoneinfo.reset_tzpath(to=system)
    assert datetime(2026, 7, 1, tzinfo=zone).utcoffset().total_seconds() == -4 * 3600


@pytest.mark.parametrize("name", ["Paris", "Europe/Nowhere", "", "../etc/passwd", "Europe"])
def test_a_name_that_is_no_zone_is_refused_with_an_example(name):
    with pytest.raises(RuleError, match="Europe/Paris"):
        zone_named(name)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("24 November", "2026-11-24T06:30:00"),
        ("2026-11-24T06:30:00+01:00", "leave the offset out"),
        ("2026-11-24T06:30:00Z", "leave the offset out"),
    ],
)
def test_a_time_that_is_not_local_is_refused(text, advice):
    with pytest.raises(RuleError, match=advice):
        expand(PARIS, text, "FREQ=DAILY", [], [], *YEAR)
