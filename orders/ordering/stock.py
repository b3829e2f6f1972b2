"""What is left of products that a producer gives only so much of a day.

A day is that of the pick-up. An order takes its share when it is made and gives it back when it is
called off or refused, so what is taken is read off the orders themselves and can't go astray. Who
makes or changes orders of such products locks them first (`lock_limited`): of two at once, the
second sees what the first took.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Self

from django.db.models import Sum

from orders.catalog.models import Product
from orders.catalog.units import DIVISIBLE
from orders.ordering.models import Order, OrderLine, OrderPart
from orders.protocols import ProductLike

TAKING_STATES = (Order.State.NEW, Order.State.ACCEPTED, Order.State.FULFILLED)

type Place = tuple[int, date]  # a product, and the day of its pick-up


def limited(products: Iterable[ProductLike]) -> dict[int, ProductLike]:
    """Those that there is only so much of, by id."""
    return {product.pk: product for product in products if product.daily_quantity is not None}


def lock_limited(product_ids: Iterable[int]) -> None:
    """Wait for everybody else who takes of these products; held to the end of the transaction."""
    rows = Product.objects.select_for_update(no_key=True).filter(pk__in=set(product_ids))
    list(rows.order_by("pk").values_list("pk", flat=True))


@dataclass(slots=True)
class Shelf:
    """What is left of some limited products on some days. Two queries, however many they are."""

    most: Mapping[int, Decimal]
    taken: defaultdict[Place, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @classmethod
    def of(
        cls,
        products: Mapping[int, ProductLike],
        days: Collection[date],
        *,
        apart_from: Collection[int] = (),
    ) -> Self:
        """As orders stand now, `apart_from` some (ids): those that are about to be made anew."""
        most = {pk: product.daily_quantity or Decimal(0) for pk, product in products.items()}
        shelf = cls(most)
        if not most or not days:
            return shelf
        lines = OrderLine.objects.filter(
            product__in=list(most),
            part__pickup__day__in=list(set(days)),
            part__order__state__in=TAKING_STATES,
        ).exclude(part__state=OrderPart.State.REFUSED)
        if apart_from:
            lines = lines.exclude(part__order__in=list(apart_from))
        sums = lines.order_by().values_list("product", "part__pickup__day")
        for product_id, day, quantity in sums.annotate(sum=Sum("quantity")):
            shelf.taken[product_id, day] = quantity
        return shelf

    def left(self, product: ProductLike, day: date) -> Decimal:
        """How much more of it can be had; what is sold whole, in whole numbers."""
        rest = max(Decimal(0), self.most[product.pk] - self.taken[product.pk, day])
        return rest if product.unit in DIVISIBLE else rest.quantize(Decimal(1), ROUND_DOWN)

    def take(self, product: ProductLike, day: date, quantity: Decimal) -> None:
        self.taken[product.pk, day] += quantity

    def take_at_most(self, product: ProductLike, day: date, quantity: Decimal) -> Decimal:
        """Take as much of it as there is, up to this quantity; how much that is."""
        if product.pk not in self.most:
            return quantity
        taken = min(quantity, self.left(product, day))
        self.take(product, day, taken)
        return taken
