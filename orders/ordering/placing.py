"""Drafts into orders, in bulk: the same few statements for one order or for two thousand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from accounts.models import Address, Business, User
from coopcycle.money import Money, tax_included
from dispatch.models import Delivery, Task
from dispatch.plans import DeliveryPlan, StopPlan
from orders.catalog.models import Product
from orders.catalog.terms import earliest_cutoff
from orders.ordering.drafts import LineDraft, OrderDraft, ParcelDraft
from orders.ordering.models import Order, OrderEvent, OrderLine, OrderPart
from orders.pricing.quotes import Quote, quote
from orders.pricing.selectors import PriceBook, price_book
from tenants.models import Cooperative, TaxRate

LOAD_LENGTH = Task._meta.get_field("load").max_length or 0


@dataclass(frozen=True)
class Ground:
    """What the drafts refer to, read once for all of them."""

    cooperative: Cooperative
    buyers: Mapping[int, Business]
    products: Mapping[int, Product]
    addresses: dict[int, Address]
    prices: PriceBook


def ground_for(drafts: Sequence[OrderDraft], cooperative: Cooperative) -> Ground:
    """Buyers, products with producer and terms, addresses of parcels, prices and rates."""
    parcels = [draft.parcel.address_id for draft in drafts if draft.parcel]
    last_day = max(draft.day(cooperative.zone) for draft in drafts)
    return Ground(
        cooperative=cooperative,
        buyers=Business.objects.select_related("address").in_bulk({d.buyer_id for d in drafts}),
        products=Product.objects.select_related("producer__address", "producer__terms").in_bulk(
            {line.product_id for draft in drafts for line in draft.lines}
        ),
        addresses=Address.objects.in_bulk(parcels),
        prices=price_book(cooperative, last_day=last_day),
    )


@dataclass(frozen=True)
class Wish:
    """A draft with all it refers to at hand: what its rows are made of."""

    draft: OrderDraft
    ground: Ground

    @property
    def buyer(self) -> Business:
        return self.ground.buyers[self.draft.buyer_id]

    @cached_property
    def shares(self) -> dict[int, list[LineDraft]]:
        """Producer id → its lines, in the order in which producers first come up."""
        shares: dict[int, list[LineDraft]] = {}
        for line in self.draft.lines:
            shares.setdefault(self.ground.products[line.product_id].producer_id, []).append(line)
        return shares

    @property
    def producers(self) -> list[Business]:
        first = (lines[0] for lines in self.shares.values())
        return [self.ground.products[line.product_id].producer for line in first]

    @property
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
        day = self.draft.day(self.ground.cooperative.zone)
        prices = self.ground.prices.price_list(day)
        rate = self.ground.prices.tax_rate(TaxRate.Category.DELIVERY, day)
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

    @property
    def closes_at(self) -> datetime | None:
        """Until when the buyer may call it off: the first cut-off, or the parcel's pick-up."""
        if self.draft.parcel:
            return self.draft.pickup_after
        zone = self.ground.cooperative.zone
        return earliest_cutoff(self.producers, self.draft.day(zone), zone)

    def order_lines(self, lines: Sequence[LineDraft]) -> list[OrderLine]:
        return [self._order_line(line) for line in lines]

    def _order_line(self, line: LineDraft) -> OrderLine:
        cooperative, product = self.ground.cooperative, self.ground.products[line.product_id]
        rate = self.tax_rate_of(product)
        price = product.price_minor if line.fixed_price_minor is None else line.fixed_price_minor
        total = (Money(price, cooperative.currency) * line.quantity).minor
        return OrderLine(
            product=product,
            name=product.name,
            note=product.note,
            unit=product.unit,
            quantity=line.quantity,
            unit_price_minor=price,
            tax_category=product.tax_category,
            tax_rate=rate or Decimal(0),
            total_minor=total,
            tax_minor=tax_included(total, rate or Decimal(0)),
        )

    def tax_rate_of(self, product: Product) -> Decimal | None:
        day = self.draft.day(self.ground.cooperative.zone)
        return self.ground.prices.tax_rate(product.tax_category, day)

    @property
    def knows_all_rates(self) -> bool:
        products = self.ground.products
        return all(self.tax_rate_of(products[li.product_id]) is not None for li in self.draft.lines)


def delivery_plan(wish: Wish) -> DeliveryPlan:
    """The ride that a wish needs: its pick-ups, then the drop-off."""
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


def _pickup(draft: OrderDraft, giver: Business, *, load: str, weight_grams: int) -> StopPlan:
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


def _instructions(address: Address, note: str) -> str:
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
    return {Product.Unit.KG: "kg", Product.Unit.LITRE: "l"}.get(Product.Unit(unit), "×")


def order_row(wish: Wish, delivery: Delivery, *, actor: User | None, at: datetime) -> Order:
    """The unsaved order; its totals are set when its lines are known."""
    draft, cooperative = wish.draft, wish.ground.cooperative
    day = draft.day(cooperative.zone)
    carriage = wish.quote
    return Order(
        kind=draft.kind,
        buyer=wish.buyer,
        delivery=delivery,
        day=day,
        after=draft.after,
        before=draft.before,
        closes_at=wish.closes_at,
        currency=cooperative.currency,
        delivery_minor=carriage.total_minor if carriage else None,
        delivery_tax_rate=Decimal(carriage.tax_rate) if carriage else None,
        needs_price=carriage is None or not wish.knows_all_rates,
        note=draft.note,
        placed_at=at,
        placed_by=actor,
        action_id=draft.action_id,
    )


def part_rows(
    wish: Wish, order: Order, stops: Sequence[Task]
) -> list[tuple[OrderPart, list[OrderLine]]]:
    """The unsaved parts, one a producer, each with its lines and its pick-up out of `stops`.

    A parcel is nobody's part: its only pick-up is at the buyer.
    """
    return [
        (
            OrderPart(
                order=order,
                producer_id=producer_id,
                pickup=pickup,
                note=wish.draft.producer_notes.get(producer_id, ""),
            ),
            wish.order_lines(lines),
        )
        for (producer_id, lines), pickup in zip(wish.shares.items(), stops, strict=False)
    ]


def placed_event(wish: Wish, order: Order, *, actor: User | None, at: datetime) -> OrderEvent:
    carriage = wish.quote
    kind = OrderEvent.Kind.GENERATED if wish.draft.is_recurring else OrderEvent.Kind.PLACED
    details = {"quote": carriage.as_details()} if carriage else {}
    return OrderEvent(order=order, kind=kind, at=at, actor=actor, details=details)
