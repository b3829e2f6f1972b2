"""Tells the office when standing orders need a person: late, missed, broken. Once an event."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation

from accounts.models import User
from coopcycle.dates import format_clock, format_day
from coopcycle.mail import Mail, put_mails
from coopcycle.words import said_of
from recurring.models import Occurrence
from tenants.models import Cooperative

LATE_AFTER = timedelta(hours=1)  # beat starts generation every few minutes


type Date = tuple[date, str, str]  # the day, whose it is, and of which standing order


@dataclass(frozen=True, slots=True)
class Failure:
    """A standing order that could not be generated, and why in the words of the error."""

    standing_order_id: int
    revision: int  # counts its changes: whoever mends it has begun another event
    name: str
    buyer: str
    words: str


@transaction.atomic
def tell_late(cooperative: Cooperative, *, since: datetime, until: datetime | None = None) -> None:
    """No run has come to its end `since` then; with `until`, one has now, after all."""
    moments = {"since": since} if until is None else {"since": since, "until": until}
    event = f"late-{since.isoformat()}" if until is None else f"caught-up-{since.isoformat()}"
    _tell(cooperative, event, "generation_late", moments=moments)


@transaction.atomic
def tell_missed(cooperative: Cooperative, dates: Sequence[Date], *, event: str) -> None:
    """Dates that had passed when generation came to them."""
    _tell(cooperative, f"missed-{event}", "generation_missed", dates=dates)


@transaction.atomic
def tell_undecided(cooperative: Cooperative, rows: Sequence[Occurrence]) -> None:
    """Dates that wait for a decision, not long before their lists close."""
    facts = sorted((row.standing_order_id, row.original_start, row.waits_until) for row in rows)
    dates = [
        (
            row.starts_at.astimezone(cooperative.zone).date(),
            row.standing_order.buyer.name,
            row.standing_order.name,
        )
        for row in rows
    ]
    _tell(cooperative, f"held-{_hash(facts)}", "generation_held", dates=dates)


@transaction.atomic
def tell_failures(cooperative: Cooperative, failures: Sequence[Failure]) -> None:
    """Standing orders that break. The same failures, run after run, are one event."""
    facts = sorted((each.standing_order_id, each.revision, each.words) for each in failures)
    _tell(cooperative, f"failed-{_hash(facts)}", "generation_failed", failures=failures)


def _tell(cooperative: Cooperative, event: str, template: str, **facts: Any) -> None:
    readers = User.objects.filter(Q(is_administrator=True) | Q(is_dispatcher=True), is_active=True)
    put_mails(
        Mail(
            f"generation-{event}-{address}",
            address,
            template,
            language,
            _context(cooperative, language, **facts),
        )
        for address, language in readers.order_by("pk").values_list("email", "language")
    )


def _context(
    cooperative: Cooperative,
    language: str,
    *,
    moments: dict[str, datetime] | None = None,
    dates: Iterable[Date] = (),
    failures: Iterable[Failure] = (),
) -> dict[str, Any]:
    """In the reader's language and on the co-op's clock."""
    with translation.override(language), timezone.override(cooperative.zone):
        return {
            "cooperative": cooperative.name,
            "failures": [
                {"name": said_of(each.buyer, each.name), "words": each.words} for each in failures
            ],
            "dates": [
                {"day": format_day(day, "day_long"), "name": said_of(buyer, name)}
                for day, buyer, name in dates
            ],
            **{
                name: f"{format_day(moment, 'day_long')}, {format_clock(moment)}"
                for name, moment in (moments or {}).items()
            },
        }


def _hash(facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:24]
