"""What the dispatchers' board shows of a day, as plain values; selectors.py reads them.

Stops are plain rows, not models: a board draws hundreds of them at every change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Protocol

from dispatch import travel
from dispatch.models import Courier, Incident, LateReport, Shift, Task, Vehicle

_OPEN = (Task.Status.TODO, Task.Status.DOING)


@dataclass(slots=True, eq=False)
class Stop:
    """A task as the board draws it. The first fields are the columns of `selectors`, in their order."""

    pk: int
    kind: str
    status: str
    place: str
    load: str
    weight_grams: int
    after: datetime
    before: datetime
    started_at: datetime | None
    finished_at: datetime | None
    version: int
    position: int | None
    delivery_id: int
    tour_id: int | None
    courier_id: int | None
    street: str
    latitude: Decimal
    longitude: Decimal
    reference: str
    recipient_name: str
    is_recurring: bool
    usual_tour_id: int | None
    usual_tour: str | None
    late_minutes: int = 0
    incident: Incident | None = None

    @property
    def is_pickup(self) -> bool:
        return self.kind == Task.Kind.PICKUP

    @property
    def is_done(self) -> bool:
        return self.status == Task.Status.DONE

    @property
    def is_active(self) -> bool:
        return self.status != Task.Status.CANCELLED

    @property
    def is_open(self) -> bool:
        return self.status in _OPEN

    @property
    def is_movable(self) -> bool:
        return self.status == Task.Status.TODO

    @property
    def state(self) -> str:
        """As coopcycle/states.py names it: a task that waits is told by whether somebody has it."""
        if self.is_movable:
            return "assigned" if self.tour_id else "unassigned"
        return self.status.lower()

    @property
    def point(self) -> travel.Point:
        return float(self.latitude), float(self.longitude)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person wants to see of the day; all of it stands in the address."""

    all_done: bool = False
    with_cancelled: bool = False
    only_late: bool = False
    starts_before: time | None = None
    vehicle: str = ""  # a Vehicle.Kind: only couriers who ride such a one


WHAT_IS_USUAL = Shown()


@dataclass(slots=True)
class Hidden:
    """How many are not shown, and why: each filter says it."""

    done: int = 0
    cancelled: int = 0
    on_time: int = 0
    later: int = 0
    couriers: int = 0


@dataclass(slots=True, eq=False)
class Lane:
    """One courier's day: hours, load and the stops in order."""

    courier: Courier
    shifts: list[Shift] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    shown: list[Stop] = field(default_factory=list)
    back_at: datetime | None = None  # when the last stop is made: an estimate while some are open

    @property
    def counted(self) -> list[Stop]:
        return [stop for stop in self.stops if stop.is_active]

    @property
    def done(self) -> int:
        return sum(stop.is_done for stop in self.stops)

    @property
    def total(self) -> int:
        return len(self.counted)

    @property
    def worst_late(self) -> int:
        return max((stop.late_minutes for stop in self.stops), default=0)

    @property
    def is_back(self) -> bool:
        return not any(stop.is_open for stop in self.stops)

    @property
    def is_back_late(self) -> bool:
        """After the end of the shift."""
        return bool(self.back_at and self.shifts and self.back_at > self.shifts[-1].before)

    @property
    def kmh(self) -> int:
        vehicle = self.courier.vehicle
        is_light = vehicle is None or vehicle.kind == Vehicle.Kind.BIKE
        return travel.BIKE_KMH if is_light else travel.LOADED_KMH

    @property
    def load_kg(self) -> int:
        return _kilograms(peak_load(self.counted))

    @property
    def capacity_kg(self) -> int:
        """0 when nobody said what the courier rides."""
        return _kilograms(self.courier.vehicle.capacity_grams) if self.courier.vehicle else 0

    @property
    def over_kg(self) -> int:
        return max(0, self.load_kg - self.capacity_kg) if self.capacity_kg else 0

    @property
    def hidden_next(self) -> int | None:
        """The first stop after the last one shown: what is dropped at the end goes in front of it."""
        if not self.shown:
            return None
        rest = self.stops[self.stops.index(self.shown[-1]) + 1 :]
        return next((stop.pk for stop in rest if stop.is_active), None)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A usual tour of which stops wait, to be given to somebody together.

    `along`: the other waiting stops of their deliveries, which somebody rides; they come too.
    """

    tour_id: int
    name: str
    stops: list[Stop]
    along: list[Stop]

    @property
    def waiting(self) -> int:
        return len(self.stops)


@dataclass(frozen=True, slots=True)
class Problem:
    """An incident that nobody has settled yet."""

    incident: Incident
    stop: Stop
    courier: Courier | None


@dataclass(frozen=True, slots=True)
class Told:
    """A late report that nobody has decided on, and what had happened to its stop."""

    report: LateReport
    meanwhile: str


@dataclass(frozen=True, slots=True)
class Board:
    """The day of all couriers. Counts are of the whole day, whatever is shown."""

    day: date
    read_at: datetime
    lanes: list[Lane]
    everybody: list[Lane]  # also those whom the filter of vehicles hides
    resting: list[Courier]  # neither on shift nor with stops: they can still be given some
    pool: list[Stop]
    bundles: list[Bundle]  # of what the pool shows
    waiting: int  # unassigned in all
    problems: list[Problem]
    reports: list[Told]  # what phones told too late
    counts: dict[str, int]  # by the word of the state, as in coopcycle/states.py
    hidden: Hidden
    late: int
    total: int
    recurring: int


class Weighed(Protocol):
    """Something picked up or dropped off."""

    @property
    def is_pickup(self) -> bool: ...
    @property
    def weight_grams(self) -> int: ...


def peak_load(stops: Iterable[Weighed]) -> int:
    """The most that is on the bike at one moment, in grams, when `stops` are ridden in order."""
    aboard = peak = 0
    for stop in stops:
        if stop.is_pickup:
            aboard += stop.weight_grams
            peak = max(peak, aboard)
        else:  # goods picked up by somebody else count for their own stop
            peak = max(peak, stop.weight_grams)
            aboard = max(0, aboard - stop.weight_grams)
    return peak


def _kilograms(grams: int) -> int:
    return round(grams / 1000)
