"""What a year's preview of 200 standing orders costs, and what a rule's age adds to it.

The floor is plain dateutil on the same rules: naive dates, without zones, holidays, pauses or
reasons. Both run in turns, so that a busy machine slows both; the median of the pairs counts.
"""

import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from benchmarks.result import Result
from recurring.expansion import local_starts
from recurring.holidays import public_holidays
from recurring.rules import parse_rule
from recurring.schedule import Break, Policy, Term, Terms, WorkCalendar, schedule

ORDERS = 200
PAIRS = 7
_PARIS = ZoneInfo("Europe/Paris")
_FIRST, _LAST = date(2026, 1, 1), date(2026, 12, 31)
# As businesses order: mostly some days a week.
_RULES = (
    "FREQ=WEEKLY;BYDAY=TU,FR",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=WEEKLY;BYDAY=SA",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH",
    "FREQ=DAILY",
    "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
    "FREQ=MONTHLY;BYDAY=1MO",
)


def run() -> list[Result]:
    """Seconds for the year's preview, beside dateutil; and a week of old rules, beside young."""
    return [
        _beside(
            f"a year's preview of {ORDERS} standing orders",
            value=_preview,
            floor=_plain_dateutil,
        ),
        _beside(
            f"a week of {ORDERS} rules ten years old, beside their first year",
            value=lambda: _a_week_of(2016),
            floor=lambda: _a_week_of(2026),
        ),
    ]


def _beside(name: str, *, value: Callable[[], int], floor: Callable[[], int]) -> Result:
    assert value() > 0  # warms up: parsed rules and holidays are kept
    assert floor() > 0
    pairs = [(_seconds(value), _seconds(floor)) for _ in range(PAIRS)]
    return Result(
        name=name,
        value=statistics.median(ours for ours, _ in pairs) * 1000,
        unit="ms",
        floor=statistics.median(plain for _, plain in pairs) * 1000,
        ratio=statistics.median(ours / plain for ours, plain in pairs),
    )


def _seconds(work: Callable[[], int]) -> float:
    """Of this process's own time: other work on the machine does not count."""
    started = time.process_time()
    work()
    return time.process_time() - started


def _orders(year: int) -> list[tuple[str, datetime]]:
    """Rules with their first dates, spread over a month of that year."""
    return [
        (_RULES[n % len(_RULES)], datetime(year, 1, 1 + n % 28, 6, 30))  # noqa: DTZ001 - wall clock
        for n in range(ORDERS)
    ]


def _preview() -> int:
    calendar = WorkCalendar(holidays={**public_holidays("FR", "57", 2026)})
    pause = Break(date(2026, 8, 1), date(2026, 8, 15), "summer")
    dates = 0
    for rule, dtstart in _orders(2026):
        term = Term(1, parse_rule(rule), dtstart, Policy.BEFORE)
        dates += len(schedule(Terms(_PARIS, (term,), (pause,)), calendar, _FIRST, _LAST))
    return dates


def _plain_dateutil() -> int:
    begin, end = datetime(2026, 1, 1), datetime(2026, 12, 31, 23)  # noqa: DTZ001 - wall clock
    return sum(
        len(rrulestr(rule, dtstart=dtstart).between(begin, end, inc=True))
        for rule, dtstart in _orders(2026)
    )


def _a_week_of(year: int) -> int:
    begin = datetime(2026, 9, 7)  # noqa: DTZ001 - wall clock
    window = (begin, begin + timedelta(days=7))
    return sum(
        len(local_starts(parse_rule(rule), zone=_PARIS, dtstart=dtstart, window=window))
        for rule, dtstart in _orders(year)
    )


if __name__ == "__main__":
    for result in run():
        print(f"{result.name}: {result.value:.0f} {result.unit}, ratio {result.ratio:.2f}")
