"""What producers do with their goods. Orders that exist keep what was frozen on them."""

from datetime import datetime

from django.db import transaction

from orders.catalog.models import Product


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
