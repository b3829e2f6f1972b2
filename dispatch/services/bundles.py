"""Rounds that come again, and what belongs to them."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coopcycle.errors import DomainError
from dispatch.announcing import tell_boards
from dispatch.models import Courier, Delivery, Task, UsualTour


@transaction.atomic
def save_usual_tour(*, name: str, courier: Courier | None, tour_id: int | None = None) -> UsualTour:
    """Name a round, and who usually rides it. Stops that are made already stay with whom they are."""
    known = UsualTour.objects.select_for_update(of=("self",)).filter(archived_at=None)
    if known.filter(name__iexact=name).exclude(pk=tour_id or 0).exists():
        raise DomainError(_("There is a tour of this name already."), status=422)
    tour = known.get(pk=tour_id) if tour_id else UsualTour()
    tour.name, tour.courier = name, courier
    tour.save()
    return tour


def archive_usual_tour(tour_id: int, *, at: datetime) -> None:
    """Offer it no longer. What is on it stays on it, and waits on the board."""
    UsualTour.objects.filter(pk=tour_id, archived_at=None).update(archived_at=at)


@transaction.atomic
def put_on_usual_tour(delivery_ids: Collection[int], *, tour_id: int | None) -> None:
    """Deliveries belong to this round from now on, or to none."""
    Delivery.objects.filter(pk__in=delivery_ids).update(usual_tour=tour_id)
    tell_boards(set(Task.objects.filter(delivery__in=delivery_ids).values_list("day", flat=True)))
