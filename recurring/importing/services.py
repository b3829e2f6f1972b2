"""Bringing standing orders from a file: looked at first, then made all at once, and only once."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Address, Business, User
from coopcycle.errors import DomainError
from coopcycle.idempotency import create_once
from recurring.generation import generate
from recurring.importing.models import RuleImport
from recurring.importing.rows import Row
from recurring.models import Added, Override, StandingOrder
from recurring.services.creating import Wanted, write_standing_orders
from tenants.models import Cooperative

KEPT = timedelta(days=2)  # a file that nobody decides about


def open_import(
    *,
    text: str,
    source: str,
    file_name: str,
    buyer: Business | None,
    kind: str,
    actor: User,
    at: datetime,
    action_id: uuid.UUID,
) -> RuleImport:
    """Keep a file to be looked at. The person's older ones that were never decided about go."""
    RuleImport.objects.filter(created_by=actor, finished_at=None, created_at__lt=at - KEPT).delete()

    def create() -> RuleImport:
        return RuleImport.objects.create(
            source=source,
            file_name=file_name[:120],
            text=text,
            buyer=buyer,
            kind=kind,
            created_at=at,
            created_by=actor,
            action_id=action_id,
        )

    return create_once(RuleImport, action_id, create)


@transaction.atomic
def finish_import(
    rows: Sequence[Row],
    *,
    import_id: int,
    cooperative: Cooperative,
    actor: User,
    at: datetime,
) -> RuleImport:
    """Make the good rows: all of them or, when one cannot be made after all, none.

    A second time answers what was made the first time. The file's text is forgotten.
    """
    imported = RuleImport.objects.select_for_update().get(pk=import_id)
    if imported.finished_at is not None:
        return imported
    good = [row for row in rows if row.is_good]
    if not good:
        raise DomainError(_("There is nothing to make in this file. Mend it and bring it again."))
    made = _make(good, imported, actor=actor, at=at)
    generate(cooperative, at=at, only=made)
    imported.made, imported.finished_at, imported.text = len(made), at, ""
    imported.save(update_fields=["made", "finished_at", "text"])
    return imported


def _make(
    rows: Sequence[Row], imported: RuleImport, *, actor: User, at: datetime
) -> list[StandingOrder]:
    """Standing orders with their single dates, still without orders."""
    Address.objects.bulk_create(row.place for row in rows if row.place is not None)
    wanted = [_wanted(row, imported) for row in rows]
    orders = write_standing_orders(wanted, actor=actor, at=at)
    pairs = list(zip(orders, rows, strict=True))
    Override.objects.bulk_create(
        decision for order, row in pairs for decision in _decisions(order, row, actor=actor, at=at)
    )
    Added.objects.bulk_create(
        Added(
            standing_order=order,
            start=start.isoformat(),
            by_office=actor.works_at_office,
            created_at=at,
            created_by=actor,
        )
        for order, row in pairs
        for start in row.exceptions.added
    )
    return orders


def _wanted(row: Row, imported: RuleImport) -> Wanted:
    assert row.draft is not None  # noqa: S101 - only good rows come here
    assert row.buyer is not None  # noqa: S101
    place = row.place
    draft = replace(row.draft, recipient_address_id=place.pk) if place else row.draft
    return Wanted(draft, row.buyer, uuid.uuid5(imported.action_id, str(row.line)))


def _decisions(order: StandingOrder, row: Row, *, actor: User, at: datetime) -> Iterator[Override]:
    """The single dates of the file, as hands would have decided them."""

    def decided(start: datetime, action: Override.Action, **said: Any) -> Override:
        return Override(
            standing_order=order,
            original_start=start.isoformat(),
            action=action,
            by_office=actor.works_at_office,
            decided_at=at,
            decided_by=actor,
            **said,
        )

    for start in row.exceptions.skipped:
        yield decided(start, Override.Action.CANCEL)
    for start, (moved, minutes) in row.exceptions.moved.items():
        action = Override.Action.CHANGE if minutes else Override.Action.MOVE
        yield decided(start, action, new_start=moved.isoformat(), minutes=minutes)
