"""Another library reads our calendars and finds the dates that the schedule says."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest

from orders.models import Order
from recurring.feeds import selectors
from recurring.feeds.writing import write_calendar
from recurring.models import Added, HolidayDay, Override, Pause, RuleVersion, RuleWindow
from recurring.services import WindowDraft
from recurring.times import times_of
from tests.factories import MembershipFactory
from tests.recurring.conftest import NOW
from tests.recurring.feeds.conftest import opened, planned, read_back, utc

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
FIRST, LAST = date(2026, 11, 24), date(2027, 2, 15)  # twelve weeks


@pytest.fixture(autouse=True)
def _holidays():
    """The co-op's own calendar, so that no library's update moves these tests."""
    for day in ("2026-01-01", "2026-12-25", "2027-01-01", "2027-05-13", "2028-01-01"):
        HolidayDay.objects.create(day=day, name="Holiday")


def forget_made(order):
    """As if generation had not come yet."""
    order.occurrences.all().delete()
    Order.objects.filter(buyer=order.buyer).delete()


def with_rule(order, rrule, dtstart, minutes=30, **changes):
    """The standing order's first version, said otherwise."""
    opens = datetime.fromisoformat(dtstart).time()
    RuleVersion.objects.filter(standing_order=order).update(rrule=rrule, dtstart=dtstart, **changes)
    RuleWindow.objects.filter(version__standing_order=order).update(
        opens=opens, minutes=minutes, pickup_opens=time(18), pickup_days_before=1
    )
    forget_made(order)
    return order


def decided(order, original, action, new_start="", lines=()):
    forget_made(order)
    Override.objects.create(
        standing_order=order,
        original_start=original,
        action=action,
        new_start=new_start,
        lines=list(lines),
        decided_at=NOW,
    )


def expected(order, cooperative, first, last, ends=("after", "before")):
    versions = {version.number: version for version in order.versions.all()}
    overrides = {override.original_start: override for override in order.overrides.all()}
    found = []
    for each in planned(order, cooperative, first, last):
        times = times_of(each, versions[each.version], overrides.get(each.original.isoformat()))
        found.append(tuple(utc(getattr(times, end)) for end in ends))
    return sorted(found)


def check(order, feed, written, cooperative, first=FIRST, last=LAST):
    """The same instants, over twelve weeks; answers the file's events."""
    body = written(feed)
    found = read_back(body, first, last + timedelta(days=1))
    assert found == expected(order, cooperative, first, last)
    assert found
    return icalendar.Calendar.from_ical(body).walk("VEVENT")


def starts(events, name):
    return [
        each.dt.strftime("%m-%d %H:%M")
        for event in events
        if name in event
        for each in getattr(event[name], "dts", [event[name]])
    ]


def test_a_weekly_rule_leaves_out_the_holidays(kitchen, feed, written, alpha):
    order = kitchen.standing_order()
    (event,) = check(order, feed, written, alpha)
    assert starts([event], "EXDATE") == ["12-25 06:30", "01-01 06:30"]
    assert event["RRULE"].to_ical() == b"FREQ=WEEKLY;UNTIL=20271130T053000Z;BYDAY=TU,FR"
    assert event["SUMMARY"] == "Delivery: Tomatoes and apples"
    assert "12 kg Tomatoes – Ferme des Trois Ormes" in event["DESCRIPTION"]


