"""The day as a time line: hours run to the right, each courier has a row, each stop a bar.

A bar is as long as its window. Words that do not fit into it stand behind it, and bars of one row are
put under each other wherever words or windows would touch: no name is ever cut. Pure: draws nothing,
asks nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from coopcycle.dates import format_delay
from dispatch.board.day import Board, Lane, Stop

HOUR_WIDTH = 72  # px at the narrowest; the line grows with the screen
BAR_HEIGHT = 24
BAR_STEP = 28
_LETTER_WIDTH = 7.0  # a generous mean of our 13 px text
_ICON_WIDTH = 26
_GAP = 8
_USUAL_HOURS = (8, 18)
_NOW_HIDES = timedelta(minutes=-22), timedelta(minutes=52)  # its pill, on the narrowest line


@dataclass(frozen=True, slots=True)
class Bar:
    """A stop's window. x and width are shares of the line, as SVG writes them: "12.50%"."""

    stop: Stop
    x: str
    width: str
    y: int
    has_words_inside: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A shift on the line."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Row:
    lane: Lane
    bars: list[Bar]
    shifts: list[Span]
    height: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the line. Its hour is not written where the time of now stands in its place."""

    at: datetime
    x: str
    is_written: bool = True


@dataclass(frozen=True, slots=True)
class Hours:
    """The line from its first full hour to its last."""

    rows: list[Row]
    ticks: list[Tick]
    width: int
    now: Tick | None


@dataclass(frozen=True, slots=True)
class _Line:
    opens: datetime
    closes: datetime

    @property
    def hours(self) -> float:
        return (self.closes - self.opens) / timedelta(hours=1)

    def share(self, moment: datetime) -> float:
        inside = min(max(moment, self.opens), self.closes)
        return (inside - self.opens) / (self.closes - self.opens)

    def x(self, moment: datetime) -> str:
        return _percent(self.share(moment))

    def width(self, after: datetime, before: datetime) -> str:
        return _percent(self.share(before) - self.share(after))


def hours_of(board: Board, *, at: datetime) -> Hours:
    """The board's rounds on one line, with a mark at `at` when it lies on it."""
    line = _line(board, at)
    hours = [line.opens + timedelta(hours=n) for n in range(round(line.hours))]
    ticks = [
        Tick(hour, line.x(hour), is_written=not _NOW_HIDES[0] < at - hour < _NOW_HIDES[1])
        for hour in hours
    ]
    return Hours(
        rows=[_row(lane, line) for lane in board.lanes],
        ticks=ticks,
        width=round(line.hours * HOUR_WIDTH),
        now=Tick(at, line.x(at)) if line.opens <= at < line.closes else None,
    )


def _line(board: Board, at: datetime) -> _Line:
    """From the hour in which the first stop or shift begins to the one in which the last ends.

    Today's line also reaches to now.
    """
    midnight = timezone.make_aware(datetime.combine(board.day, datetime.min.time()))
    begins, ends = (midnight + timedelta(hours=hour) for hour in _USUAL_HOURS)
    shifts = [(shift.after, shift.before) for lane in board.lanes for shift in lane.shifts]
    spans = shifts + [(stop.after, stop.before) for lane in board.lanes for stop in lane.shown]
    if spans:
        begins, ends = min(after for after, _ in spans), max(before for _, before in spans)
    next_midnight = midnight + timedelta(days=1)
    if midnight <= at < next_midnight:
        begins, ends = min(begins, at), max(ends, at + timedelta(hours=1))
    opens = _full_hour(max(begins, midnight))
    ends = max([ends, *(_words_end(stop) for lane in board.lanes for stop in lane.shown)])
    closes = _full_hour(min(ends, next_midnight + timedelta(hours=6)) + timedelta(minutes=59))
    return _Line(opens, max(closes, opens + timedelta(hours=6)))


def _full_hour(moment: datetime) -> datetime:
    """Of the co-op's clock, in UTC: hours on the line are real ones, also when clocks change."""
    local = timezone.localtime(moment)
    return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def _row(lane: Lane, line: _Line) -> Row:
    shelves: list[datetime] = []  # until when each shelf of the row is taken
    drawn = {}
    for stop in sorted(lane.shown, key=lambda stop: (stop.after, stop.position or 0)):
        shelf = next((n for n, end in enumerate(shelves) if end <= stop.after), len(shelves))
        shelves[shelf : shelf + 1] = [_words_end(stop)]
        drawn[stop.pk] = Bar(
            stop,
            line.x(stop.after),
            line.width(stop.after, stop.before),
            shelf * BAR_STEP + 4,
            _has_words_inside(stop),
        )
    shifts = [
        Span(line.x(shift.after), line.width(shift.after, shift.before)) for shift in lane.shifts
    ]
    bars = [drawn[stop.pk] for stop in lane.shown]  # in the order in which they are ridden
    return Row(lane, bars, shifts, len(shelves) * BAR_STEP + 4)


def _words_end(stop: Stop) -> datetime:
    """Until when the line is taken by a stop's window and words, at the line's narrowest."""
    if _has_words_inside(stop):
        return stop.before + timedelta(hours=_GAP / HOUR_WIDTH)
    return stop.before + timedelta(hours=(_words_width(stop) + 2 * _GAP) / HOUR_WIDTH)


def _has_words_inside(stop: Stop) -> bool:
    window = (stop.before - stop.after) / timedelta(hours=1) * HOUR_WIDTH
    return _ICON_WIDTH + _words_width(stop) <= window


def _words_width(stop: Stop) -> float:
    late = f" +{format_delay(stop.late_minutes)}" if stop.late_minutes else ""
    return len(stop.place + late) * _LETTER_WIDTH


def _percent(share: float) -> str:
    """With a point in every language: it is an attribute of SVG."""
    return f"{share * 100:.2f}%"
