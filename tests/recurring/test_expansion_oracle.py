"""`expand` against a second implementation, on random rules, zones and windows.

The second is our own, from RFC 5545's text day by day (tests/recurring/oracle.py); dateutil, plain
and without our fast-forward, is the third where it follows the RFC.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from recurring.expansion import expand
from recurring.rules import RuleError, parse_rule
from tests.recurring import oracle

ZONES = [
    "Europe/Paris",
    "Europe/Lisbon",
    "Atlantic/Canary",
    "America/Montreal",
    "Australia/Lord_Howe",  # its clocks change by half an hour
    "UTC",
]
EXAMPLES = settings(max_examples=100, deadline=None, derandomize=True, database=None)

_weekday = st.sampled_from(oracle.DAYS)
_numbered = st.builds("{}{}".format, st.sampled_from([1, 2, 4, 5, -1, -2]), _weekday)
_month_day = st.one_of(st.integers(1, 31), st.integers(-31, -1))
# Days, and hours at which clocks change.
_clock = st.sampled_from([(0, 0), (0, 30), (1, 30), (2, 0), (2, 30), (3, 0), (8, 0), (23, 30)])
_switch_nights = st.sampled_from(
    [datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2026, 3, 8), datetime(2026, 11, 1)]
)
_days = st.one_of(st.datetimes(datetime(2014, 1, 1), datetime(2028, 1, 1)), _switch_nights)


def _some(values, most=3):
    return st.lists(values, min_size=1, max_size=most, unique=True).map(
        lambda chosen: ",".join(map(str, chosen))
    )


@st.composite
def rules(draw) -> str:
    """Any rule of the subset; some give no date at all."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    in_months = frequency in ("MONTHLY", "YEARLY")
    parts = {"FREQ": frequency, "INTERVAL": draw(st.sampled_from([1, 1, 2, 3, 5, 14]))}
    wanted = draw(st.sets(st.sampled_from(["BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"])))
    if "BYDAY" in wanted:
        parts["BYDAY"] = draw(_some(st.one_of(_weekday, _numbered) if in_months else _weekday))
    if "BYMONTHDAY" in wanted and frequency != "WEEKLY":
        parts["BYMONTHDAY"] = draw(_some(_month_day))
    if "BYMONTH" in wanted:
        parts["BYMONTH"] = draw(_some(st.integers(1, 12)))
    if "BYSETPOS" in wanted and in_months and len(parts) > 2:
        parts["BYSETPOS"] = draw(_some(st.sampled_from([1, 2, 3, -1, -2]), most=2))
    if frequency == "WEEKLY":
        parts["WKST"] = draw(_weekday)
    end = draw(st.sampled_from(["", "COUNT", "UNTIL"]))
    if end == "COUNT":
        parts["COUNT"] = draw(st.integers(1, 60))
    if end == "UNTIL":
        day = draw(_days)
        form = draw(st.sampled_from(["%Y%m%d", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"]))
        parts["UNTIL"] = day.strftime(form)
    return ";".join(f"{name}={value}" for name, value in parts.items())


@st.composite
def moments(draw, days=_days) -> datetime:
    hour, minute = draw(_clock)
    return draw(days).replace(hour=hour, minute=minute, second=0, microsecond=0)


@EXAMPLES
@given(
    rule=rules(),
    tzid=st.sampled_from(ZONES),
    dtstart=moments(),
    begin=moments(),
    length=st.integers(0, 700),
    hands=st.lists(st.tuples(st.booleans(), moments()), max_size=4),
)
def test_expand_agrees_with_the_rfc_day_by_day(rule, tzid, dtstart, begin, length, hands):
    window, zone = (begin, begin + timedelta(days=length)), ZoneInfo(tzid)
    expected = set(oracle.starts(rule, dtstart, zone, window))
    exdates = {day for is_out, day in hands if is_out} | set(sorted(expected)[1:2])
    rdates = {day for is_out, day in hands if not is_out} | set(sorted(expected)[:1])
    expected |= {day for day in rdates if window[0] <= day < window[1]}
    expected = sorted(oracle.instant(local, zone) for local in expected - exdates)
    try:
        found = expand(
            tzid,
            dtstart.isoformat(),
            rule,
            [day.isoformat() for day in exdates],
            [day.isoformat() for day in rdates],
            *(edge.isoformat() for edge in window),
        )
    except RuleError:  # such a rule gives no date in a long time
        years = (dtstart, dtstart + timedelta(days=366 * 30))
        assert oracle.starts(rule.partition(";UNTIL")[0], dtstart, zone, years) == []
        return
    assert [at.astimezone(UTC) for at in found] == expected
    assert all(at.tzinfo is zone for at in found)


@EXAMPLES
@given(
    rule=rules(),
    dtstart=st.datetimes(datetime(2015, 1, 1), datetime(2027, 1, 1)),
    begin=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    length=st.integers(0, 500),
)
def test_fast_forward_changes_nothing_that_dateutil_finds_from_the_start(
    rule, dtstart, begin, length
):
    dtstart, begin = dtstart.replace(microsecond=0), begin.replace(microsecond=0)
    rule = rule.removesuffix("Z")
    end = begin + timedelta(days=length)
    try:
        parsed = parse_rule(rule)
        found = expand("UTC", dtstart.isoformat(), rule, [], [], begin.isoformat(), end.isoformat())
    except RuleError:
        return  # the oracle's test looks at these
    if len({bool(weekday.ordinal) for weekday in parsed.weekdays}) == 2:
        return  # dateutil intersects plain and numbered weekdays
    if parsed.until is not None and not hasattr(parsed.until, "hour"):
        rule = f"{rule}T235959"  # a day means its end to us, its beginning to dateutil
    naive = rrulestr(rule, dtstart=dtstart).between(begin, end, inc=True)
    assert [at.replace(tzinfo=None) for at in found] == [local for local in naive if local < end]