@pytest.mark.parametrize(
    ("rrule", "dtstart"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU", "2026-11-24T06:30:00"),
        ("FREQ=DAILY;INTERVAL=3", "2026-11-24T06:30:00"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH", "2026-11-24T06:30:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-10-31T06:30:00"),
        ("FREQ=MONTHLY", "2026-10-31T06:30:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "2026-10-31T06:30:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=29,30;BYSETPOS=-1", "2026-10-31T06:30:00"),
        ("FREQ=MONTHLY;BYDAY=1MO,-1FR", "2026-10-01T06:30:00"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-10-01T06:30:00"),
        ("FREQ=MONTHLY;BYDAY=1MO,FR", "2026-10-01T06:30:00"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13,18", "2026-10-01T06:30:00"),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "2020-12-24T06:30:00"),
        ("FREQ=YEARLY;BYMONTH=1;BYDAY=2TU", "2020-12-24T06:30:00"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=4", "2026-11-17T06:30:00"),
        ("FREQ=WEEKLY;BYDAY=TU;UNTIL=20261229", "2016-11-17T06:30:00"),
    ],
)
def test_every_rule_reads_back_as_it_is(kitchen, feed, written, alpha, rrule, dtstart):
    order = with_rule(kitchen.standing_order(), rrule, dtstart)
    check(order, feed, written, alpha)


@pytest.mark.parametrize(
    ("rrule", "dtstart"),
    [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2020-02-29T06:30:00"),
        ("FREQ=YEARLY", "2020-02-29T06:30:00"),
    ],
)
def test_the_29th_of_february_is_written_as_plain_dates(
    kitchen, feed, written, alpha, rrule, dtstart
):
    order = with_rule(kitchen.standing_order(), rrule, dtstart, holiday_policy="keep")
    at = datetime.fromisoformat("2027-11-20T09:00:00+00:00")
    body = written(feed, at)
    assert b"RRULE" not in body.partition(b"END:VTIMEZONE")[2]
    found = read_back(body, date(2028, 1, 1), date(2028, 4, 1))
    assert found == expected(order, alpha, date(2028, 1, 1), date(2028, 3, 31))
    assert len(found) == 1


@pytest.mark.parametrize("policy", ["before", "after", "keep"])
def test_holidays_are_shifted_as_the_rule_says(kitchen, feed, written, alpha, policy):
    order = kitchen.standing_order(holiday_policy=policy)
    events = check(order, feed, written, alpha)
    assert len(events) == (1 if policy == "keep" else 3)


def test_moved_skipped_changed_and_added_dates(kitchen, feed, written, alpha):
    order = kitchen.standing_order()
    decided(order, "2026-12-01T06:30:00", "move", "2026-12-02T17:00:00")
    decided(order, "2026-12-04T06:30:00", "cancel")
    decided(order, "2026-12-08T06:30:00", "change", lines=[[kitchen.apples.pk, "5"]])
    Added.objects.create(standing_order=order, start="2026-12-10T11:00:00", created_at=NOW)
    events = check(order, feed, written, alpha)
    assert starts(events, "RECURRENCE-ID") == ["12-01 06:30", "12-08 06:30"]
    assert starts(events, "RDATE") == ["12-10 11:00"]
    assert "12-04 06:30" in starts(events, "EXDATE")
    changed = next(e for e in events if e["DTSTART"].dt.day == 8)
    assert changed["DESCRIPTION"].startswith("5 Apples") or "5 kg Apples" in changed["DESCRIPTION"]


def test_a_date_moved_onto_one_that_is_skipped_stays(kitchen, feed, written, alpha):
    order = kitchen.standing_order()
    decided(order, "2026-12-04T06:30:00", "cancel")
    decided(order, "2026-12-08T06:30:00", "move", "2026-12-04T06:30:00")
    check(order, feed, written, alpha)


def test_the_first_date_skipped_and_the_last_moved(kitchen, feed, written, alpha):
    order = kitchen.standing_order(last_day=date(2026, 12, 18))
    decided(order, "2026-11-24T06:30:00", "cancel")
    decided(order, "2026-12-18T06:30:00", "move", "2026-12-21T06:30:00")
    decided(order, "2026-11-27T06:30:00", "move", "2026-11-30T09:00:00")
    check(order, feed, written, alpha)


def test_an_added_date_before_the_first_and_one_moved_again(kitchen, feed, written, alpha):
    order = kitchen.standing_order(first_day=date(2026, 12, 8))
    Added.objects.create(standing_order=order, start="2026-11-26T08:00:00", created_at=NOW)
    Added.objects.create(standing_order=order, start="2026-12-10T08:00:00", created_at=NOW)
    Added.objects.create(
        standing_order=order, start="2026-12-25T06:30:00", created_at=NOW
    )  # on a holiday
    decided(order, "2026-12-10T08:00:00", "move", "2026-12-12T08:00:00")
    check(order, feed, written, alpha)


def test_pauses_are_left_out_and_one_without_an_end_ends_the_rule(kitchen, feed, written, alpha):
    order = kitchen.standing_order()
    forget_made(order)
    Pause.objects.create(
        standing_order=order,
        from_day=date(2026, 12, 14),
        to_day=date(2026, 12, 20),
        created_at=NOW,
    )
    events = check(order, feed, written, alpha)
    assert starts(events, "EXDATE")[:2] == ["12-15 06:30", "12-18 06:30"]
    Pause.objects.create(standing_order=order, from_day=date(2027, 1, 11), created_at=NOW)
    (event,) = check(order, feed, written, alpha)
    assert event["RRULE"]["UNTIL"] == [datetime.fromisoformat("2027-01-08T05:30:00+00:00")]


@pytest.mark.parametrize("clock", ["02:30:00", "01:30:00", "03:00:00", "23:30:00"])
@pytest.mark.parametrize(
    ("first", "last"), [("2027-03-15", "2027-04-10"), ("2026-10-15", "2026-11-10")]
)
def test_the_nights_in_which_clocks_change(kitchen, feed, written, alpha, clock, first, last):
    order = with_rule(kitchen.standing_order(), "FREQ=DAILY", f"2026-10-10T{clock}", minutes=120)
    first, last = date.fromisoformat(first), date.fromisoformat(last)
    body = written(feed)
    found = read_back(body, first - timedelta(days=1), last + timedelta(days=2))
    wanted = expected(order, alpha, first - timedelta(days=1), last + timedelta(days=1))
    assert between(found, first, last) == between(wanted, first, last)
    assert len(between(found, first, last)) >= 24


def between(windows, first, last):
    """Those that lie wholly inside, so that the edges of the two searches don't matter."""
    return [window for window in windows if first < window[0].date() < last]


def test_two_windows_a_day_are_two_events(kitchen, feed, written, alpha):
    windows = (WindowDraft(time(6, 30), 30), WindowDraft(time(17), 90))
    order = kitchen.standing_order(windows=windows, holiday_policy="after")
    forget_made(order)
    decided(order, "2026-12-01T17:00:00", "cancel")
    decided(order, "2026-12-04T06:30:00", "move", "2026-12-04T08:00:00")
    events = check(order, feed, written, alpha)
    assert len({event["UID"] for event in events}) == 2
    assert sum("RRULE" in event for event in events) == 2


def test_a_producer_prepares_in_the_evening_before(kitchen, written, alpha):
    farm = kitchen.tomatoes.producer
    feed = opened(farm, MembershipFactory(business=farm).user, content="prepares")
    window = WindowDraft(time(6, 30), 30, time(18), 60, 1)
    order = kitchen.standing_order(windows=(window,), weekdays=[1, 4], holiday_policy="before")
    forget_made(order)
    decided(order, "2026-12-10T06:30:00", "move", "2026-12-11T09:00:00")
    found = read_back(written(feed), FIRST, LAST - timedelta(days=7))
    ends = ("pickup_after", "pickup_before")
    wanted = expected(order, alpha, FIRST, LAST, ends)
    assert found == [window for window in wanted if window[0].date() < LAST - timedelta(days=7)]
    rule = icalendar.Calendar.from_ical(written(feed)).walk("VEVENT")[0]["RRULE"]
    assert rule["BYDAY"] == ["WE", "SU"]


def test_one_date_may_be_longer(kitchen, feed, written, alpha):
    order = kitchen.standing_order()
    decided(order, "2026-12-01T06:30:00", "change")
    Override.objects.update(minutes=120)
    check(order, feed, written, alpha)


def test_each_version_has_its_own_events(kitchen, feed, written, alpha):
    order = kitchen.standing_order()
    forget_made(order)
    version = RuleVersion.objects.create(
        standing_order=order,
        number=2,
        valid_from="2026-12-15T00:00:00",
        dtstart="2026-11-23T07:00:00",
        rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE",
        created_at=NOW,
    )
    version.lines.create(product=kitchen.apples, quantity=1)
    version.windows.create(opens=time(7), minutes=60, pickup_opens=time(6))
    events = check(order, feed, written, alpha)
    assert len({event["UID"] for event in events}) == 2
    assert b"UNTIL=20261211T053000Z" in events[0]["RRULE"].to_ical()
    assert events[1]["DTSTART"].dt.strftime("%m-%d %H:%M") == "12-21 07:00"


def test_what_an_uid_names_stays_the_same(kitchen, feed, written):
    order = kitchen.standing_order()
    first = icalendar.Calendar.from_ical(written(feed)).walk("VEVENT")
    decided(order, "2026-12-01T06:30:00", "move", "2026-12-02T17:00:00")
    order.version = 2
    order.save()
    second = icalendar.Calendar.from_ical(written(feed, NOW + timedelta(days=9))).walk("VEVENT")
    assert {event["UID"] for event in first} == {event["UID"] for event in second}
    assert (first[0]["SEQUENCE"], second[0]["SEQUENCE"]) == (1, 2)


@pytest.mark.parametrize("zone", ["Europe/Paris", "Europe/Lisbon", "America/Montreal"])
def test_clocks_change_at_the_moment_on_the_clock_before_it(zone):
    body = write_calendar(
        "Chez Odile",
        [],
        zone=ZoneInfo(zone),
        days=selectors.days_covered(NOW, ZoneInfo(zone)),
        language="en",
    )
    (told,) = icalendar.Calendar.from_ical(body).walk("VTIMEZONE")
    changes = [
        each for each in told.subcomponents if each["TZOFFSETFROM"].td != each["TZOFFSETTO"].td
    ]
    assert len(changes) >= 4
    for change in changes:
        before, then = change["TZOFFSETFROM"].td, change["TZOFFSETTO"].td
        moment = (change["DTSTART"].dt - before).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        assert moment.utcoffset() == then
        assert (moment.astimezone(UTC) - SECOND).astimezone(ZoneInfo(zone)).utcoffset() == before
