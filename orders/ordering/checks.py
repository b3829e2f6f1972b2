"""What speaks against a draft, in sentences for the person who orders."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from accounts.models import Business
from coopcycle import dates
from orders.catalog.models import Product
from orders.catalog.terms import closure_on, cutoff, terms_of
from orders.catalog.units import DIVISIBLE, format_quantity
from orders.ordering.drafts import OrderDraft
from orders.ordering.models import Order
from orders.ordering.stock import Shelf, limited
from orders.protocols import ClosureLike
from tenants.models import Cooperative

MAX_QUANTITY = Decimal(9999)
MAX_GRAMS = 300_000  # a bike with trailer carries that much, with goodwill
MAX_DAYS_AHEAD = 365


@dataclass(frozen=True, slots=True)
class Verdict:
    """`errors` stop the order; `warnings` are said, and the person decides."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def check(
    draft: OrderDraft,
    *,
    buyer: Business,
    products: Mapping[int, Product],
    cooperative: Cooperative,
    at: datetime,
    order_id: int | None = None,
) -> Verdict:
    """Everything that is wrong with `draft` when it is sent `at`. `products` are those it names
    that exist, with producer and terms; `order_id` is the order that it is to change."""
    ordered = [products[line.product_id] for line in draft.lines if line.product_id in products]
    producers = list({product.producer_id: product.producer for product in ordered}.values())
    prefetch_related_objects(producers, "closures")
    errors = [
        *_content_errors(draft, products),
        *_window_errors(draft, cooperative, at),
        *_producer_errors(draft, producers, cooperative, at),
        *stock_errors(draft, products, cooperative, order_id=order_id),
    ]
    return Verdict(tuple(errors), tuple(_warnings(draft, buyer, cooperative)))


def _content_errors(draft: OrderDraft, products: Mapping[int, Product]) -> Iterable[str]:
    if draft.kind == Order.Kind.DELIVERY:
        if draft.parcel is None:
            yield _("Say what is to be brought, and to whom.")
        elif draft.parcel.weight_grams > MAX_GRAMS:
            yield _("A bike carries at most 300 kg. Send it in several parts.")
        return
    if not draft.lines:
        yield _("Your order is empty. Choose at least one product.")
    if len({line.product_id for line in draft.lines}) < len(draft.lines):
        yield _("A product is in your order twice. Put the quantities together.")
    for line in draft.lines:
        product = products.get(line.product_id)
        if product is None or product.archived_at or product.producer.archived_at:
            name = product.name if product else ""
            yield (
                _("%(product)s is no longer sold. Take it out of your order.") % {"product": name}
                if name
                else _("A product of your order is no longer sold. Take it out of your order.")
            )
        elif not product.is_available:
            yield _("%(product)s is not available at the moment. Take it out of your order.") % {
                "product": product.name
            }
        else:
            yield from _quantity_errors(line.quantity, product)


def _quantity_errors(quantity: Decimal, product: Product) -> Iterable[str]:
    if quantity <= 0 or quantity > MAX_QUANTITY:
        yield _("Order between a little and 9,999 of %(product)s.") % {"product": product.name}
    elif quantity != int(quantity) and product.unit not in DIVISIBLE:
        yield _("%(product)s is sold whole. Enter a number without decimals.") % {
            "product": product.name
        }


def stock_errors(
    draft: OrderDraft,
    products: Mapping[int, Product],
    cooperative: Cooperative,
    *,
    order_id: int | None = None,
) -> Iterable[str]:
    """Products of which less is left on the day of the pick-up. No query where none is limited."""
    asked = {line.product_id: line.quantity for line in draft.lines}
    scarce = limited(products[pk] for pk in asked if pk in products)
    if not scarce:
        return
    day = draft.pickup_after.astimezone(cooperative.zone).date()
    shelf = Shelf.of(scarce, [day], apart_from=[order_id] if order_id else ())
    for pk, product in scarce.items():
        left = shelf.left(product, day)
        words = {"product": product.name, "day": dates.format_day(day, "day_long")}
        if not left:
            yield _("%(product)s is sold out for %(day)s. Take it out, or choose another day.") % (
                words
            )
        elif asked[pk] > left:
            words["left"] = format_quantity(left, product.unit)
            yield _("Of %(product)s only %(left)s are left for %(day)s. Order at most that.") % (
                words
            )


