"""Rule, pauses, holidays and hands: which wins, and the reason each leaves."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from recurring import schedule as schedule_module
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
    first_after,
    schedule,
    without_original,
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


def test_a_local_closure_of_the_co_op_is_a_holiday():
    closed = {date(2026, 12, 11): "Move to the new depot"}
    planned = run(terms(policy=Policy.AFTER), closed)[date(2026, 12, 11)]
    assert (planned.start.date(), planned.detail) == (date(2026, 12, 12), "Move to the new depot")


def test_a_day_the_co_op_does_not_work_is_no_holiday():
    found = run(terms("FREQ=WEEKLY;BYDAY=SU"), holidays={})
    assert {planned.reason for planned in found.values()} == {Reason.RULE}


def test_a_holiday_beside_a_pause_gives_way_to_the_pause_on_either_side():
    for policy, paused in ((Policy.BEFORE, date(2026, 12, 24)), (Policy.AFTER, date(2026, 12, 26))):
        beside = terms(policy=policy, pauses=(Break(paused, paused),))
        assert run(beside)[date(2026, 12, 25)].reason == Reason.COLLISION
        away = terms(policy=policy, pauses=(Break(date(2026, 12, 20), date(2026, 12, 23)),))
        assert not run(away)[date(2026, 12, 25)].is_skipped


def test_a_pause_includes_both_its_days_and_may_stay_open():
    friday = terms("FREQ=DAILY", pauses=(Break(date(2026, 12, 10), date(2026, 12, 12)),))
    skipped = [day.day for day, planned in run(friday, {}).items() if planned.is_skipped]
    assert skipped == [10, 11, 12]
    ever = terms("FREQ=DAILY", pauses=(Break(date(2026, 12, 30)),))
    assert [day.day for day, planned in run(ever, {}).items() if planned.is_skipped] == [30, 31]


def test_a_holiday_policy_asks_the_original_day_not_the_one_a_hand_chose():
    onto = terms(
        decisions={
            datetime(2026, 12, 18, 6, 30): Decision(Action.MOVE, datetime(2026, 12, 25, 6, 30))
        }
    )
    planned = run(onto)[date(2026, 12, 18)]
    assert (planned.start.date(), planned.reason) == (date(2026, 12, 25), Reason.MOVED)


def test_a_moved_date_is_cancelled_by_its_original_name():
    original = datetime(2026, 12, 25, 6, 30)
    moved = {original: Decision(Action.MOVE, datetime(2026, 12, 23, 6, 30))}
    cancelled = {**moved, original: Decision(Action.CANCEL)}
    assert run(terms(decisions=moved))[date(2026, 12, 25)].start.day == 23
    assert run(terms(decisions=cancelled))[date(2026, 12, 25)].reason == Reason.SKIPPED


def test_a_move_within_the_day_keeps_other_dates_as_they_are():
    original = datetime(2026, 12, 11, 6, 30)
    later = terms(decisions={original: Decision(Action.MOVE, datetime(2026, 12, 11, 17))})
    found = run(later, {})
    assert found[date(2026, 12, 11)].start == datetime(2026, 12, 11, 17)
    assert found[date(2026, 12, 18)].start == datetime(2026, 12, 18, 6, 30)


def test_a_changed_date_stays_where_it_is_on_a_holiday_and_in_a_pause():
    changed = terms(
        pauses=(Break(date(2026, 12, 20)),),
        decisions={datetime(2026, 12, 25, 6, 30): Decision(Action.CHANGE)},
    )
    planned = run(changed)[date(2026, 12, 25)]
    assert (planned.start.day, planned.reason, planned.is_skipped) == (25, Reason.CHANGED, False)


def test_an_excluded_date_beats_an_added_one():
    added = datetime(2026, 12, 9, 10)
    both = terms(added=frozenset({added}), decisions={added: Decision(Action.CANCEL)})
    assert run(both)[date(2026, 12, 9)].reason == Reason.SKIPPED


def test_an_added_date_that_the_rule_gives_too_comes_once_and_as_made_by_hand():
    christmas = datetime(2026, 12, 25, 6, 30)
    found = run(terms(added=frozenset({christmas})))
    assert [day.day for day in found] == [4, 11, 18, 25]
    assert found[date(2026, 12, 25)].reason == Reason.ADDED


def test_an_added_date_may_lie_before_the_start_and_after_the_end():
    ended = terms(
        "FREQ=WEEKLY;BYDAY=FR;UNTIL=20261212",
        added=frozenset({datetime(2026, 11, 27, 9), datetime(2026, 12, 30, 9)}),
    )
    found = run(ended, {}, window=(date(2026, 11, 1), date(2026, 12, 31)))
    assert [(day.month, day.day) for day in found] == [(11, 27), (12, 4), (12, 11), (12, 30)]


def test_an_end_before_a_decision_leaves_it_without_a_date_and_lists_it():
    late = datetime(2026, 12, 18, 6, 30)
    ended = terms(
        "FREQ=WEEKLY;BYDAY=FR;UNTIL=20261212",
        decisions={
            datetime(2026, 12, 4, 6, 30): Decision(Action.CANCEL),
            late: Decision(Action.MOVE, datetime(2026, 12, 19, 6, 30)),
        },
    )
    assert [day.day for day in run(ended, {})] == [4, 11]
    assert without_original(ended) == [late]


def test_a_decision_with_the_wrong_time_is_listed_too():
    wrong = datetime(2026, 12, 4, 9)
    assert without_original(terms(decisions={wrong: Decision(Action.CANCEL)})) == [wrong]


def test_a_split_at_the_first_date_replaces_the_whole_rule():
    versions = (
        Term(1, parse_rule("FREQ=WEEKLY;BYDAY=FR"), datetime(2026, 12, 1, 6, 30)),
        Term(
            2,
            parse_rule("FREQ=WEEKLY;BYDAY=MO"),
            datetime(2026, 12, 1, 7),
            valid_from=datetime(2026, 12, 4, 6, 30),
        ),
    )
    found = run(terms(versions=versions), holidays={})
    assert {planned.version for planned in found.values()} == {2}


def test_a_split_made_twice_at_one_date_leaves_the_later():
    split = datetime(2026, 12, 11, 6, 30)
    versions = (
        Term(1, parse_rule("FREQ=WEEKLY;BYDAY=FR"), datetime(2026, 12, 1, 6, 30)),
        Term(2, parse_rule("FREQ=DAILY"), datetime(2026, 12, 1, 6, 30), valid_from=split),
        Term(3, parse_rule("FREQ=WEEKLY;BYDAY=FR"), datetime(2026, 12, 1, 6, 30), valid_from=split),
    )
    found = run(terms(versions=versions), holidays={})
    assert {day.day: planned.version for day, planned in found.items()} == {
        4: 1,
        11: 3,
        18: 3,
        25: 3,
    }


def test_a_split_goes_by_the_original_start_of_a_moved_date():
    moved_from, moved_to = datetime(2026, 12, 18, 6, 30), datetime(2026, 12, 9, 6, 30)
    old, new = parse_rule("FREQ=WEEKLY;BYDAY=FR"), parse_rule("FREQ=WEEKLY;BYDAY=FR")
    versions = (
        Term(1, old, datetime(2026, 12, 1, 6, 30)),
        Term(2, new, datetime(2026, 12, 1, 6, 30), valid_from=datetime(2026, 12, 18, 6, 30)),
    )
    found = run(
        terms(versions=versions, decisions={moved_from: Decision(Action.MOVE, moved_to)}), {}
    )
    planned = found[date(2026, 12, 18)]
    assert (planned.start, planned.version) == (moved_to, 2)  # though it comes before the split


def test_no_dates_in_a_window_of_nothing():
    assert schedule(terms(), WorkCalendar(), date(2026, 12, 5), date(2026, 12, 10)) == []


def test_the_calendars_ends_are_no_trouble():
    assert schedule(terms(), WorkCalendar(), date.min, date(2026, 12, 4))[0].start.day == 4
    last = schedule(terms(), WorkCalendar(), date(9999, 12, 31), date.max)
    assert [planned.start.year for planned in last] == [9999]


def test_a_window_looks_no_further_than_a_holiday_may_move_a_delivery(monkeypatch):
    days = []
    real = schedule_module.local_starts

    def looked_at(*args, window, **kwargs):
        days.append(round((window[1] - window[0]) / timedelta(days=1)))
        return real(*args, window=window, **kwargs)

    monkeypatch.setattr(schedule_module, "local_starts", looked_at)
    for policy in (Policy.SKIP, Policy.KEEP, Policy.BEFORE):
        run(terms(policy=policy), window=(date(2026, 12, 1), date(2026, 12, 1)))
    run(terms(policy=Policy.AFTER), {}, window=(date(2026, 12, 1), date(2026, 12, 1)))
    assert days == [1, 1, 59, 1]


def test_the_first_date_after_a_day_is_found_however_long_it_rests():
    calendar = WorkCalendar(holidays=CHRISTMAS)
    leap_days = terms("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29")
    assert first_after(leap_days, calendar, date(2096, 2, 29)) == date(2104, 2, 29)
    six = terms("FREQ=WEEKLY;BYDAY=FR;COUNT=6")  # two of them on holidays
    assert first_after(six, calendar, date(2026, 12, 18)) == date(2027, 1, 8)
    assert first_after(six, calendar, date(2027, 1, 8)) is None
