"""A producer's coming weeks: what is wanted, by week and by day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from recurring.totals import Total

OPEN_WEEKS = 1  # the days that are worked for now; the others are a click away


@dataclass(frozen=True, slots=True)
class Week:
    """One week with its days, and whether it is unfolded at first."""

    monday: date
    days: list[tuple[date, list[Total]]]
    is_open: bool

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)


def weeks_of(totals: Iterable[Total]) -> list[Week]:
    """The totals, which come in the order of their days."""
    days = [(day, list(rows)) for day, rows in groupby(totals, key=lambda total: total.day)]
    weeks = groupby(days, key=lambda each: each[0] - timedelta(days=each[0].weekday()))
    return [
        Week(monday, list(of_week), is_open=number < OPEN_WEEKS)
        for number, (monday, of_week) in enumerate(weeks)
    ]
