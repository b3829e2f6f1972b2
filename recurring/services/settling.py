"""Makes what exists agree with what the rules say now: computed first, then done.

Orders that are made and not locked become what their date asks for now; those whose date is no
more are called off, never deleted; what hands changed stays. New orders are generation's.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.errors import DomainError
from orders.ordering import changing
from orders.ordering.models import Order
from orders.ordering.services import OPEN_STATES, cancel_orders, restore_order
from orders.protocols import ProductLike
from recurring.expansion import zone_named
from recurring.models import Occurrence, StandingOrder
from recurring.planning import Candidate
from recurring.schedule import BY_HAND
from recurring.services.consequences import Consequences, DateNote, in_order
from recurring.services.outlook import Outlook, day_of, outlook_of
from recurring.stock import Stock, apart_from_stock
from recurring.words import reason_words
from tenants.models import Cooperative

State = Occurrence.State


@dataclass(slots=True)
class Settlement:
    """What there is to do for some standing orders, and how it reads."""

    consequences: Consequences = field(default_factory=Consequences)
    changes: list[tuple[Occurrence, Candidate]] = field(default_factory=list)
    restated: list[tuple[Occurrence, Candidate]] = field(default_factory=list)  # rows only
    revivals: list[tuple[Occurrence, Candidate]] = field(default_factory=list)
    cancellations: list[tuple[Occurrence, str]] = field(default_factory=list)
    left: list[Occurrence] = field(default_factory=list)
    promised: list[tuple[Occurrence, Candidate]] = field(default_factory=list)  # on their own clock
    forgotten: list[int] = field(default_factory=list)  # rows that speak of a date as it was

    def carry_out(self, *, actor: User | None, at: datetime) -> None:
        _cancel(self.cancellations, actor=actor, at=at)
        for occurrence, candidate in self.revivals:
            _revive(occurrence, candidate, actor=actor, at=at)
        for occurrence, candidate in self.changes:
            _change(occurrence, candidate, actor=actor, at=at)
        for occurrence, candidate in self.restated:
            _restate(occurrence, candidate)
        Occurrence.objects.filter(pk__in=self.forgotten).delete()
        Occurrence.objects.filter(pk__in=[row.pk for row in self.left]).update(is_kept=True)
        for row, candidate in self.promised:
            row.promised_timezone = candidate.promised_timezone
            row.wall_start = candidate.planned.start.isoformat()
        Occurrence.objects.bulk_update(
            [row for row, _candidate in self.promised], ["promised_timezone", "wall_start"]
        )


def settle(
    ids: Sequence[int],
    before: Outlook,
    cooperative: Cooperative,
    *,
    at: datetime,
    cancels_made: bool = True,
    opened: Collection[tuple[int, str]] = (),
    leaves_made: bool = False,
) -> Settlement:
    """What there is to do after the rules were changed from `before`; nothing is written.

    With `cancels_made` false, orders made for dates that are no more stay, and stay for good. The
    dates in `opened` are the office's own decision: a cut-off does not lock them. `leaves_made`:
    orders keep the instants that were promised (the zone has changed).
    """
    orders, after = outlook_of(ids, cooperative, at=at)
    _require_readable(ids, orders)
    rows = rows_made(ids, at)
    pairs = [_Pair.of(row, *_promised(row, before, after, leaves_made=leaves_made)) for row in rows]
    stock = Stock() if leaves_made else _stock_for(pairs)
    horizon = at.astimezone(cooperative.zone).date() + timedelta(
        days=cooperative.generation_horizon_days
    )
    settlement = Settlement(forgotten=_outdated(ids, after, at, horizon))
    _foresee_dates(settlement.consequences, before, after, {row_key(row) for row in rows}, horizon)
    to_compare = []
    for pair in pairs:
        row, former, candidate = pair.row, pair.former, pair.candidate
        if candidate is not None and not pair.is_same:
            candidate = stock.serve(candidate)
        if row.promised_timezone and former is None and candidate is None:
            settlement.consequences.locked.append(_note_of_row(row))
            continue  # on the new clock its time has passed: it goes on as it was promised
        if leaves_made and candidate is not None:
            settlement.promised.append((row, candidate))
        if not _sort(
            settlement,
            row,
            candidate,
            at=at,
            cancels_made=cancels_made,
            is_opened=row_key(row) in opened,
        ):
            continue
        assert candidate is not None  # noqa: S101 - only what comes is compared
        if leaves_made:
            settlement.consequences.left.append(_note_of_row(row))
        elif not pair.is_same:
            to_compare.append((row, candidate))
        else:
            # Its order is not touched: it lacks what it lacked, though others leave some or it is
            # offered again, and has what it has.
            as_made = candidate._replace(left_out=row.left_out)
            if _differs(row, as_made):
                settlement.restated.append((row, as_made))
    _compare(settlement, to_compare)
    settlement.consequences.by_hand = _made_by_hand(after, rows)
    _put_in_order(settlement.consequences)
    return settlement


def _require_readable(ids: Collection[int], orders: Collection[StandingOrder]) -> None:
    """Refuse to call off what a broken rule only seems to give no more. Raises DomainError (422)."""
    if len(orders) < len(ids):
        raise DomainError(_("Its rule cannot be read. Say again when it comes."), status=422)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A date with an order: what the rule said and says of it."""

    row: Occurrence
    former: Candidate | None
    candidate: Candidate | None
    is_same: bool  # its order goes on as it is, for the rule asks for what it asked for before

    @classmethod
    def of(cls, row: Occurrence, former: Candidate | None, candidate: Candidate | None) -> "_Pair":
        is_same = (
            former is not None
            and candidate is not None
            and row.state != State.CANCELLED
            and former.draft() == candidate.draft()
            and _substitutes(former) == _substitutes(candidate)
            and row.starts_at == candidate.planned.at  # else the law has moved the clock meanwhile
        )
        return cls(row, former, candidate, is_same)


