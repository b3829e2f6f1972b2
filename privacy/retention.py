"""What each night erases, in batches, one function for each holding of the register.

A batch is a transaction; each function erases what is due of one batch and says how many rows it
were, and is called until it says 0. So a night that was cut off is finished by the next one, and
a second one finds nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Round

from accounts.models import Address, Business, Invitation, Session, User
from audit.erasing import out_of_the_record
from coopcycle.models import OutboxMessage
from dispatch.models import Delivery, Incident, LateReport, Proof, Task
from orders.models import Order, OrderPart
from privacy import people
from privacy.models import ErasureRun, Export
from privacy.register import HOLDINGS, Holding
from recurring.models import CalendarFeed, RuleImport, RuleVersion, StandingOrder

BATCH = 500
MOST_BATCHES = 400  # of a holding in one night; the next goes on
RUNS_KEPT = timedelta(days=400)
OVER = (Task.Status.DONE, Task.Status.FAILED, Task.Status.CANCELLED)

type Eraser = Callable[[datetime], int]


def erase_due(*, at: datetime) -> ErasureRun:
    """Erase all that is due in the active co-op, and write down how much it was."""
    counts = {}
    for holding in HOLDINGS:
        if holding.days is not None:
            counts[holding.name] = _erase(holding, before=at - timedelta(days=holding.days))
    ErasureRun.objects.filter(started_at__lt=at - RUNS_KEPT).delete()
    return ErasureRun.objects.create(started_at=at, finished_at=at, counts=counts)


def erase_old_mails(*, at: datetime) -> int:
    """Erase the mails that are due; all that the federation has of the register."""
    mails = next(holding for holding in HOLDINGS if holding.name == "mails")
    return 0 if mails.days is None else _erase(mails, before=at - timedelta(days=mails.days))


def _erase(holding: Holding, *, before: datetime) -> int:
    erased = 0
    for _batch in range(MOST_BATCHES):
        with out_of_the_record():
            found = ERASERS[holding.name](before)
        if not found:
            break
        erased += found
    return erased


def _keys(rows: "QuerySet[Any]") -> list[int]:
    """A batch of rows that nobody else is erasing."""
    locked = rows.order_by("pk").select_for_update(of=("self",), skip_locked=True)
    return list(locked.values_list("pk", flat=True)[:BATCH])


def _access(before: datetime) -> int:
    """Every stop's, also of a business: that keeps its own way in with its address."""
    over = Task.objects.filter(status__in=OVER).exclude(phone="", instructions="")
    due = over.annotate(over_at=Coalesce("finished_at", "before")).filter(over_at__lt=before)
    return Task.objects.filter(pk__in=_keys(due)).update(phone="", instructions="")


def _recipients(before: datetime) -> int:
    """Of parcels: what goes to a business is the business's own."""
    running = Task.objects.exclude(status__in=OVER).values("delivery")
    due = Delivery.objects.filter(
        order__kind=Order.Kind.DELIVERY, order__before__lt=before
    ).exclude(Q(recipient_name="") | Q(pk__in=running))
    return erase_recipients(_keys(due))


@out_of_the_record()
def erase_recipients(delivery_ids: list[int]) -> int:
    """Names, doors and proofs of these parcels; the town stays, and what was carried and paid."""
    dropoffs = Task.objects.filter(delivery__in=delivery_ids, kind=Task.Kind.DROPOFF)
    places = set(dropoffs.values_list("address", flat=True))
    _delete_with_photos(Proof.objects.filter(task__delivery__in=delivery_ids))
    _delete_with_photos(LateReport.objects.filter(task__delivery__in=delivery_ids))
    Incident.objects.filter(task__delivery__in=delivery_ids).update(note="")
    Order.objects.filter(delivery__in=delivery_ids).update(note="")
    town = Address.objects.filter(pk=OuterRef("address_id")).values("city")
    dropoffs.update(contact="", phone="", instructions="", place=Subquery(town))
    erased = Delivery.objects.filter(pk__in=delivery_ids).update(recipient_name="")
    blur_addresses(places)
    return erased


def blur_addresses(address_ids: set[int]) -> int:
    """Leave of an address the town, and a pin to about a kilometre; unless somebody needs it still."""
    wanted = Address.objects.filter(pk__in=address_ids).exclude(
        Q(pk__in=Business.objects.values("address"))
        | Q(pk__in=_addresses_of_standing_orders())
        | Q(pk__in=Task.objects.exclude(delivery__recipient_name="").values("address"))
    )
    return wanted.exclude(street="").update(
        name="",
        street="",
        instructions="",
        latitude=Round("latitude", precision=2),
        longitude=Round("longitude", precision=2),
    )


