"""What producers do with their goods. Orders that exist keep what was frozen on them."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Business, User
from coopcycle.errors import DomainError
from orders.catalog.models import Closure, Product
from orders.pricing.services import note_price_change

_PRICED_BY = ("price_minor", "tax_category", "unit_weight_grams")  # by the kilo goes the carriage


@transaction.atomic
def save_product(product: Product) -> Product:
    """A product as its producer describes it. Orders to come follow a price that changes."""
    former = Product.objects.select_for_update(no_key=True).filter(pk=product.pk).first()
    product.save()
    if former and any(getattr(former, name) != getattr(product, name) for name in _PRICED_BY):
        note_price_change()
    return product


@transaction.atomic
def set_availability(*, product_id: int, is_available: bool) -> Product:
    """Offer a product, or take it off the list for a while."""
    product = Product.objects.select_for_update().get(pk=product_id)
    product.is_available = is_available
    product.save(update_fields=["is_available"])
    return product


@transaction.atomic
def archive_product(*, product_id: int, at: datetime) -> Product:
    """Stop selling a product for good. Its past stays; its name is free again."""
    product = Product.objects.select_for_update().get(pk=product_id)
    product.archived_at = product.archived_at or at
    product.save(update_fields=["archived_at"])
    return product


@transaction.atomic
def add_closure(
    *, producer: Business, from_day: date, to_day: date, reason: str, actor: User, at: datetime
) -> Closure:
    """The producer gives nothing on these days, both included. Orders that exist stay: each is the
    producer's to refuse. Standing orders are told by recurring.services.close_producer.

    Said twice, the same days are one closure.
    """
    if to_day < from_day:
        raise DomainError(_("The last day must not be before the first."), status=422)
    locked = Business.objects.select_for_update().get(pk=producer.pk)
    if known := locked.closures.filter(from_day=from_day, to_day=to_day).first():
        return known
    return Closure.objects.create(
        producer=producer,
        from_day=from_day,
        to_day=to_day,
        reason=reason.strip(),
        created_at=at,
        created_by=actor,
    )


@transaction.atomic
def remove_closure(*, closure_id: int, today: date) -> None:
    """Open again from `today` on; a closure that has not begun was never there.

    Raises DomainError when it is over, or somebody has taken it back already.
    """
    closure = Closure.objects.select_for_update().filter(pk=closure_id, to_day__gte=today).first()
    if closure is None:
        raise DomainError(_("You are open on these days already."))
    if closure.from_day >= today:
        closure.delete()
    else:
        closure.to_day = today - timedelta(days=1)
        closure.save(update_fields=["to_day"])
