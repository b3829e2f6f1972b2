"""Drafts into orders, in bulk: the same few statements for one order or for two thousand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from accounts.models import Address, Business
from coopcycle.money import round_half_up, tax_included
from dispatch.models import Task
from dispatch.plans import DeliveryPlan, StopPlan
from dispatch.services import MadeDelivery
from orders.catalog.models import Product
from orders.catalog.terms import earliest_cutoff
from orders.ordering.drafts import LineDraft, OrderDraft, ParcelDraft
from orders.ordering.models import OrderEvent, order_number
from orders.ordering.reading import Market
from orders.ordering.rows import LineRow, OrderEventRow, OrderRow, PartRow
from orders.ordering.totals import goods_and_tax
from orders.pricing.quotes import Quote, quote
from orders.pricing.selectors import PriceBook, price_book
from orders.protocols import AddressLike, BusinessLike, ProductLike
from tenants.models import Cooperative, TaxRate

_UNIT_SIGNS: dict[str, str] = {Product.Unit.KG: "kg", Product.Unit.LITRE: "l"}
LOAD_LENGTH = Task._meta.get_field("load").max_length or 0


@dataclass(frozen=True)
class Ground:
    """What the drafts refer to, read once for all of them."""

    cooperative: Cooperative
    buyers: Mapping[int, BusinessLike]
    products: Mapping[int, ProductLike]
    addresses: dict[int, Address]
    prices: PriceBook

    @cached_property
    def zone(self) -> ZoneInfo:
        return self.cooperative.zone


def ground_for(
    drafts: Sequence[OrderDraft],
    cooperative: Cooperative,
    market: Market[BusinessLike, ProductLike] | None = None,
) -> Ground:
    """Buyers, products with producer and terms, addresses of parcels, prices and rates.

    `market`: buyers and products that were read already.
    """
    parcels = [draft.parcel.address_id for draft in drafts if draft.parcel]
    last_day = max(draft.day(cooperative.zone) for draft in drafts)
    known: Market[BusinessLike, ProductLike] = market or market_of(drafts)
    return Ground(
        cooperative=cooperative,
        buyers=known.buyers,
        products=known.products,
        addresses=Address.objects.in_bulk(parcels),
        prices=price_book(cooperative, last_day=last_day),
    )


def market_of(drafts: Sequence[OrderDraft]) -> Market[Business, Product]:
    """Who orders, and products with their producers and terms, as the models' instances."""
    buyers = Business.objects.select_related("address")
    products = Product.objects.select_related("producer__address", "producer__terms")
    return Market(
        buyers.in_bulk({draft.buyer_id for draft in drafts}),
        products.in_bulk({line.product_id for draft in drafts for line in draft.lines}),
    )


