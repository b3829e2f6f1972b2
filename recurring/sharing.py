"""Too little for all: when its list closes, a producer shares out in proportion to what was asked.

Who ordered by hand keeps what was promised, and so does whoever the producer has answered; the rest is
for the standing orders. What a line lacks then comes as its substitute, if some is left. Read off the orders: after it nothing is asked beyond what there is, so it is
done once, whenever it runs.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from django.db import transaction

from coopcycle.failpoints import reach
from orders.catalog.models import ProducerTerms, Product
from orders.catalog.terms import cutoff, terms_of
from orders.catalog.units import DIVISIBLE
from orders.ordering import changing
from orders.ordering.drafts import LineDraft
from orders.ordering.models import OrderLine, OrderPart
from orders.ordering.services import OPEN_STATES, cancel_orders
from orders.ordering.stock import TAKING_STATES, Shelf, limited, lock_limited
from orders.protocols import ProductLike
from recurring.models import Occurrence, RuleLine
from recurring.stock import REASONS, LeftOut, lacking
from recurring.storage import lock_generation
from recurring.wishes import Wish
from recurring.words import reason_words
from tenants.models import Cooperative

State = Occurrence.State
ZERO = Decimal(0)

type Shares = dict[int, Decimal]  # order → how much of a product
type Given = defaultdict[int, dict[Product, tuple[Decimal, date]]]  # order → share, day of pick-up


@dataclass(slots=True)
class Demand:
    """What is asked of one product on one day of pick-up."""

    product: Product
    day: date = date.min  # of the pick-up
    promised: Decimal = Decimal(0)  # by hand, or answered already
    asked: Shares = field(default_factory=dict)
    last_day: date = date.min  # of delivery: when all lists for it are closed


def share_out(cooperative: Cooperative, *, at: datetime) -> int:
    """Give each standing order its share of what is scarce and closed; how many orders changed."""
    products = list(
        Product.objects.filter(
            daily_quantity__isnull=False, producer__terms__when_short=ProducerTerms.WhenShort.SHARE
        ).select_related("producer__terms")
    )
    return _share_out(products, cooperative, at=at) if products else 0


@transaction.atomic
def _share_out(products: Sequence[Product], cooperative: Cooperative, *, at: datetime) -> int:
    lock_generation()  # before the products, as whoever makes or changes dates
    lock_limited(product.pk for product in products)
    given: Given = defaultdict(dict)
    for demand in _demands(products, at=at):
        terms = terms_of(demand.product.producer)
        if cutoff(terms, demand.last_day, cooperative.zone) <= at:
            for order_id, share in shares_of(demand).items():
                given[order_id][demand.product] = share, demand.day
    _give(given, at=at)
    reach("shares given")
    return len(given)


def shares_of(demand: Demand) -> Shares:
    """Who gets how much less; nothing where there is enough.

    In proportion, rounded down to what can be weighed; what that leaves goes to those who lost most
    by it, the older order first.
    """
    most = demand.product.daily_quantity or Decimal(0)
    rest = max(Decimal(0), most - demand.promised)
    asked = sum(demand.asked.values(), Decimal(0))
    if asked <= rest:
        return {}
    step = Decimal("0.1") if demand.product.unit in DIVISIBLE else Decimal(1)
    exact = {pk: quantity * rest / asked for pk, quantity in demand.asked.items()}
    found = {pk: share.quantize(step, ROUND_DOWN) for pk, share in exact.items()}
    over = int((rest - sum(found.values(), Decimal(0))) // step)
    for pk in sorted(found, key=lambda pk: (found[pk] - exact[pk], pk))[:over]:
        found[pk] += step
    return {pk: share for pk, share in found.items() if share < demand.asked[pk]}


def _demands(products: Sequence[Product], *, at: datetime) -> Iterable[Demand]:
    lines = (
        OrderLine.objects.filter(
            product__in=products,
            part__order__state__in=TAKING_STATES,
            part__order__after__gt=at,
        )
        .exclude(part__state=OrderPart.State.REFUSED)
        .select_related("part__order__occurrence", "part__pickup")
        .order_by("part__order")
    )
    known = {product.pk: product for product in products}
    found: dict[tuple[int, date], Demand] = {}
    for line in lines:
        order, day = line.part.order, line.part.pickup.day
        demand = found.setdefault((line.product_id, day), Demand(known[line.product_id], day))
        demand.last_day = max(demand.last_day, order.day)
        is_open = order.state in OPEN_STATES and line.part.state == OrderPart.State.NEW
        if is_open and hasattr(order, "occurrence"):
            demand.asked[order.pk] = line.quantity
        else:
            demand.promised += line.quantity
    return found.values()


def _give(given: Given, *, at: datetime) -> None:
    rows = list(
        Occurrence.objects.filter(order__in=list(given))
        .order_by("order_id")
        .select_related("order")
    )
    substitutes = _substitutes(rows)
    scarce = limited(other for others in substitutes.values() for other in others.values())
    shelf = Shelf.of(scarce, {day for found in given.values() for _share, day in found.values()})
    emptied: list[Occurrence] = []
    for row in rows:
        shares, asked = given[row.order_id or 0], _asked(row)
        instead: list[LineDraft] = []
        said: list[LeftOut] = []
        for product, (share, day) in shares.items():
            other = substitutes[row.version_id].get(product.pk)
            came = shelf.take_at_most(other, day, asked[product.pk] - share) if other else ZERO
            instead += [LineDraft(other.pk, came, None, product.name)] if other and came else []
            said += lacking(product, asked[product.pk], share, other, came)
        _say(row, said)
        gone = {product.pk for product, (share, _day) in shares.items() if not share}
        if gone == asked.keys() and not instead:
            row.state, row.reason = State.CANCELLED, "nothing_left"
            emptied.append(row)
        else:
            quantities = {product.pk: share for product, (share, _day) in shares.items()}
            changing.give_less(quantities, instead=instead, order_id=row.order_id or 0, at=at)
        row.save(update_fields=["left_out", "news", "state", "reason"])
    words = {row.order_id or 0: reason_words("nothing_left") for row in emptied}
    if words:
        cancel_orders(words, actor=None, at=at)


def _say(row: Occurrence, said: Sequence[LeftOut]) -> None:
    names = {each["name"] for each in said}
    kept = [
        each for each in row.left_out if each["name"] not in names or each["reason"] not in REASONS
    ]
    row.left_out = [*kept, *said]
    if row.news != Occurrence.News.NEW:
        row.news = Occurrence.News.CHANGED


def _substitutes(rows: Iterable[Occurrence]) -> defaultdict[int, dict[int, ProductLike]]:
    """Version → product → what may come instead of it."""
    found: defaultdict[int, dict[int, ProductLike]] = defaultdict(dict)
    lines = RuleLine.objects.filter(version__in={row.version_id for row in rows})
    for line in lines.exclude(substitute=None).select_related("product", "substitute"):
        wish = Wish(line.product, line.quantity, substitute=line.substitute)
        if other := wish.stand_in:
            found[line.version_id][line.product_id] = other
    return found


def _asked(row: Occurrence) -> dict[int, Decimal]:
    """What its order asks for, of all producers who did not say no."""
    lines = OrderLine.objects.filter(part__order=row.order_id).exclude(
        part__state=OrderPart.State.REFUSED
    )
    return dict(lines.values_list("product", "quantity"))