def _window_errors(draft: OrderDraft, cooperative: Cooperative, at: datetime) -> Iterable[str]:
    if draft.before <= draft.after:
        yield _("The time window must end after it starts.")
    elif draft.before - draft.after > timedelta(days=1):
        yield _("The time window is longer than a day. Choose a shorter one.")
    day, today = draft.day(cooperative.zone), at.astimezone(cooperative.zone).date()
    if day < today:
        yield _("%(day)s is over. Choose a day to come.") % {"day": dates.format_day(day)}
    elif day > today + timedelta(days=MAX_DAYS_AHEAD):
        yield _("Choose a day within a year from now.")
    elif draft.pickup_before <= at:
        yield _("It is too late for this time window. Choose a later one, or another day.")


def _producer_errors(
    draft: OrderDraft, producers: Iterable[Business], cooperative: Cooperative, at: datetime
) -> Iterable[str]:
    zone = cooperative.zone
    day = draft.day(zone)
    pickup_day = draft.pickup_after.astimezone(zone).date()
    if day < at.astimezone(zone).date():
        return  # said already; each cut-off is over too
    for producer in producers:
        terms = terms_of(producer)
        if pickup_day.isoweekday() in terms.days_off:
            yield _("%(producer)s does not work on %(day)s. Choose another day.") % {
                "producer": producer.name,
                "day": dates.format_day(pickup_day, "day_long"),
            }
        if closure := closure_on(producer, pickup_day):
            yield closure_words(producer, closure)
        closes = cutoff(terms, day, zone)
        if at >= closes:
            yield _(
                "%(producer)s took orders for %(day)s until %(closing_day)s, %(closing_time)s."
                " Choose a later day."
            ) % {
                "producer": producer.name,
                "day": dates.format_day(day),
                "closing_day": dates.format_day(_local(closes, cooperative).date()),
                "closing_time": dates.format_clock(_local(closes, cooperative).time()),
            }


def closure_words(producer: Business, closure: ClosureLike) -> str:
    words = {
        "producer": producer.name,
        "from_day": dates.format_day(closure.from_day),
        "to_day": dates.format_day(closure.to_day),
        "reason": closure.reason,
    }
    if closure.reason:
        return (
            _(
                "%(producer)s is closed from %(from_day)s to %(to_day)s: %(reason)s."
                " Choose another day."
            )
            % words
        )
    return _("%(producer)s is closed from %(from_day)s to %(to_day)s. Choose another day.") % words


def _local(moment: datetime, cooperative: Cooperative) -> datetime:
    return moment.astimezone(cooperative.zone)


def _warnings(draft: OrderDraft, buyer: Business, cooperative: Cooperative) -> Iterable[str]:
    day = draft.day(cooperative.zone)
    words = {"business": buyer.name, "day": dates.format_day(day, "day_long")}
    if (
        draft.kind == Order.Kind.SUPPLY
        and buyer.opening_weekdays
        and day.isoweekday() not in buyer.opening_weekdays
    ):
        yield _("%(business)s is usually closed on %(day)s.") % words
    if day.isoweekday() not in cooperative.working_weekdays:
        yield _("The couriers don't usually ride on %(day)s; the office will look at it.") % words


def window_of(
    day: date, opens: time, closes: time, cooperative: Cooperative
) -> tuple[datetime, datetime]:
    """The instants of a local window; one that closes before it opens goes past midnight."""
    after = datetime.combine(day, opens, tzinfo=cooperative.zone)
    closing_day = day if closes > opens else day + timedelta(days=1)
    return after, datetime.combine(closing_day, closes, tzinfo=cooperative.zone)
