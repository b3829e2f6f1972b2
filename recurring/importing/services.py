"""Bringing standing orders from a file: looked at first, then made all at once, and only once."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Business, User
from coopcycle.errors import DomainError
from coopcycle.idempotency import create_once
from recurring.generation import generate
from recurring.importing.models import RuleImport
from recurring.importing.rows import Row
from recurring.models import Added, Override, StandingOrder
from recurring.services.creating import write_standing_order
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
    made = [_make(row, imported, actor=actor, at=at) for row in good]
    generate(cooperative, at=at, only=made)
    imported.made, imported.finished_at, imported.text = len(made), at, ""
    imported.save(update_fields=["made", "finished_at", "text"])
    return imported


def _make(row: Row, imported: RuleImport, *, actor: User, at: datetime) -> StandingOrder:
    """One standing order with its single dates, still without orders."""
    assert row.draft is not None  # noqa: S101 - only good rows come here
    assert row.buyer is not None  # noqa: S101
    draft = row.draft
    if row.place is not None:
        row.place.save()
        draft = replace(draft, recipient_address_id=row.place.pk)
    order = write_standing_order(
        draft,
        buyer=row.buyer,
        actor=actor,
        at=at,
        action_id=uuid.uuid5(imported.action_id, str(row.line)),
    )
    _decide(order, row, actor=actor, at=at)
    return order


def _decide(order: StandingOrder, row: Row, *, actor: User, at: datetime) -> None:
    """The single dates of the file, as hands would have decided them."""
    exceptions, office = row.exceptions, actor.works_at_office
    decisions = [
        Override(original_start=start.isoformat(), action=Override.Action.CANCEL)
        for start in exceptions.skipped
    ]
    for start, (moved, minutes) in exceptions.moved.items():
        action = Override.Action.CHANGE if minutes else Override.Action.MOVE
        decisions.append(
            Override(
                original_start=start.isoformat(),
                action=action,
                new_start=moved.isoformat(),
                minutes=minutes,
            )
        )
    for decision in decisions:
        decision.standing_order, decision.by_office = order, office
        decision.decided_at, decision.decided_by = at, actor
    Override.objects.bulk_create(decisions)
    Added.objects.bulk_create(
        Added(
            standing_order=order,
            start=start.isoformat(),
            by_office=office,
            created_at=at,
            created_by=actor,
        )
        for start in exceptions.added
    )
