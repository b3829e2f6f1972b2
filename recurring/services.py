"""What people do with standing orders. Each change bumps the version and generates again at once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Business, User
from coopcycle.errors import DomainError
from coopcycle.idempotency import create_once
from orders.ordering.services import cancel_order, why_not_cancel
from recurring.calendars import governing_versions
from recurring.expansion import first_start, parse_local
from recurring.generation import generate
from recurring.models import Occurrence, Override, Pause, RuleLine, RuleVersion, StandingOrder
from recurring.rules import parse_rule, weekly_rule
from tenants.context import current_cooperative
from tenants.models import Cooperative

State = Occurrence.State


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What the editor's sentence and its goods say."""

    name: str
    kind: str
    weekdays: list[int]  # ISO: 1 is Monday
    first_day: date
    start: time
    window_minutes: int
    interval: int = 1
    last_day: date | None = None
    holiday_policy: str = RuleVersion.HolidayPolicy.SKIP
    lines: tuple[tuple[int, Decimal], ...] = ()  # product id, quantity
    note: str = ""
    producer_notes: Mapping[str, str] = field(default_factory=dict)
    recipient: str = ""
    recipient_phone: str = ""
    recipient_address_id: int | None = None
    load: str = ""
    weight_grams: int = 0
    pickup_lead_minutes: int = 60
    pickup_minutes: int = 60

    @property
    def dtstart(self) -> datetime:
        return datetime.combine(self.first_day, self.start)

    @property
    def rrule(self) -> str:
        return str(weekly_rule(self.weekdays, self.interval, self.last_day))


def create_standing_order(
    draft: RuleDraft, *, buyer: Business, actor: User, at: datetime, action_id: uuid.UUID
) -> StandingOrder:
    """Save what comes again, and make its first orders. The same action never makes a second.

    Raises DomainError (422) when the rule gives no date.
    """
    cooperative = require_cooperative()
    _check_draft(draft, cooperative)

    def create() -> StandingOrder:
        order = StandingOrder.objects.create(
            buyer=buyer,
            kind=draft.kind,
            name=draft.name,
            timezone=cooperative.timezone,
            created_at=at,
            created_by=actor,
            action_id=action_id,
        )
        _add_version(order, draft, number=1, valid_from="", actor=actor, at=at)
        generate(cooperative, at=at, only=order)
        return order

    return create_once(StandingOrder, action_id, create)


@transaction.atomic
def edit_standing_order(
    draft: RuleDraft, *, standing_order_id: int, version: int, actor: User, at: datetime
) -> StandingOrder:
    """Change the rule or its contents, from the first date on that has no order yet.

    Orders that are made stay as they are. Raises DomainError when the page was stale.
    """
    cooperative = require_cooperative()
    _check_draft(draft, cooperative)
    order = _locked(standing_order_id, version)
    last = order.versions.order_by("-number").first()
    valid_from = first_free_day(order, at=at).isoformat() + "T00:00:00"
    order.name = draft.name
    _add_version(
        order,
        draft,
        number=last.number + 1 if last else 1,
        valid_from=valid_from,
        actor=actor,
        at=at,
    )
    # What the old rule skipped or could not make from here on is decided anew.
    order.occurrences.filter(
        original_start__gte=valid_from, state__in=[State.SKIPPED, State.FAILED]
    ).delete()
    return _saved(order, cooperative, at)


def first_free_day(order: StandingOrder, *, at: datetime) -> date:
    """The first local day that a change can still reach: after the last order that is made."""
    today = at.astimezone(require_cooperative().zone).date()
    last = upcoming(order, at=at).order_by("-original_start").first()
    if last is None:
        return today
    return max(today, parse_local(last.original_start).date() + timedelta(days=1))


def upcoming(order: StandingOrder, *, at: datetime) -> QuerySet[Occurrence]:
    """Dates to come whose orders are made."""
    return order.occurrences.filter(state=State.GENERATED, starts_at__gt=at).select_related("order")