def _substitutes(candidate: Candidate) -> list[ProductLike | None]:
    return [wish.substitute for wish in candidate.wishes]


def _stock_for(pairs: Iterable[_Pair]) -> Stock:
    """What the dates can have whose orders become other ones; what those took is free again."""
    anew = [pair for pair in pairs if pair.candidate is not None and not pair.is_same]
    return Stock.for_dates(
        [pair.candidate for pair in anew if pair.candidate is not None],
        apart_from=[pair.row.order_id for pair in anew if pair.row.order_id],
    )


def _promised(
    row: Occurrence, before: Outlook, after: Outlook, *, leaves_made: bool
) -> tuple[Candidate | None, Candidate | None]:
    """What the rule said and says of a date with an order, on the clock on which it was promised.

    That is its own clock when the co-op has moved since, until somebody says another time for it.
    """
    former, candidate = before.dates.get(row_key(row)), after.dates.get(row_key(row))
    if former is None:
        return former, candidate
    if leaves_made:
        kept = former.on_clock(row.promised_timezone or former.order.timezone)
        return kept, kept
    if candidate is not None and candidate.planned.start == former.planned.start:
        candidate = candidate.on_clock(row.promised_timezone)
    return former.on_clock(row.promised_timezone), candidate


def row_key(row: Occurrence) -> tuple[int, str]:
    return row.standing_order_id, row.original_start


def rows_made(ids: Sequence[int], at: datetime) -> list[Occurrence]:
    """Dates to come that have an order, with all that changing it reads."""
    rows = list(
        Occurrence.objects.filter(standing_order__in=ids, order__isnull=False, starts_at__gt=at)
        .select_related("standing_order__buyer")
        .order_by("starts_at", "pk")
    )
    orders = changing.with_contents(Order.objects.filter(pk__in=[row.order_id for row in rows]))
    known = {order.pk: order for order in orders}
    for row in rows:
        row.order = known[row.order_id or 0]
    return rows


