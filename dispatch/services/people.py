"""When couriers ride."""

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.errors import DomainError
from dispatch.announcing import tell_boards
from dispatch.models import Courier, Shift, Vehicle


@transaction.atomic
def add_shift(*, courier_id: int, after: datetime, before: datetime) -> Shift:
    """Put a courier on shift, `[after, before)`. Raises DomainError when they already ride then."""
    courier = Courier.objects.select_for_update(of=("self",)).get(pk=courier_id)
    if courier.shifts.filter(after__lt=before, before__gt=after).exists():
        raise DomainError(
            _("%(courier)s already has a shift at that time.") % {"courier": courier},
            status=422,
        )
    shift = courier.shifts.create(after=after, before=before)
    _tell(shift)
    return shift


@transaction.atomic
def remove_shift(shift_id: int) -> None:
    """Take a courier off shift. Their stops stay with them: the board warns, it does not take."""
    shift = Shift.objects.select_for_update(of=("self",)).get(pk=shift_id)
    _tell(shift)
    shift.delete()


def _tell(shift: Shift) -> None:
    tell_boards([timezone.localdate(shift.after)])


@transaction.atomic
def place_courier(*, user: User, vehicle: Vehicle | None) -> Courier:
    """Give a courier a usual vehicle, and a place on the board if they have none.

    A newcomer gets the line colour that the fewest others have.
    """
    courier, is_new = Courier.objects.get_or_create(
        user=user, defaults={"vehicle": vehicle, "line": _rarest_line()}
    )
    if not is_new and (courier.vehicle != vehicle or courier.archived_at):
        courier.vehicle, courier.archived_at = vehicle, None
        courier.save(update_fields=["vehicle", "archived_at"])
    return courier


def _rarest_line() -> int:
    used = Counter(Courier.objects.filter(archived_at=None).values_list("line", flat=True))
    return min(range(1, 6), key=lambda line: used[line])
