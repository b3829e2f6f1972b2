"""Reads for the pages of privacy."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import ngettext

from accounts.models import User
from dispatch.models import Delivery, Task
from orders.models import Order
from privacy.accounting import Keeping, keeping_in
from privacy.exports.photos import DOORS, DoorPhoto, photos_of
from privacy.models import ErasureRun, Export
from privacy.register import HOLDINGS, YEAR
from privacy.retention import OVER
from tenants.models import Cooperative

LATE_AFTER = timedelta(hours=49)  # two nights and a little
MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """One line of the register, as the page shows it."""

    what: Promise
    purpose: Promise
    kept: str
    erased: int | None  # in the last run; None: nothing of it is ever due


def register_rows(run: ErasureRun | None) -> list[HoldingRow]:
    counts = run.counts if run else {}
    return [
        HoldingRow(
            holding.what,
            holding.purpose,
            _time_words(holding.days, holding.since) if holding.days else str(holding.since),
            counts.get(holding.name, 0) if holding.days else None,
        )
        for holding in HOLDINGS
    ]


def last_run() -> ErasureRun | None:
    return ErasureRun.objects.first()


def is_late(run: ErasureRun | None, cooperative: Cooperative, at: datetime) -> bool:
    since = run.finished_at if run else cooperative.created_at
    return at - since > LATE_AFTER


def keeping_of(cooperative: Cooperative) -> Keeping:
    return keeping_in(cooperative.country)


def exports_of(user: User, kind: str, *, at: datetime) -> QuerySet[Export]:
    """What a person asked for in the last day."""
    return Export.objects.filter(user=user, kind=kind, requested_at__gt=at - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class FoundParcel:
    """A parcel with `day` and `is_running` (not over), and the photos of its door."""

    delivery: Delivery
    photos: list[DoorPhoto]


def find_recipients(words: str) -> list[FoundParcel]:
    """Parcels whose recipient has this name or phone number, the newest first.

    Names only in full words, so that nobody leafs through all of them.
    """
    words = " ".join(words.split())
    if len(words) < 3:
        return []
    digits = "".join(letter for letter in words if letter.isdigit())
    named = Q(recipient_name__icontains=words)
    if len(digits) >= 6:
        rung = Task.objects.filter(kind=Task.Kind.DROPOFF, phone__regex=r"\D*".join(digits))
        named |= Q(pk__in=rung.values("delivery"))
    parcels = Delivery.objects.filter(named, order__kind=Order.Kind.DELIVERY)
    running = Task.objects.exclude(status__in=OVER).filter(delivery=OuterRef("pk"))
    return [
        FoundParcel(delivery, photos_of(delivery))
        for delivery in parcels.exclude(recipient_name="")
        .select_related("sender")
        .prefetch_related(DOORS)
        .annotate(day=Max("tasks__day"), is_running=Exists(running))
        .order_by("-day", "-pk")[:MOST_FOUND]
    ]


def _time_words(days: int, since: Promise) -> str:
    """“1 year after the delivery”, as one sentence."""
    if days % YEAR == 0:
        years = days // YEAR
        words = ngettext("%(number)s year %(after_what)s", "%(number)s years %(after_what)s", years)
        return words % {"number": years, "after_what": since}
    words = ngettext("%(number)s day %(after_what)s", "%(number)s days %(after_what)s", days)
    return words % {"number": days, "after_what": since}