def _outdated(ids: Sequence[int], after: Outlook, at: datetime, horizon: date) -> list[int]:
    """Rows without an order that hold no longer: nothing comes for which somebody is asked, or the
    date comes later than generation looks, which will find it anew."""
    rows = Occurrence.objects.filter(
        standing_order__in=ids,
        state__in=[State.SKIPPED, State.FAILED, State.HELD],
        starts_at__gt=at,
    )
    found = []
    for row in rows:
        candidate = after.dates.get(row_key(row))
        if candidate is None:
            is_outdated = row.state == State.HELD
        else:
            comes_later = candidate.planned.start.date() > horizon
            is_outdated = candidate.state == State.GENERATED and comes_later
        found += [row.pk] if is_outdated else []
    return found


def _foresee_dates(
    found: Consequences,
    before: Outlook,
    after: Outlook,
    made: set[tuple[int, str]],
    horizon: date,
) -> None:
    """Dates without an order: those to come, those made at once, those that fall away."""
    for key, candidate in after.dates.items():
        if candidate.state != State.GENERATED or key in made:
            continue
        note = note_of(candidate)
        found.planned.append(note)
        if candidate.planned.start.date() <= horizon:
            found.made_now.append(note)
    was, now = before.days, after.days
    for key, candidate in before.dates.items():
        if candidate.state != State.GENERATED or key in made:
            continue
        then = after.dates.get(key)
        if then is None and now[day_of(candidate)] >= was[day_of(candidate)]:
            continue  # only the time of the day changed, and with it the name
        if then is None or then.state != State.GENERATED:
            reason, detail = (then.reason, then.detail) if then else ("no_longer", "")
            found.dropped.append(note_of(candidate, reason=reason, detail=detail))


def _sort(
    settlement: Settlement,
    row: Occurrence,
    candidate: Candidate | None,
    *,
    at: datetime,
    cancels_made: bool,
    is_opened: bool,
) -> bool:
    """Put a date with an order where it belongs; whether its contents are to be compared."""
    order, found = row.order, settlement.consequences
    assert order is not None  # noqa: S101 - read by its order
    comes = candidate is not None and candidate.state == State.GENERATED
    if row.state == State.CANCELLED:
        if comes and candidate is not None and order.state == Order.State.CANCELLED:
            settlement.revivals.append((row, candidate))
            found.revived.append(note_of(candidate, order=order))
        return False
    if order.state not in OPEN_STATES:
        return False  # delivered, refused, or called off by a person: it is over
    if changing.is_begun(order) or (changing.is_late(order, at=at) and not is_opened):
        found.locked.append(_note_of_row(row))
        return False
    if comes:
        return True
    reason = candidate.reason if candidate else "no_longer"
    detail = candidate.detail if candidate else ""
    if row.is_kept or not cancels_made:
        settlement.left.append(row)
        if not row.is_kept:
            found.left.append(_note_of_row(row, reason=reason, detail=detail))
    else:
        settlement.cancellations.append((row, reason))
        found.cancelled.append(_note_of_row(row, reason=reason, detail=detail))
    return False


def _made_by_hand(after: Outlook, rows: Iterable[Occurrence]) -> list[DateNote]:
    """Dates that come as a hand said, unless their order is over."""
    made = {row_key(row): row.order for row in rows}
    return [
        note_of(candidate, order=made.get(key))
        for key, candidate in after.dates.items()
        if candidate.planned.reason in BY_HAND and not _is_over(made.get(key))
    ]


def _is_over(order: Order | None) -> bool:
    return order is not None and order.state not in OPEN_STATES


