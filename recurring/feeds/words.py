"""What calendars say of a date: short words for a small screen, and nothing that is not theirs.

Calendars are copied to phones, watches and foreign servers. So no door codes, no phone numbers, no
prices, and of a recipient only the name and the town.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Address, Business
from orders.catalog.units import format_quantity
from orders.models import OrderLine, Product
from recurring.models import RuleVersion, StandingOrder

_FEW = 2  # so many goods still fit a title


@dataclass(frozen=True, slots=True)
class Item:
    """So much of one product, by the names it has for people."""

    producer_id: int
    producer: str
    name: str
    note: str
    unit: str
    quantity: Decimal

    @classmethod
    def of_product(cls, product: Product, quantity: Decimal) -> "Item":
        producer = product.producer
        return cls(
            producer.pk, producer.name, product.name, product.note, product.unit, Decimal(quantity)
        )

    @classmethod
    def of_line(cls, line: OrderLine) -> "Item":
        producer = line.part.producer
        return cls(producer.pk, producer.name, line.name, line.note, line.unit, line.quantity)

    @property
    def words(self) -> str:
        """“12 kg Tomatoes (in crates of 6)”."""
        amount = format_quantity(self.quantity, self.unit)
        if self.unit == Product.Unit.PIECE:
            amount += "\u202f×"
        return f"{amount} {self.name}" + (f" ({self.note})" if self.note else "")


@dataclass(frozen=True, slots=True)
class EventWords:
    """Title, text and place of an event."""

    summary: str
    description: str = ""
    location: str = ""
    is_cancelled: bool = False
    is_tentative: bool = False  # nobody has decided yet whether it comes as it is written


def received(name: str, buyer: Business, items: Sequence[Item]) -> EventWords:
    """Goods that a business gets."""
    return EventWords(
        summary=_("Delivery: %(name)s") % {"name": name},
        description="\n".join(f"{item.words} – {item.producer}" for item in items),
        location=place_of(buyer.address),
    )


def sent(name: str, recipient: str, address: Address | None, load: str) -> EventWords:
    """A parcel of the business's own; the recipient's street and door are not for calendars."""
    town = f"{address.postal_code} {address.city}" if address else ""
    return EventWords(
        summary=_("Parcel: %(name)s") % {"name": name},
        description="\n".join(filter(None, [_("For %(name)s") % {"name": recipient}, load])),
        location=town,
    )


def prepared(
    buyer: Business, producer: Business, items: Sequence[Item], note: str = ""
) -> EventWords:
    """What a producer gets ready for one customer; the event is its pick-up."""
    if len(items) <= _FEW:
        what = ", ".join(item.words for item in items)
    else:
        what = ngettext("%(number)s product", "%(number)s products", len(items)) % {
            "number": len(items)
        }
    return EventWords(
        summary=_("%(customer)s: %(goods)s") % {"customer": buyer.name, "goods": what},
        description="\n".join([*(item.words for item in items), *([note] if note else [])]),
        location=place_of(producer.address),
    )


def place_of(address: Address) -> str:
    """Street and town, without how to get in."""
    return f"{address.street}, {address.postal_code} {address.city}"


def items_of(version: RuleVersion) -> tuple[Item, ...]:
    """What the rule asks for, without what is no longer sold."""
    return in_order(
        Item.of_product(line.product, line.quantity)
        for line in version.lines.all()
        if not is_gone(line.product)
    )


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """By producer and name, so that a rule and its orders are written alike."""
    return tuple(sorted(items, key=lambda item: (item.producer, item.name, item.note)))


def is_gone(product: Product) -> bool:
    return bool(product.archived_at or not product.is_available or product.producer.archived_at)


def parcel_words(order: StandingOrder, version: RuleVersion, load: str) -> EventWords:
    return sent(order.name, version.recipient, version.recipient_address, load)
