"""Rows of a rule's versions: how they are written, and where a new one begins."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.errors import DomainError
from orders.catalog.models import Product
from orders.ordering import changing
from orders.ordering.models import Order
from orders.ordering.services import OPEN_STATES
from recurring.calendars import governing_versions
from recurring.expansion import days_between, first_start, parse_local, remaining
from recurring.models import Occurrence, RuleLine, RuleVersion, RuleWindow, StandingOrder
from recurring.rules import Rule, RuleError, parse_rule
from recurring.services.acting import require_cooperative
from recurring.services.drafts import RuleDraft, RuleLineDraft
from recurring.wishes import may_replace
from recurring.words import rule_error_words

State = Occurrence.State


def require_dates(draft: RuleDraft) -> None:
    """Refuse a draft without contents, or whose rule gives no date. Raises DomainError (422)."""
    if not draft.windows:
        raise DomainError(_("Say at what time it is delivered."), status=422)
    if draft.kind == Order.Kind.SUPPLY and not draft.lines:
        raise DomainError(_("Your order is empty. Choose at least one product."), status=422)
    try:
        first = first_start(draft.rule, zone=require_cooperative().zone, dtstart=draft.dtstart)
    except RuleError as error:
        raise DomainError(rule_error_words(error), status=422) from error
    if first is None:
        raise DomainError(
            _("There is no such day between the first and the last date. Choose a later end."),
            status=422,
        )


def add_version(
    order: StandingOrder, draft: RuleDraft, *, valid_from: str, actor: User, at: datetime
) -> RuleVersion:
    """What the draft says, from the original start `valid_from` on (empty: from the beginning)."""
    last = order.versions.order_by("-number").first()
    number = last.number + 1 if last else 1
    version = _version(order, draft, number, valid_from=valid_from, actor=actor, at=at)
    version.save()
    _write_contents([(version, draft)])
    return version


def add_first_versions(
    pairs: Sequence[tuple[StandingOrder, RuleDraft]], *, actor: User, at: datetime
) -> None:
    """What the drafts of new standing orders say, with the same statements for one or hundreds."""
    versions = [_version(order, draft, 1, actor=actor, at=at) for order, draft in pairs]
    RuleVersion.objects.bulk_create(versions)
    _write_contents(list(zip(versions, (draft for _order, draft in pairs), strict=True)))


def _version(
    order: StandingOrder,
    draft: RuleDraft,
    number: int,
    *,
    valid_from: str = "",
    actor: User,
    at: datetime,
) -> RuleVersion:
    return RuleVersion(
        standing_order=order,
        number=number,
        valid_from=valid_from,
        dtstart=draft.dtstart.isoformat(),
        rrule=str(draft.rule),
        holiday_policy=draft.holiday_policy,
        carriage_minor=draft.carriage_minor,
        carriage_until=draft.carriage_until,
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


def _write_contents(pairs: Sequence[tuple[RuleVersion, RuleDraft]]) -> None:
    _require_alike(line for _version, draft in pairs for line in draft.lines)
    RuleWindow.objects.bulk_create(
        RuleWindow(
            version=version,
            opens=window.opens,
            minutes=window.minutes,
            pickup_opens=window.pickup[0],
            pickup_days_before=window.pickup[1],
            pickup_minutes=window.pickup_minutes,
        )
        for version, draft in pairs
        for window in draft.windows
    )
    RuleLine.objects.bulk_create(
        RuleLine(
            version=version,
            product_id=line.product_id,
            quantity=line.quantity,
            fixed_price_minor=line.fixed_price_minor,
            fixed_until=line.fixed_until,
            substitute_id=line.substitute_id,
        )
        for version, draft in pairs
        for line in draft.lines
    )


def _require_alike(lines: Iterable[RuleLineDraft]) -> None:
    """Refuse a substitute of another producer, or sold otherwise. Raises DomainError (422)."""
    replaced = [line for line in lines if line.substitute_id]
    if not replaced:
        return
    ids = {pk for line in replaced for pk in (line.product_id, line.substitute_id)}
    known = Product.objects.in_bulk(ids)
    for line in replaced:
        product, other = known[line.product_id], known.get(line.substitute_id or 0)
        if other is None or not may_replace(other, product):
            raise DomainError(
                _("Instead of %(product)s choose another product of its producer, sold alike.")
                % {"product": product.name},
                status=422,
            )


def copy_version(
    version: RuleVersion, *, valid_from: str, actor: User, at: datetime, **changes: Any
) -> RuleVersion:
    """The same contents from another original start on, but for `changes`."""
    order = version.standing_order
    windows, lines = list(version.windows.all()), list(version.lines.all())
    last = order.versions.order_by("-number")[0]
    values = {
        field.attname: getattr(version, field.attname)
        for field in RuleVersion._meta.concrete_fields
        if not field.primary_key
    }
    values |= {
        "number": last.number + 1,
        "valid_from": valid_from,
        "created_at": at,
        "created_by_id": actor.pk,
    }
    copy = RuleVersion.objects.create(**(values | changes))
    _copy_to(copy, windows)
    _copy_to(copy, lines)
    return copy


def _copy_to(version: RuleVersion, rows: Sequence[RuleWindow] | Sequence[RuleLine]) -> None:
    for row in rows:
        row.pk, row.version = None, version
    if rows:
        type(rows[0])._default_manager.bulk_create(rows)  # type: ignore[arg-type]


def governing(order: StandingOrder, day: date) -> RuleVersion:
    """The version that says what happens on this original day; the first for days before all."""
    versions = governing_versions(order.versions.all())
    moment = datetime.combine(day, time.max).isoformat()
    return next((v for v in reversed(versions) if v.valid_from <= moment), versions[0])


def goes_on_from(order: StandingOrder, draft: RuleDraft, begins: date) -> RuleDraft | None:
    """The draft as a new part from `begins` on; None when nothing of its count is left.

    The anchor stays, so that every second week stays the same week. A count goes on: what the
    earlier part has used of it is gone.
    """
    former = governing(order, begins)
    anchor = parse_local(former.dtstart).date()
    if draft.rule.count is None or draft.first_day != anchor or anchor >= begins:
        return draft
    used = _used_before(parse_rule(former.rrule), parse_local(former.dtstart), begins)
    left = draft.rule.count - used
    if left <= 0:
        return None
    endless = replace(draft.rule, count=None)
    until = begins + timedelta(days=366 * endless.interval)
    coming = days_between(endless, draft.first_day, begins, until)
    if not coming:
        return None
    return replace(draft, rule=replace(draft.rule, count=left), first_day=coming[0])


def _used_before(rule: Rule, dtstart: datetime, day: date) -> int:
    """How many dates of a counted rule lie before `day`."""
    if rule.count is None:
        return 0
    left = remaining(rule, dtstart=dtstart, since=day)
    return rule.count - (left.count or 0) if left else rule.count


def start_of(day: date) -> str:
    """The first moment of an original day, as `valid_from` names it."""
    return datetime.combine(day, time.min).isoformat()


def upcoming(order: StandingOrder, *, at: datetime) -> QuerySet[Occurrence]:
    """Dates to come whose orders are made."""
    return order.occurrences.filter(state=State.GENERATED, starts_at__gt=at).select_related("order")


def first_open_day(order: StandingOrder, *, at: datetime) -> date:
    """The first day on which nothing is closed yet: from there on “all” can be changed."""
    today = at.astimezone(require_cooperative().zone).date()
    rows = upcoming(order, at=at).values_list("original_start", "order_id")
    days = {order_id: parse_local(original).date() for original, order_id in rows}
    opened: list[date] = []
    closed: list[date] = []
    for made in changing.with_contents(Order.objects.filter(pk__in=days)):
        is_over = made.state not in OPEN_STATES or changing.is_begun(made)
        is_closed = is_over or changing.is_late(made, at=at)
        (closed if is_closed else opened).append(days[made.pk])
    if opened:
        return max(today, min(opened))
    return max([today, *(day + timedelta(days=1) for day in closed)])
