"""Dates that hands made, of which the rule knows nothing any more: nobody loses them unasked."""

from collections.abc import Collection
from datetime import date

from django.utils.translation import ngettext

from coopcycle.errors import DomainError
from recurring.calendars import terms_of
from recurring.expansion import parse_local
from recurring.models import Added, Override, StandingOrder
from recurring.schedule import originals_on
from recurring.services.acting import loaded
from recurring.services.consequences import DateNote
from recurring.services.versions import start_of


def sort_orphans(
    order: StandingOrder,
    begins: date,
    keeps: Collection[str] | None,
    *,
    is_rehearsal: bool,
    with_added: bool = False,
) -> list[DateNote]:
    """Keep what hands moved or changed from `begins` on as dates of their own, or drop it.

    `keeps` names those that stay; without it, only a rehearsal goes on. `with_added`: dates added
    by hand are asked for too, because everything ends.
    """
    overrides = _orphans(order, begins)
    added = list(order.additions.filter(start__gte=start_of(begins))) if with_added else []
    named = {row.start for row in added}
    overrides = [o for o in overrides if o.original_start not in named]
    notes = [_moved_note(order, override) for override in overrides]
    notes += [_note(order, row.start, row.start, "added") for row in added]
    if keeps is None:
        if notes and not is_rehearsal:
            raise DomainError(_question(len(notes)))
        return notes
    for override in overrides:
        if override.original_start in keeps:
            _keep(override)
        else:
            override.delete()
    for row in added:
        if row.start not in keeps:
            order.overrides.filter(original_start=row.start).delete()
            row.delete()
    return notes


def _orphans(order: StandingOrder, begins: date) -> list[Override]:
    """Moved and changed dates that the rule does not give any more.

    A skipped one decides nothing: it waits in case the rule gives it again.
    """
    terms = terms_of(loaded(order))
    found = order.overrides.filter(original_start__gte=start_of(begins))
    return [
        override
        for override in found.exclude(action=Override.Action.CANCEL).order_by("original_start")
        if (original := parse_local(override.original_start))
        not in originals_on(terms, original.date())
    ]


def _keep(override: Override) -> None:
    Added.objects.create(
        standing_order_id=override.standing_order_id,
        start=override.original_start,
        by_office=override.by_office,
        created_at=override.decided_at,
        created_by=override.decided_by,
    )


def _moved_note(order: StandingOrder, override: Override) -> DateNote:
    is_move = override.action == Override.Action.MOVE
    start = override.new_start or override.original_start
    return _note(order, override.original_start, start, "moved" if is_move else "changed")


def _note(order: StandingOrder, original: str, start: str, reason: str) -> DateNote:
    row = order.occurrences.filter(original_start=original).select_related("order").first()
    made = row.order if row else None
    return DateNote(
        standing_order_id=order.pk,
        original=original,
        start=parse_local(start),
        order_id=made.pk if made else None,
        number=made.number if made else "",
        reason=reason,
    )


def _question(number: int) -> str:
    return ngettext(
        "%(number)s date that was made by hand would be no more. Say whether it stays.",
        "%(number)s dates that were made by hand would be no more. Say which of them stay.",
        number,
    ) % {"number": number}