@transaction.atomic
def pause_standing_order(
    *,
    standing_order_id: int,
    version: int,
    from_day: date,
    to_day: date | None,
    reason: str,
    cancels_made: bool,
    actor: User,
    at: datetime,
) -> tuple[StandingOrder, int]:
    """No deliveries on these days, both included. Also how many made orders were cancelled.

    Those past their cut-off stay, whatever was wished.
    """
    if to_day is not None and to_day < from_day:
        raise DomainError(_("The pause must end on or after the day it begins."), status=422)
    order = _locked(standing_order_id, version)
    Pause.objects.create(
        standing_order=order,
        from_day=from_day,
        to_day=to_day,
        reason=reason,
        created_at=at,
        created_by=actor,
    )
    cancelled = 0
    if cancels_made:
        cancelled = _cancel_made(order, from_day, to_day, reason="paused", actor=actor, at=at)
    return _saved(order, require_cooperative(), at), cancelled


@transaction.atomic
def resume_standing_order(
    *, standing_order_id: int, version: int, actor: User, at: datetime
) -> StandingOrder:
    """End today's pause and those to come; what falls due is made at once."""
    cooperative = require_cooperative()
    order = _locked(standing_order_id, version)
    today = at.astimezone(cooperative.zone).date()
    order.pauses.filter(from_day__gte=today).delete()
    running = order.pauses.filter(from_day__lt=today).exclude(to_day__lt=today)
    running.update(to_day=today - timedelta(days=1))
    order.occurrences.filter(state=State.CANCELLED, reason="paused", starts_at__gt=at).update(
        state=State.SKIPPED, order=None
    )
    return _saved(order, cooperative, at)


@transaction.atomic
def end_standing_order(
    *,
    standing_order_id: int,
    version: int,
    last_day: date,
    cancels_made: bool,
    actor: User,
    at: datetime,
) -> tuple[StandingOrder, int]:
    """Nothing after `last_day`. Also how many orders made for later days were cancelled."""
    cooperative = require_cooperative()
    order = _locked(standing_order_id, version)
    governing = governing_versions(order)[-1]
    lines = list(governing.lines.all())
    last = order.versions.order_by("-number").first() or governing
    ended = parse_rule(governing.rrule)
    rule = weekly_rule([day.day + 1 for day in ended.weekdays], ended.interval, last_day)
    after = last_day + timedelta(days=1)
    governing.pk, governing._state.adding = None, True
    governing.number, governing.valid_from = last.number + 1, f"{after.isoformat()}T00:00:00"
    governing.rrule, governing.created_at, governing.created_by = str(rule), at, actor
    governing.save()
    for line in lines:
        line.pk, line.version = None, governing
    RuleLine.objects.bulk_create(lines)
    cancelled = 0
    if cancels_made:
        cancelled = _cancel_made(order, after, None, reason="ended", actor=actor, at=at)
    order.occurrences.filter(
        original_start__gte=after.isoformat(), state__in=[State.SKIPPED, State.FAILED]
    ).delete()
    if last_day < at.astimezone(cooperative.zone).date():
        order.state = StandingOrder.State.ENDED
    return _saved(order, cooperative, at), cancelled


@transaction.atomic
def skip_date(
    *, standing_order_id: int, original_start: str, version: int, actor: User, at: datetime
) -> StandingOrder:
    """No delivery on this one date. Its order, when made, is cancelled while that is possible."""
    order = _locked(standing_order_id, version)
    Override.objects.update_or_create(
        standing_order=order,
        original_start=original_start,
        defaults={
            "action": Override.Action.CANCEL,
            "new_start": "",
            "lines": [],
            "decided_at": at,
            "decided_by": actor,
        },
    )
    made = order.occurrences.filter(original_start=original_start, state=State.GENERATED).first()
    if made is not None and made.order_id is not None:
        cancel_order(order_id=made.order_id, actor=actor, at=at, reason=_("Date skipped"))
        made.state, made.reason = State.CANCELLED, "skipped"
        made.save(update_fields=["state", "reason"])
    return _saved(order, require_cooperative(), at)


