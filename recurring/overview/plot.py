"""The month's deliveries as columns: where each is drawn, in whole units of the picture. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from recurring.overview.numbers import DayCount, Stretch

WIDTH, BASE, TOP, LEFT = 545, 258, 14, 30
_STEPS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)


@dataclass(frozen=True, slots=True)
class Column:
    """One day: what was in time, and the late ones on top of it."""

    day: date
    made: int
    late: int
    x: int
    width: int
    top: int
    late_height: int
    height: int
    has_label: bool

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def in_time_top(self) -> int:
        return self.top + self.late_height


@dataclass(frozen=True, slots=True)
class Plot:
    columns: list[Column]
    ticks: list[tuple[int, int]]  # number, height
    average: int | None  # height of the line of the month before

    width: ClassVar[int] = WIDTH
    base: ClassVar[int] = BASE
    left: ClassVar[int] = LEFT


def plot(days: Stretch, counts: Sequence[DayCount], former: Sequence[DayCount]) -> Plot:
    """Columns of all days of the stretch; `former` are the days that the dashed line averages."""
    average = sum(day.made for day in former) / len(former) if former else 0
    most = max([day.made for day in counts] + [round(average), 1])
    step = next((step for step in _STEPS if most / step <= 4), most)
    ceiling = step * -(-most // step)
    length = (days.last - days.first).days + 1
    slot = (WIDTH - LEFT) / max(length, 7)
    every = 1 if length <= 16 else 2
    known = {count.day: count for count in counts}

    def height(number: float) -> int:
        return round((BASE - TOP) * number / ceiling)

    columns = []
    for number in range(length):
        day = days.first + timedelta(days=number)
        count = known.get(day, DayCount(day, 0, 0))
        late = height(count.late)
        columns.append(
            Column(
                day=day,
                made=count.made,
                late=count.late,
                x=round(LEFT + slot * number + slot * 0.14),
                width=min(round(slot * 0.72), 34),
                top=BASE - height(count.made),
                late_height=late,
                height=height(count.made) - late,
                has_label=(length - 1 - number) % every == 0,
            )
        )
    ticks = [(number, BASE - height(number)) for number in range(0, ceiling + 1, step)]
    return Plot(columns, ticks, BASE - height(average) if former else None)