def _addresses_of_standing_orders() -> "QuerySet[Any]":
    kept = RuleVersion.objects.exclude(recipient="").exclude(recipient_address=None)
    return kept.values("recipient_address")


def _proofs(before: datetime) -> int:
    return _delete_with_photos(Proof.objects.filter(taken_at__lt=before))


def _late_reports(before: datetime) -> int:
    return _delete_with_photos(LateReport.objects.filter(happened_at__lt=before))


def _delete_with_photos[Kept: (Proof, LateReport)](rows: "QuerySet[Kept]") -> int:
    """The file first: killed in between, the row still names it, and the next night comes again."""
    locked = rows.filter(pk__in=_keys(rows))
    found = list(locked)
    for row in found:
        if row.photo:
            row.photo.delete(save=False)
    locked.delete()
    return len(found)


def _incidents(before: datetime) -> int:
    due = Incident.objects.filter(created_at__lt=before).exclude(note="")
    return Incident.objects.filter(pk__in=_keys(due)).update(note="")


def _order_notes(before: datetime) -> int:
    orders = Order.objects.filter(before__lt=before).exclude(note="")
    parts = OrderPart.objects.filter(order__before__lt=before).exclude(note="")
    return (
        Order.objects.filter(pk__in=_keys(orders)).update(note="")
        + OrderPart.objects.filter(pk__in=_keys(parts)).update(note="")
    )  # fmt: skip


def _standing_recipients(before: datetime) -> int:
    last = Coalesce(Max("occurrences__starts_at"), "created_at")
    over = (
        StandingOrder.objects.filter(state=StandingOrder.State.ENDED, kind=Order.Kind.DELIVERY)
        .annotate(last_at=last)
        .filter(last_at__lt=before)
    )
    due = RuleVersion.objects.filter(standing_order__in=over.values("pk")).exclude(recipient="")
    keys = _keys(due)
    versions = RuleVersion.objects.filter(pk__in=keys)
    places = {place for place in versions.values_list("recipient_address", flat=True) if place}
    for order in StandingOrder.objects.filter(versions__in=keys).distinct():
        order.events.update(changes=[])
        order.overrides.update(note="")
    erased = versions.update(recipient="", recipient_phone="", note="", producer_notes={})
    blur_addresses(places)
    return erased


def _people(before: datetime) -> int:
    """Accounts that were closed long ago. Everything they did stays, without the name."""
    due = User.objects.filter(is_active=False).exclude(email__endswith=people.ERASED_HOST)
    due = due.annotate(here_at=Coalesce("last_login", "joined_at")).filter(here_at__lt=before)
    for person in (found := list(User.objects.filter(pk__in=_keys(due)))):
        people.forget(person)
    return len(found)


def _invitations(before: datetime) -> int:
    over = Q(accepted_at__lt=before) | Q(revoked_at__lt=before) | Q(expires_at__lt=before)
    return _delete(Invitation.objects.filter(over))


def _sessions(before: datetime) -> int:
    return _delete(Session.objects.filter(ends_at__lt=before))


def _mails(before: datetime) -> int:
    """With their keys: nothing that is told once comes again after a month."""
    states = OutboxMessage.State
    over = [states.SENT, states.DEAD, states.DROPPED]
    return _delete(OutboxMessage.objects.filter(state__in=over, created_at__lt=before))


def _imports(before: datetime) -> int:
    return _delete(RuleImport.objects.filter(created_at__lt=before))


def _calendars(before: datetime) -> int:
    return _delete(CalendarFeed.objects.filter(revoked_at__lt=before))


def _exports(before: datetime) -> int:
    found = list(
        Export.objects.filter(pk__in=_keys(Export.objects.filter(requested_at__lt=before)))
    )
    for export in found:
        if export.file:
            export.file.delete(save=False)
    return _delete(Export.objects.filter(pk__in=[export.pk for export in found]))


def _delete(rows: "QuerySet[Any]") -> int:
    keys = _keys(rows)
    rows.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)


ERASERS: Mapping[str, Eraser] = {
    "access": _access,
    "recipients": _recipients,
    "proofs": _proofs,
    "incidents": _incidents,
    "late_reports": _late_reports,
    "order_notes": _order_notes,
    "standing_recipients": _standing_recipients,
    "people": _people,
    "invitations": _invitations,
    "sessions": _sessions,
    "mails": _mails,
    "imports": _imports,
    "calendars": _calendars,
    "exports": _exports,
}
