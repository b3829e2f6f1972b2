"""When couriers ride."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coopcycle.errors import DomainError
from dispatch.announcing import tell_boards
from dispatch.models import Courier, Shift


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