@transaction.atomic
def restore_date(
    *, standing_order_id: int, original_start: str, version: int, actor: User, at: datetime
) -> StandingOrder:
    """Back to the rule for this one date; its order is made again when the date is near."""
    order = _locked(standing_order_id, version)
    order.overrides.filter(original_start=original_start).delete()
    order.occurrences.filter(
        original_start=original_start, state=State.CANCELLED, starts_at__gt=at
    ).update(state=State.SKIPPED, order=None)
    return _saved(order, require_cooperative(), at)


def require_cooperative() -> Cooperative:
    cooperative = current_cooperative()
    if cooperative is None:
        raise RuntimeError("Standing orders belong to a cooperative, and none is active.")
    return cooperative


def _check_draft(draft: RuleDraft, cooperative: Cooperative) -> None:
    if not draft.weekdays:
        raise DomainError(_("Choose at least one day of the week."), status=422)
    rule = weekly_rule(draft.weekdays, draft.interval, draft.last_day)
    if first_start(rule, zone=cooperative.zone, dtstart=draft.dtstart) is None:
        raise DomainError(
            _("There is no such day between the first and the last date. Choose a later end."),
            status=422,
        )


def _locked(standing_order_id: int, version: int) -> StandingOrder:
    order = StandingOrder.objects.select_for_update().get(pk=standing_order_id)
    if order.version != version:
        raise DomainError(
            _("Somebody has changed this standing order since you opened it. Load the page again.")
        )
    return order


def _saved(order: StandingOrder, cooperative: Cooperative, at: datetime) -> StandingOrder:
    order.version += 1
    order.save(update_fields=["name", "state", "version"])
    generate(cooperative, at=at, only=order)
    return order


def _add_version(
    order: StandingOrder,
    draft: RuleDraft,
    *,
    number: int,
    valid_from: str,
    actor: User,
    at: datetime,
) -> None:
    version = RuleVersion.objects.create(
        standing_order=order,
        number=number,
        valid_from=valid_from,
        dtstart=draft.dtstart.isoformat(),
        rrule=draft.rrule,
        window_minutes=draft.window_minutes,
        pickup_lead_minutes=draft.pickup_lead_minutes,
        pickup_minutes=draft.pickup_minutes,
        holiday_policy=draft.holiday_policy,
        note=draft.note,
        producer_notes=dict(draft.producer_notes),
        recipient=draft.recipient,
        recipient_phone=draft.recipient_phone,
        recipient_address_id=draft.recipient_address_id,
        load=draft.load,
        weight_grams=draft.weight_grams,
        created_at=at,
        created_by=actor,
    )
    RuleLine.objects.bulk_create(
        RuleLine(version=version, product_id=product, quantity=quantity)
        for product, quantity in draft.lines
    )


def _cancel_made(
    order: StandingOrder,
    from_day: date,
    to_day: date | None,
    *,
    reason: str,
    actor: User,
    at: datetime,
) -> int:
    """Cancel the orders made for these days, as far as they still can be; how many they were."""
    zone = require_cooperative().zone
    made = upcoming(order, at=at).filter(
        starts_at__gte=datetime.combine(from_day, time.min, tzinfo=zone)
    )
    if to_day is not None:
        after = datetime.combine(to_day + timedelta(days=1), time.min, tzinfo=zone)
        made = made.filter(starts_at__lt=after)
    cancelled = 0
    for occurrence in made:
        if occurrence.order is None or why_not_cancel(occurrence.order, actor=actor, at=at):
            continue
        cancel_order(order_id=occurrence.order.pk, actor=actor, at=at)
        occurrence.state, occurrence.reason = State.CANCELLED, reason
        occurrence.save(update_fields=["state", "reason"])
        cancelled += 1
    return cancelled
