"""What a co-op did in some days: deliveries, how many in time, what they brought, who rode."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Max, Min, Q, Sum

from coopcycle.words import filing_key
from dispatch.models import Courier, Shift, Task, TaskQuerySet, Tour
from orders.ordering.models import Order

_LATE = Q(finished_at__gt=F("before"))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days, both included."""

    first: date
    last: date

    @classmethod
    def of_month(cls, day: date, today: date) -> "Stretch":
        """The month of `day`, as far as it has come."""
        first = day.replace(day=1)
        end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return cls(first, min(end, max(today, first)))

    @property
    def before(self) -> "Stretch":
        """The same days of the month before, for comparison."""
        end = self.first - timedelta(days=1)
        first = end.replace(day=1)
        return Stretch(first, min(end, first + (self.last - self.first)))


@dataclass(frozen=True, slots=True)
class Figures:
    """Drop-offs that were made, and the orders behind them."""

    made: int
    late: int
    standing: int  # made for standing orders
    carriage_minor: int
    goods_minor: int

    @property
    def in_time_share(self) -> float:
        return (self.made - self.late) / self.made if self.made else 0.0

    @property
    def standing_share(self) -> float:
        return self.standing / self.made if self.made else 0.0


def figures(days: Stretch) -> Figures:
    counted = _made(days).aggregate(
        made=Count("pk"),
        late=Count("pk", filter=_LATE),
        standing=Count("pk", filter=Q(delivery__is_recurring=True)),
    )
    sums = Order.objects.filter(
        day__range=(days.first, days.last), state=Order.State.FULFILLED
    ).aggregate(carriage=Sum("delivery_minor"), goods=Sum("goods_minor"))
    return Figures(**counted, carriage_minor=sums["carriage"] or 0, goods_minor=sums["goods"] or 0)


@dataclass(frozen=True, slots=True)
class DayCount:
    """Drop-offs made on a day, and how many of them late."""

    day: date
    made: int
    late: int


def by_day(days: Stretch) -> list[DayCount]:
    """Days on which something was delivered."""
    counted = _made(days).order_by("day").values_list("day")
    rows = counted.annotate(made=Count("pk"), late=Count("pk", filter=_LATE))
    return [DayCount(*row) for row in rows]


def _made(days: Stretch) -> TaskQuerySet:
    return Task.objects.filter(
        kind=Task.Kind.DROPOFF, status=Task.Status.DONE, day__range=(days.first, days.last)
    )


@dataclass(frozen=True, slots=True)
class Hours:
    """What one courier rode, and the shifts that were planned for them."""

    name: str
    ridden: float
    planned: float


def hours(days: Stretch) -> list[Hours]:
    """Couriers of these days. Ridden: from the first start to the last stop of each day."""
    span = timedelta(0)
    ridden: dict[int, timedelta] = {}
    tours = Tour.objects.filter(day__range=(days.first, days.last)).order_by("pk")
    ends = tours.annotate(begun=Min("tasks__started_at"), ended=Max("tasks__finished_at"))
    for courier, begun, ended in ends.values_list("courier", "begun", "ended"):
        if begun and ended:
            ridden[courier] = ridden.get(courier, span) + max(ended - begun, span)
    shifts = Shift.objects.filter(after__date__range=(days.first, days.last)).order_by()
    planned = dict(shifts.values_list("courier").annotate(hours=Sum(F("before") - F("after"))))
    couriers = Courier.objects.filter(pk__in={*ridden, *planned}).select_related("user")
    return [
        Hours(
            courier.user.name,
            _in_hours(ridden.get(courier.pk, span)),
            _in_hours(planned.get(courier.pk, span)),
        )
        for courier in sorted(couriers, key=lambda each: (filing_key(each.user.name), each.pk))
    ]


def _in_hours(span: timedelta) -> float:
    return span.total_seconds() / 3600
