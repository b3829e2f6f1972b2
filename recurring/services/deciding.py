"""What speaks against a hand's decision about one date: it is too late, or nothing can come then."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from coopcycle.dates import format_clock, format_day
from coopcycle.errors import DomainError
from orders.catalog.models import Product
from orders.catalog.terms import earliest_cutoff
from orders.ordering import changing
from orders.ordering.checks import MAX_QUANTITY
from orders.ordering.models import Order
from orders.ordering.services import OPEN_STATES, closed_words
from orders.ordering.stock import limited
from recurring.expansion import zone_named
from recurring.models import Occurrence, StandingOrder
from recurring.planning import Candidate
from recurring.services.acting import Act, require_cooperative
from recurring.services.consequences import DateNote
from recurring.services.outlook import Outlook, outlook_of
from recurring.services.settling import note_of
from recurring.stock import Stock
from recurring.times import times_of
from recurring.words import reason_words

State = Occurrence.State


def require_open(act: Act, order: StandingOrder, before: Outlook) -> None:
    """Refuse when this person can't decide about the date any more, and say until when."""
    original = act.original_start
    row = order.occurrences.filter(original_start=original, order__isnull=False).first()
    if row is not None and row.order_id is not None:
        made = changing.with_contents(Order.objects.filter(pk=row.order_id)).get()
        if changing.is_begun(made):
            raise DomainError(_("The ride has begun, so this date can't be changed any more."))
        if made.state not in (*OPEN_STATES, Order.State.CANCELLED):
            raise DomainError(closed_words(made))
    candidate = before.dates.get((order.pk, original))
    if candidate is None and row is None:
        raise DomainError(_("This date is over, or no longer one of the standing order."))
    closes = row.order.closes_at if row and row.order else _closes_at(candidate)
    if not act.actor.works_at_office and closes is not None and act.at >= closes:
        raise DomainError(_until_words(closes))


def closes_at(order: StandingOrder, original: str, *, at: datetime) -> datetime | None:
    """Until when its own people may decide about a date; None when nothing closes it."""
    row = order.occurrences.filter(original_start=original, order__isnull=False).first()
    if row is not None and row.order is not None:
        return row.order.closes_at
    _orders, outlook = outlook_of([order.pk], require_cooperative(), at=at)
    return _closes_at(outlook.dates.get((order.pk, original)))


def _closes_at(candidate: Candidate | None) -> datetime | None:
    """Until when the buyer may decide about a date that has no order yet."""
    if candidate is None:
        return None
    if candidate.order.kind == Order.Kind.DELIVERY:
        return times_of(candidate.planned, candidate.version, candidate.override).pickup_after
    lines = candidate.wishes or candidate.version.lines.all()
    producers = [line.product.producer for line in lines]
    zone = zone_named(candidate.order.timezone)
    return earliest_cutoff(producers, candidate.planned.start.date(), zone)


def _until_words(closes: datetime) -> str:
    local = closes.astimezone(require_cooperative().zone)
    return _(
        "This date could be changed until %(day)s, %(time)s. Call the office of your cooperative."
    ) % {"day": format_day(local.date(), "day_long"), "time": format_clock(local.time())}


def require_comes(
    order: StandingOrder, original: str, at: datetime, wanted: Sequence[int] = ()
) -> list[DateNote]:
    """Refuse a date on which nothing would come; else the other deliveries of that day.

    `wanted` are products that a hand asks for: what is not the rule's must be able to come, too.
    """
    _orders, outlook = outlook_of([order.pk], require_cooperative(), at=at)
    candidate = outlook.dates.get((order.pk, original))
    if candidate is None:
        raise DomainError(_("Choose a day and a time to come."), status=422)
    candidate = _served(order, candidate, at)
    _require_extras(candidate, wanted)
    if candidate.state not in (State.GENERATED, State.HELD):
        reasons = {
            f"{line['name']} ({reason_words(line['reason'], line.get('detail', ''))})"
            for line in candidate.left_out
        }
        raise DomainError(
            _("Nothing can come on %(day)s: %(reasons)s. Choose another day.")
            % {
                "day": format_day(candidate.planned.start.date(), "day_long"),
                "reasons": ", ".join(sorted(reasons)) or reason_words(candidate.reason),
            }
        )
    day = candidate.planned.start.date()
    return [
        note_of(other)
        for other in outlook.dates.values()
        if other.key != candidate.key
        and other.state == State.GENERATED
        and other.planned.start.date() == day
    ]


def _served(order: StandingOrder, candidate: Candidate, at: datetime) -> Candidate:
    """With what it can have of scarce products, beside what its own order has taken."""
    if not limited(wish.product for wish in candidate.wishes):
        return candidate
    known = order.occurrences.filter(
        original_start=candidate.planned.original.isoformat(), order__isnull=False
    )
    own = [pk for pk in known.values_list("order", flat=True) if pk]
    stock = Stock.for_dates([candidate], apart_from=own, at=None if own else at)
    return stock.serve(candidate)


def _require_extras(candidate: Candidate, wanted: Sequence[int]) -> None:
    """What is asked for besides the rule is not left out in silence."""
    usual = {line.product.pk for line in candidate.version.lines.all()}
    coming = {wish.product.pk for wish in candidate.wishes}
    coming |= {int(line["product"]) for line in candidate.left_out if "product" in line}  # waits
    missing = Product.objects.in_bulk(set(wanted) - usual - coming)
    names = {product.name for product in missing.values()}
    reasons = {
        f"{line['name']} ({reason_words(line['reason'], line.get('detail', ''))})"
        for line in candidate.left_out
        if line["name"] in names
    }
    if reasons:
        raise DomainError(
            _("This cannot come on %(day)s: %(reasons)s. Leave it out, or move the date.")
            % {
                "day": format_day(candidate.planned.start.date(), "day_long"),
                "reasons": ", ".join(sorted(reasons)),
            },
            status=422,
        )


def require_goods(lines: Sequence[tuple[int, Decimal]]) -> None:
    known = Product.objects.filter(pk__in=[pk for pk, _quantity in lines]).in_bulk()
    if len(known) < len(lines) or any(product.archived_at for product in known.values()):
        raise DomainError(
            _("A product of your order is no longer sold. Take it out of your order."), status=422
        )
    if any(not 0 < quantity <= MAX_QUANTITY for _pk, quantity in lines):
        raise DomainError(_("Order at least a little of it."), status=422)
