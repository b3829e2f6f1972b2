"""What a recipient may know of a delivery: its stages and its window, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dispatch.models import Delivery, Task

DAYS_AFTER = 7  # a link opens until a week after the day of the delivery

Status = Task.Status


@dataclass(frozen=True)
class Progress:
    """A delivery as its recipient sees it. `courier` is a first name, given while they ride to you."""

    ordered_at: datetime
    picked_up_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    after: datetime
    before: datetime
    state: str  # of the table "delivery" in coopcycle/states.py
    courier: str

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


def find_delivery(token: str, *, today: date) -> Delivery | None:
    """The delivery of a link that still opens; an expired link is as good as unknown."""
    delivery = Delivery.objects.filter(tracking_token=token).first()
    if delivery is None:
        return None
    days = delivery.tasks.values_list("day", flat=True)
    if not days or today > max(days) + timedelta(days=DAYS_AFTER):
        return None
    return delivery


def progress_of(delivery: Delivery) -> Progress | None:
    """Folds the delivery's stops into what its recipient follows: the last drop-off."""
    stops = list(delivery.tasks.select_related("tour__courier__user").order_by("after", "pk"))
    pickups = [stop for stop in stops if stop.is_pickup]
    dropoffs = [stop for stop in stops if not stop.is_pickup]
    if not dropoffs:
        return None
    last = dropoffs[-1]
    riding = last.status == Status.DOING
    return Progress(
        ordered_at=delivery.created_at,
        picked_up_at=_picked_up_at(pickups),
        started_at=last.started_at,
        finished_at=last.finished_at,
        after=last.after,
        before=last.before,
        state=_state(last, pickups),
        courier=last.tour.courier.user.get_short_name() if riding and last.tour else "",
    )


def _picked_up_at(pickups: Sequence[Task]) -> datetime | None:
    """When the last thing was picked up; None while any pick-up is to come."""
    if any(stop.status in (Status.TODO, Status.DOING) for stop in pickups):
        return None
    made = [stop.finished_at for stop in pickups if stop.status == Status.DONE and stop.finished_at]
    return max(made, default=None)


def _state(dropoff: Task, pickups: Sequence[Task]) -> str:
    if dropoff.status in (Status.DONE, Status.FAILED, Status.CANCELLED):
        return str(dropoff.status).lower()
    moving = dropoff.status == Status.DOING or any(stop.status == Status.DONE for stop in pickups)
    return "underway" if moving else "waiting"