@dataclass(frozen=True)
class Wish:
    """A draft with all it refers to at hand: what its rows are made of."""

    draft: OrderDraft
    ground: Ground

    @cached_property
    def buyer(self) -> BusinessLike:
        return self.ground.buyers[self.draft.buyer_id]

    @cached_property
    def day(self) -> date:
        """The local day of the drop-off: whose price list and tax rates count."""
        return self.draft.day(self.ground.zone)

    @cached_property
    def shares(self) -> dict[int, list[LineDraft]]:
        """Producer id → its lines, in the order in which producers first come up."""
        shares: dict[int, list[LineDraft]] = {}
        for line in self.draft.lines:
            shares.setdefault(self.ground.products[line.product_id].producer_id, []).append(line)
        return shares

    @cached_property
    def producers(self) -> list[BusinessLike]:
        first = (lines[0] for lines in self.shares.values())
        return [self.ground.products[line.product_id].producer for line in first]

    @cached_property
    def weight_grams(self) -> int:
        if self.draft.parcel:
            return self.draft.parcel.weight_grams
        return self.weight_of(self.draft.lines)

    def weight_of(self, lines: Sequence[LineDraft]) -> int:
        products = self.ground.products
        return int(sum(products[li.product_id].unit_weight_grams * li.quantity for li in lines))

    @cached_property
    def quote(self) -> Quote | None:
        """The carriage's price; None when the day has no price list or tax rate yet."""
        prices, rate = self.ground.prices.price_list(self.day), self.carriage_tax_rate
        if prices is None or rate is None:
            return None
        parcel = self.draft.parcel
        return quote(
            prices,
            pickups=[self.buyer.address] if parcel else [p.address for p in self.producers],
            dropoff=self.ground.addresses[parcel.address_id] if parcel else self.buyer.address,
            weight_grams=self.weight_grams,
            tax_rate=rate,
        )

    @cached_property
    def carriage_minor(self) -> int | None:
        """The agreed price of the carriage, else the quoted one."""
        if self.draft.agreed_carriage_minor is not None:
            return self.draft.agreed_carriage_minor
        return self.quote.total_minor if self.quote else None

    @cached_property
    def carriage_tax_rate(self) -> Decimal | None:
        return self.ground.prices.tax_rate(TaxRate.Category.DELIVERY, self.day)

    @property
    def needs_price(self) -> bool:
        """A price or a tax rate is not known; the office is asked."""
        is_known = self.carriage_minor is not None and self.carriage_tax_rate is not None
        return not is_known or not self.knows_all_rates

    @property
    def closes_at(self) -> datetime | None:
        """Until when the buyer may call it off: the first cut-off, or the parcel's pick-up."""
        if self.draft.parcel:
            return self.draft.pickup_after
        return earliest_cutoff(self.producers, self.day, self.ground.zone)

    def line_rows(self, lines: Sequence[LineDraft], part_id: int | None) -> list[LineRow]:
        """Lines with the price and the tax rate that they keep for ever."""
        return [self._line_row(line, part_id) for line in lines]

    def _line_row(self, line: LineDraft, part_id: int | None) -> LineRow:
        product = self.ground.products[line.product_id]
        rate = self.tax_rate_of(product) or Decimal(0)
        price = product.price_minor if line.fixed_price_minor is None else line.fixed_price_minor
        total = round_half_up(price * line.quantity)
        # In the order of its columns: with a dozen names it takes four times as long.
        return LineRow(
            part_id,
            product.pk,
            product.name,
            product.note,
            product.unit,
            line.quantity,
            price,
            product.tax_category,
            rate,
            total,
            tax_included(total, rate),
            line.instead_of,
        )

    def tax_rate_of(self, product: ProductLike) -> Decimal | None:
        return self.ground.prices.tax_rate(product.tax_category, self.day)

    @property
    def knows_all_rates(self) -> bool:
        products = self.ground.products
        return all(self.tax_rate_of(products[li.product_id]) is not None for li in self.draft.lines)


def delivery_plan(wish: Wish, order_id: int) -> DeliveryPlan:
    """The ride that a wish needs: its pick-ups, then the drop-off. Bears the order's number."""
    draft = wish.draft
    if draft.parcel:
        recipient, language = draft.parcel.recipient, wish.ground.cooperative.default_language
        stops = _parcel_stops(wish, draft.parcel)
    else:
        recipient, language = wish.buyer.name, wish.buyer.language
        stops = _goods_stops(wish)
    return DeliveryPlan(
        sender_id=draft.buyer_id,
        recipient_name=recipient,
        recipient_language=language,
        stops=stops,
        is_recurring=draft.is_recurring,
        reference=order_number(wish.day, order_id),
    )


def _goods_stops(wish: Wish) -> tuple[StopPlan, ...]:
    shares = wish.shares
    pickups = [
        _pickup(
            wish.draft,
            producer,
            load=_load(wish, shares[producer.pk]),
            weight_grams=wish.weight_of(shares[producer.pk]),
        )
        for producer in wish.producers
    ]
    return (*pickups, _dropoff_at_buyer(wish))


def _parcel_stops(wish: Wish, parcel: ParcelDraft) -> tuple[StopPlan, ...]:
    pickup = _pickup(wish.draft, wish.buyer, load=parcel.load, weight_grams=parcel.weight_grams)
    dropoff = StopPlan(
        kind=Task.Kind.DROPOFF,
        address_id=parcel.address_id,
        place=parcel.recipient,
        after=wish.draft.after,
        before=wish.draft.before,
        contact=parcel.recipient,
        phone=parcel.phone,
        load=parcel.load,
        weight_grams=parcel.weight_grams,
        instructions=_instructions(wish.ground.addresses[parcel.address_id], wish.draft.note),
    )
    return (pickup, dropoff)


def _pickup(draft: OrderDraft, giver: BusinessLike, *, load: str, weight_grams: int) -> StopPlan:
    return StopPlan(
        kind=Task.Kind.PICKUP,
        address_id=giver.address_id,
        place=giver.name,
        after=draft.pickup_after,
        before=draft.pickup_before,
        phone=giver.phone,
        load=load,
        weight_grams=weight_grams,
        instructions=giver.address.instructions,
    )


