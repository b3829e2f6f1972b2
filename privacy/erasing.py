"""Somebody wishes to be erased: what that does is said first, then done, and done again after a restore."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership, User
from audit.recording import Kind, record
from coopcycle.errors import DomainError
from dispatch.models import Delivery, Task
from orders.models import Order
from privacy import people, retention
from privacy.accounting import keeping_in
from privacy.models import Erasure
from tenants.context import current_cooperative


@dataclass(frozen=True, slots=True)
class Consequences:
    """What an erasure takes away, and what must stay; sentences for the person who decides."""

    goes: Sequence[str]
    stays: Sequence[str]
    hindrance: str = ""  # why it cannot be done yet


def consequences_for(person: User) -> Consequences:
    """What erasing this person would do now."""
    orders = Order.objects.filter(placed_by=person).count()
    stops = Task.objects.filter(tour__courier__user=person, status__in=retention.OVER).count()
    goes = [
        _("Name, e-mail, phone, roles and password"),
        _("Signed-in browsers, calendar addresses and files that they brought"),
        *(
            _("Their place at %(business)s") % {"business": seat.business.name}
            for seat in person.memberships.select_related("business")
        ),
    ]
    stays = []
    if orders:
        years = keeping_in(_country()).years
        stays.append(
            ngettext(
                "%(number)s order that they placed, without their name: your country wants accounts kept for %(years)s years",
                "%(number)s orders that they placed, without their name: your country wants accounts kept for %(years)s years",
                orders,
            )
            % {"number": orders, "years": years}
        )
    if stops:
        stays.append(
            ngettext(
                "%(number)s stop that they rode, under “Former member”",
                "%(number)s stops that they rode, under “Former member”",
                stops,
            )
            % {"number": stops}
        )
    return Consequences(goes, stays, _hindrance(person))


def _hindrance(person: User) -> str:
    open_stops = Task.objects.open().filter(tour__courier__user=person).count()
    if open_stops:
        return ngettext(
            "%(name)s still has %(number)s stop to ride. Give it to somebody else first.",
            "%(name)s still has %(number)s stops to ride. Give them to somebody else first.",
            open_stops,
        ) % {"name": person.name, "number": open_stops}
    others = User.objects.filter(is_administrator=True, is_active=True).exclude(pk=person.pk)
    if person.is_administrator and not others.exists():
        return _("%(name)s is the last administrator. Make someone else administrator first.") % {
            "name": person.name
        }
    for seat in person.memberships.filter(level=Membership.Level.OWNER).select_related("business"):
        if not seat.business.memberships.filter(level="owner").exclude(user=person).exists():
            return _("%(name)s is the last owner of %(business)s. Invite another owner first.") % {
                "name": person.name,
                "business": seat.business.name,
            }
    return ""


@transaction.atomic
def erase_person(*, person_id: int, actor: User, at: datetime) -> User:
    """Empty an account for good. Raises DomainError while something hinders it."""
    list(User.objects.select_for_update().filter(is_administrator=True).order_by("pk"))
    person = User.objects.select_for_update().get(pk=person_id)
    if hindrance := _hindrance(person):
        raise DomainError(hindrance)
    _log(Erasure.Kind.PERSON, [person.pk], actor=actor, at=at)
    people.forget(person)
    record(Kind.ERASED, user=actor, about=person)
    return person


@transaction.atomic
def erase_deliveries(*, delivery_ids: Sequence[int], actor: User, at: datetime) -> int:
    """Erase the recipients of these parcels, which are over; how many there were."""
    found = Delivery.objects.filter(pk__in=delivery_ids, order__kind=Order.Kind.DELIVERY)
    running = Task.objects.exclude(status__in=retention.OVER).filter(delivery__in=found)
    if running.exists():
        raise DomainError(_("One of these parcels is still on its way. Erase it when it is over."))
    keys = list(found.values_list("pk", flat=True))
    _log(Erasure.Kind.DELIVERY, keys, actor=actor, at=at)
    record(Kind.ERASED, user=actor, deliveries=len(keys))
    return retention.erase_recipients(keys)


@transaction.atomic
def erase_again() -> int:
    """Erase everybody of the log once more: a restore has brought some of them back."""
    log = list(Erasure.objects.all())
    for person in User.objects.filter(
        pk__in=[each.object_id for each in log if each.kind == Erasure.Kind.PERSON]
    ).exclude(email__endswith=people.ERASED_HOST):
        people.forget(person)
    deliveries = Delivery.objects.filter(
        pk__in=[each.object_id for each in log if each.kind == Erasure.Kind.DELIVERY]
    ).exclude(recipient_name="")
    retention.erase_recipients(list(deliveries.values_list("pk", flat=True)))
    return len(log)


def _log(kind: Erasure.Kind, keys: Sequence[int], *, actor: User, at: datetime) -> None:
    Erasure.objects.bulk_create(
        [Erasure(kind=kind, object_id=key, at=at, by_id=actor.pk) for key in keys],
        ignore_conflicts=True,
    )


def _country() -> str:
    cooperative = current_cooperative()
    return cooperative.country if cooperative else ""
