"""Rule, pauses, holidays and hands: which wins, and the reason each leaves."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from recurring.holidays import is_public_holiday
from recurring.rules import parse_rule
from recurring.schedule import (
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

CHRISTMAS = {date(2026, 12, 25): "Christmas Day", date(2027, 1, 1): "New Year's Day"}
DECEMBER = (date(2026, 12, 1), date(2026, 12, 31))


def terms(rule="FREQ=WEEKLY;BYDAY=FR", policy=Policy.SKIP, **kwargs) -> Terms:
    term = Term(1, parse_rule(rule), datetime(2026, 12, 1, 6, 30), policy)
    return Terms(ZoneInfo("Europe/Paris"), kwargs.pop("versions", (term,)), **kwargs)


def run(terms: Terms, holidays=None, window=DECEMBER, weekdays=(1, 2, 3, 4, 5, 6)):
    calendar = WorkCalendar(frozenset(weekdays), CHRISTMAS if holidays is None else holidays)
    return {planned.original.date(): planned for planned in schedule(terms, calendar, *window)}


def test_a_holiday_is_skipped_by_name():
    planned = run(terms())[date(2026, 12, 25)]
    assert (planned.is_skipped, planned.reason, planned.detail) == (
        True,
        Reason.HOLIDAY,
        "Christmas Day",
    )


def test_a_holiday_moves_to_the_working_day_before_or_after_at_the_same_hour():
    before = run(terms(policy=Policy.BEFORE))[date(2026, 12, 25)]
    after = run(terms(policy=Policy.AFTER), weekdays=(1, 2, 3, 4, 5))[date(2026, 12, 25)]
    assert before.start == datetime(2026, 12, 24, 6, 30)
    assert after.start == datetime(2026, 12, 28, 6, 30)
    assert after.reason == Reason.HOLIDAY_AFTER


def test_keep_delivers_on_the_holiday():
    assert run(terms(policy=Policy.KEEP))[date(2026, 12, 25)].reason == Reason.RULE


def test_a_shift_onto_a_day_with_its_own_delivery_makes_one_order():
    found = run(terms("FREQ=WEEKLY;BYDAY=TH,FR", Policy.BEFORE))
    assert found[date(2026, 12, 24)].reason == Reason.RULE
    assert (found[date(2026, 12, 25)].is_skipped, found[date(2026, 12, 25)].reason) == (
        True,
        Reason.COLLISION,
    )


def test_two_holidays_in_a_row_land_on_one_day_once():
    holidays = {date(2026, 12, 25): "Christmas Day", date(2026, 12, 26): "St Stephen"}
    found = run(terms("FREQ=WEEKLY;BYDAY=FR,SA", Policy.AFTER), holidays)
    assert found[date(2026, 12, 25)].start.date() == date(2026, 12, 28)
    assert found[date(2026, 12, 26)].reason == Reason.COLLISION


def test_a_shift_into_a_pause_collides():
    paused = terms(policy=Policy.BEFORE, pauses=(Break(date(2026, 12, 24), date(2026, 12, 24)),))
    assert run(paused)[date(2026, 12, 25)].reason == Reason.COLLISION


def test_a_pause_on_the_holiday_itself_comes_first():
    paused = terms(policy=Policy.BEFORE, pauses=(Break(date(2026, 12, 25), None, "winter rest"),))
    planned = run(paused)[date(2026, 12, 25)]
    assert (planned.reason, planned.detail) == (Reason.PAUSED, "winter rest")


def test_no_working_day_within_two_weeks_is_skipped_and_said():
    assert (
        run(terms(policy=Policy.AFTER), weekdays=())[date(2026, 12, 25)].reason
        == Reason.NO_WORKING_DAY
    )


def test_a_hand_beats_pause_and_holiday_and_keeps_the_name():
    original, target = datetime(2026, 12, 25, 6, 30), datetime(2026, 12, 23, 9)
    moved = terms(
        pauses=(Break(date(2026, 12, 20)),),
        decisions={original: Decision(Action.MOVE, target)},
    )
    planned = run(moved)[date(2026, 12, 25)]
    assert (planned.start, planned.reason, planned.original) == (target, Reason.MOVED, original)
    cancelled = terms(decisions={original: Decision(Action.CANCEL)})
    assert run(cancelled)[date(2026, 12, 25)].reason == Reason.SKIPPED


def test_an_added_date_is_kept_on_holidays_and_in_pauses():
    added = datetime(2026, 12, 25, 10)
    found = schedule(
        terms(
            "FREQ=WEEKLY;BYDAY=TU", pauses=(Break(date(2026, 12, 24)),), added=frozenset({added})
        ),
        WorkCalendar(holidays=CHRISTMAS),
        *DECEMBER,
    )
    assert [planned.reason for planned in found if planned.start == added] == [Reason.ADDED]


def test_a_move_from_far_away_is_found_by_its_effective_day():
    far = terms(
        decisions={datetime(2027, 3, 5, 6, 30): Decision(Action.MOVE, datetime(2026, 12, 2, 6, 30))}
    )
    assert run(far)[date(2027, 3, 5)].start == datetime(2026, 12, 2, 6, 30)


def test_a_decision_for_a_date_the_rule_no_longer_gives_does_nothing():
    stale = terms(
        decisions={
            datetime(2026, 12, 9, 6, 30): Decision(Action.MOVE, datetime(2026, 12, 10, 6, 30))
        }
    )
    assert date(2026, 12, 9) not in run(stale)


def test_a_holiday_just_outside_the_window_shifts_into_it():
    found = run(terms(policy=Policy.BEFORE), window=(date(2026, 12, 29), date(2026, 12, 31)))
    assert found[date(2027, 1, 1)].start == datetime(2026, 12, 31, 6, 30)


def test_each_version_governs_its_own_stretch():
    versions = (
        Term(1, parse_rule("FREQ=WEEKLY;BYDAY=FR"), datetime(2026, 12, 1, 6, 30)),
        Term(
            2,
            parse_rule("FREQ=WEEKLY;BYDAY=MO"),
            datetime(2026, 12, 1, 7),
            valid_from=datetime(2026, 12, 12),
        ),
    )
    found = run(terms(versions=versions), holidays={})
    assert {day.day: planned.version for day, planned in found.items()} == {
        4: 1,
        11: 1,
        14: 2,
        21: 2,
        28: 2,
    }


def test_a_time_that_the_clock_skips_is_flagged():
    term = Term(1, parse_rule("FREQ=DAILY"), datetime(2026, 3, 29, 2, 30))
    (planned,) = schedule(
        Terms(ZoneInfo("Europe/Paris"), (term,)),
        WorkCalendar(),
        date(2026, 3, 29),
        date(2026, 3, 29),
    )
    assert planned.is_clock_shifted
    assert planned.at.isoformat() == "2026-03-29T03:30:00+02:00"


def test_holidays_of_regions():
    assert is_public_holiday("FR", "57", date(2026, 4, 3))  # Good Friday, Alsace-Moselle only
    assert not is_public_holiday("FR", "ARA", date(2026, 4, 3))
    assert not is_public_holiday("FR", None, date(2026, 12, 26))
    assert not is_public_holiday("XX", None, date(2026, 12, 25))