def _dropoff_at_buyer(wish: Wish) -> StopPlan:
    buyer, draft = wish.buyer, wish.draft
    return StopPlan(
        kind=Task.Kind.DROPOFF,
        address_id=buyer.address_id,
        place=buyer.name,
        after=draft.after,
        before=draft.before,
        phone=buyer.phone,
        load=_load(wish, draft.lines),
        weight_grams=wish.weight_grams,
        instructions=_instructions(buyer.address, draft.note),
    )


def _instructions(address: AddressLike, note: str) -> str:
    return " · ".join(part for part in (address.instructions, note) if part)[:300]


def _load(wish: Wish, lines: Sequence[LineDraft]) -> str:
    """What is carried, in words of every language: names and figures."""
    words = [
        f"{line.quantity.normalize():f} {_unit_sign(product.unit)} {product.name}"
        for line in lines
        for product in [wish.ground.products[line.product_id]]
    ]
    load = ", ".join(words)
    return load if len(load) <= LOAD_LENGTH else load[: LOAD_LENGTH - 1] + "…"


def _unit_sign(unit: str) -> str:
    return _UNIT_SIGNS.get(unit, "×")


class NewOrder(NamedTuple):
    """All rows of one order."""

    order: OrderRow
    parts: list[PartRow]
    lines: list[LineRow]
    event: OrderEventRow


def new_order(
    wish: Wish,
    order_id: int,
    part_ids: Sequence[int],
    delivery: MadeDelivery,
) -> NewOrder:
    """The rows of a wish; there is one part id for each of its producers."""
    shares = list(zip(part_ids, wish.shares.values(), strict=True))
    lines = [row for part_id, drafts in shares for row in wish.line_rows(drafts, part_id)]
    return NewOrder(
        order=_order_row(wish, order_id, delivery, lines),
        parts=_part_rows(wish, order_id, part_ids, delivery),
        lines=lines,
        event=_placed_event(wish, order_id),
    )


def _order_row(
    wish: Wish, order_id: int, delivery: MadeDelivery, lines: Sequence[LineRow]
) -> OrderRow:
    draft, price, rate = wish.draft, wish.carriage_minor, wish.carriage_tax_rate
    goods, tax = goods_and_tax(lines, price, rate)
    return OrderRow(
        id=order_id,
        kind=draft.kind,
        buyer_id=draft.buyer_id,
        delivery_id=delivery.id,
        day=wish.day,
        after=draft.after,
        before=draft.before,
        closes_at=wish.closes_at,
        wall_start="" if draft.is_recurring else wall_clock(draft.after, wish.ground.zone),
        promised_timezone="" if draft.is_recurring else wish.ground.zone.key,
        goods_minor=goods,
        delivery_minor=price,
        delivery_tax_rate=rate,
        tax_minor=tax,
        needs_price=wish.needs_price,
        note=draft.note,
        action_id=draft.action_id,
    )


def wall_clock(moment: datetime, zone: ZoneInfo) -> str:
    """What the clock says at this instant, naive local ISO."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def _part_rows(
    wish: Wish, order_id: int, part_ids: Sequence[int], delivery: MadeDelivery
) -> list[PartRow]:
    """One a producer, with its pick-up: they come first among the stops, in the same order.

    A parcel is nobody's part: its only pick-up is at the buyer.
    """
    notes = wish.draft.producer_notes
    pickups = islice(delivery.task_ids, len(part_ids))
    return [
        PartRow(part_id, order_id, producer_id, pickup_id, notes.get(producer_id, ""))
        for part_id, producer_id, pickup_id in zip(part_ids, wish.shares, pickups, strict=True)
    ]


def _placed_event(wish: Wish, order_id: int) -> OrderEventRow:
    kind = OrderEvent.Kind.GENERATED if wish.draft.is_recurring else OrderEvent.Kind.PLACED
    return OrderEventRow(order_id, kind, price_details(wish))


def price_details(wish: Wish) -> dict[str, Any]:
    """For an event: how the carriage came to its price."""
    if wish.draft.agreed_carriage_minor is not None:
        return {"agreed_carriage_minor": wish.draft.agreed_carriage_minor}
    return {"quote": wish.quote.as_details()} if wish.quote else {}
