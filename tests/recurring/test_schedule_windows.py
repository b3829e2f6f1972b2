"""Several windows a day: each is an occurrence of its own, and all of a date shift together."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

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

CHRISTMAS = {date(2026, 12, 25): "Christmas Day"}
BOTH_DAYS = {**CHRISTMAS, date(2026, 12, 26): "St Stephen"}
DECEMBER = (date(2026, 12, 1), date(2026, 12, 31))


def term(rule: str, policy=Policy.SKIP, number=1, opens=7, **kwargs) -> Term:
    return Term(
        number,
        parse_rule(rule),
        datetime(2026, 12, 1, opens),
        policy,
        times=kwargs.pop("times", (time(15),)),
        **kwargs,
    )


def run(*versions: Term, holidays=CHRISTMAS, window=DECEMBER, **kwargs):
    terms = Terms(ZoneInfo("Europe/Paris"), versions, **kwargs)
    return schedule(terms, WorkCalendar(holidays=holidays), *window)


def delivered(planned) -> list[str]:
    return [each.start.strftime("%dT%H") for each in planned if not each.is_skipped]


def reasons(planned, day: int) -> list[str]:
    return [str(each.reason) for each in planned if each.original.day == day]


FRIDAYS = "FREQ=WEEKLY;BYDAY=FR"


def test_each_window_of_a_date_is_an_occurrence_of_its_own():
    found = run(term(FRIDAYS), holidays={}, window=(date(2026, 12, 1), date(2026, 12, 7)))
    assert [each.original for each in found] == [
        datetime(2026, 12, 4, 7),
        datetime(2026, 12, 4, 15),
    ]


def test_a_hand_may_skip_one_window_and_move_the_other():
    found = run(
        term(FRIDAYS),
        decisions={
            datetime(2026, 12, 4, 7): Decision(Action.CANCEL),
            datetime(2026, 12, 4, 15): Decision(Action.MOVE, datetime(2026, 12, 5, 9)),
        },
        window=(date(2026, 12, 1), date(2026, 12, 7)),
    )
    assert reasons(found, 4) == [Reason.SKIPPED, Reason.MOVED]
    assert delivered(found) == ["05T09"]


def test_all_windows_of_a_holiday_shift_together():
    assert delivered(run(term(FRIDAYS, Policy.BEFORE)))[-2:] == ["24T07", "24T15"]
    assert reasons(run(term(FRIDAYS)), 25) == [Reason.HOLIDAY, Reason.HOLIDAY]


def test_a_pause_skips_all_windows_of_its_days():
    found = run(term(FRIDAYS), pauses=(Break(date(2026, 12, 11), date(2026, 12, 11)),))
    assert reasons(found, 11) == [Reason.PAUSED, Reason.PAUSED]


def test_two_holidays_in_a_row_bring_their_windows_once():
    found = run(term("FREQ=WEEKLY;BYDAY=FR,SA", Policy.AFTER), holidays=BOTH_DAYS)
    assert delivered(found)[-2:] == ["28T07", "28T15"]
    assert reasons(found, 25) == [Reason.HOLIDAY_AFTER] * 2
    assert reasons(found, 26) == [Reason.COLLISION] * 2


def test_a_holiday_before_and_one_after_may_meet_on_one_day_once():
    """A version that moves ahead and one that moves back: the earlier original wins."""
    holidays = {date(2026, 12, 14): "One", date(2026, 12, 16): "Two"}
    found = run(
        term("FREQ=WEEKLY;BYDAY=MO", Policy.AFTER),
        term("FREQ=WEEKLY;BYDAY=WE", Policy.BEFORE, 2, 8, valid_from=datetime(2026, 12, 15)),
        holidays=holidays,
    )
    assert [each for each in delivered(found) if each[:2] == "15"] == ["15T07", "15T15"]
    assert reasons(found, 16) == [Reason.COLLISION] * 2


def test_a_shift_never_joins_the_days_own_date_even_at_another_time():
    found = run(
        term("FREQ=WEEKLY;BYDAY=FR", Policy.BEFORE),
        added=frozenset({datetime(2026, 12, 24, 11)}),
    )
    assert delivered(found)[-1] == "24T11"
    assert reasons(found, 25) == [Reason.COLLISION] * 2


def test_a_date_that_a_hand_skipped_keeps_its_day_free_of_shifts():
    """“Not on the 24th” must not bring the 25th's delivery on the 24th instead."""
    eve = {datetime(2026, 12, 24, 7): Decision(Action.CANCEL)}
    away = {datetime(2026, 12, 24, 7): Decision(Action.MOVE, datetime(2026, 12, 22, 7))}
    for decisions in (eve, away):
        found = run(term("FREQ=WEEKLY;BYDAY=TH,FR", Policy.BEFORE, times=()), decisions=decisions)
        assert reasons(found, 25) == [Reason.COLLISION]


def test_a_split_between_two_windows_of_a_day_gives_each_to_its_version():
    found = run(
        term("FREQ=WEEKLY;BYDAY=FR"),
        term("FREQ=WEEKLY;BYDAY=FR", number=2, valid_from=datetime(2026, 12, 11, 15)),
        holidays={},
    )
    assert {(each.original.day, each.original.hour): each.version for each in found} == {
        (4, 7): 1,
        (4, 15): 1,
        (11, 7): 1,
        (11, 15): 2,
        (18, 7): 2,
        (18, 15): 2,
        (25, 7): 2,
        (25, 15): 2,
    }


def test_a_move_from_far_away_holds_its_day_outside_the_window_too():
    """What lands on the 24th decides whether the 25th may, whichever days are asked for."""
    far = {datetime(2027, 3, 5, 7): Decision(Action.MOVE, datetime(2026, 12, 24, 11))}
    versions = term(FRIDAYS, Policy.BEFORE, times=())
    christmas = run(versions, decisions=far, window=(date(2026, 12, 25), date(2026, 12, 25)))
    assert [each.reason for each in christmas] == [Reason.COLLISION]