def _compare(settlement: Settlement, pairs: Sequence[tuple[Occurrence, Candidate]]) -> None:
    """What differs between orders and what their dates ask for now."""
    drafts = [(row.order, candidate.draft()) for row, candidate in pairs if row.order]
    found = settlement.consequences
    for (row, candidate), difference in zip(pairs, changing.differences(drafts), strict=True):
        if difference.kept:
            found.kept.append(note_of(candidate, order=row.order, fields=difference.kept))
        if difference.after:
            found.updated.append(note_of(candidate, order=row.order, fields=difference.fields))
            settlement.changes.append((row, candidate))
        elif _differs(row, candidate):
            settlement.restated.append((row, candidate))


def _differs(row: Occurrence, candidate: Candidate) -> bool:
    """Whether the row itself says something else now."""
    return (row.starts_at, row.version_id, row.reason, apart_from_stock(row.left_out)) != (
        candidate.planned.at,
        candidate.version.pk,
        candidate.reason,
        apart_from_stock(candidate.left_out),
    )


def _cancel(pairs: Sequence[tuple[Occurrence, str]], *, actor: User | None, at: datetime) -> None:
    """Call their orders off, all at once: “no deliveries at Christmas” may concern hundreds."""
    if not pairs:
        return
    words = {row.order_id or 0: reason_words(reason, row.detail) for row, reason in pairs}
    cancel_orders(words, actor=actor, at=at)
    for row, reason in pairs:
        row.state, row.reason, row.news = State.CANCELLED, reason, _news(row)
    rows = [row for row, _reason in pairs]
    Occurrence.objects.bulk_update(rows, ["state", "reason", "news"])


def _revive(row: Occurrence, candidate: Candidate, *, actor: User | None, at: datetime) -> None:
    assert row.order_id is not None  # noqa: S101 - read by its order
    restore_order(order_id=row.order_id, actor=actor, at=at)
    row.state = State.GENERATED
    _change(row, candidate, actor=actor, at=at)


def _change(row: Occurrence, candidate: Candidate, *, actor: User | None, at: datetime) -> None:
    assert row.order_id is not None  # noqa: S101 - read by its order
    changing.follow_rule(candidate.draft(), order_id=row.order_id, actor=actor, at=at)
    row.news = _news(row)
    _restate(row, candidate)


def _news(row: Occurrence) -> str:
    """Those concerned are told that it changed, or of the making if they were not told yet."""
    return Occurrence.News.NEW if row.news == Occurrence.News.NEW else Occurrence.News.CHANGED


def _restate(row: Occurrence, candidate: Candidate) -> None:
    row.starts_at, row.version_id = candidate.planned.at, candidate.version.pk
    row.wall_start = candidate.planned.start.isoformat()
    row.reason, row.detail = candidate.reason, candidate.detail
    row.left_out, row.is_kept = list(candidate.left_out), False
    row.promised_timezone = candidate.promised_timezone
    row.save()


def note_of(
    candidate: Candidate,
    *,
    order: Order | None = None,
    fields: tuple[str, ...] = (),
    reason: str | None = None,
    detail: str | None = None,
) -> DateNote:
    return DateNote(
        standing_order_id=candidate.order.pk,
        original=candidate.planned.original.isoformat(),
        start=candidate.planned.start,
        order_id=order.pk if order else None,
        number=order.number if order else "",
        fields=fields,
        reason=candidate.reason if reason is None else reason,
        detail=candidate.detail if detail is None else detail,
    )


def _note_of_row(row: Occurrence, *, reason: str = "", detail: str = "") -> DateNote:
    assert row.order is not None  # noqa: S101 - read by its order
    zone = zone_named(row.standing_order.timezone)
    return DateNote(
        standing_order_id=row.standing_order_id,
        original=row.original_start,
        start=row.starts_at.astimezone(zone).replace(tzinfo=None),
        order_id=row.order_id,
        number=row.order.number,
        reason=reason,
        detail=detail,
    )


def _put_in_order(found: Consequences) -> None:
    for name in Consequences.__slots__:
        setattr(found, name, in_order(getattr(found, name)))
