"""Reads of what producers offer."""

from collections.abc import Collection

from django.db.models import Prefetch

from accounts.models import Business
from orders.catalog.models import Product


def products_with_producers(ids: Collection[int]) -> dict[int, Product]:
    """Products by id, with their producers, whose address, terms and closures are at hand.

    A producer's products share one instance of it.
    """
    if not ids:
        return {}
    producers = Business.objects.select_related("address", "terms").prefetch_related("closures")
    products = Product.objects.filter(pk__among=ids)
    found = products.prefetch_related(Prefetch("producer", producers)).order_by()
    return {product.pk: product for product in found}
