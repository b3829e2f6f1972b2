"""The goods of a standing order: how much of each, and what comes instead of what cannot be had."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from orders.catalog.models import Product
from orders.ordering.forms import GoodsForm, GoodsRow
from recurring.wishes import may_replace


class StandingGoodsForm(GoodsForm):
    """Valid, it gives `substitutes` besides."""

    def __init__(
        self,
        *args: Any,
        products: Iterable[Product],
        substitutes: Mapping[int, int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, products=products, **kwargs)
        for product in self.products.values():
            others = [each for each in self.products.values() if may_replace(each, product)]
            if others:
                self.fields[_name(product)] = forms.TypedChoiceField(
                    label=_("Instead of %(product)s") % {"product": product.name},
                    choices=[("", _("nothing instead")), *((o.pk, _words(o)) for o in others)],
                    coerce=int,
                    empty_value=None,
                    required=False,
                    initial=(substitutes or {}).get(product.pk),
                )

    @property
    def substitutes(self) -> dict[int, int]:
        """Product → what comes instead, for what is ordered."""
        said = self.cleaned_data
        found = {line.product_id: said.get(f"substitute-{line.product_id}") for line in self.lines}
        return {pk: other for pk, other in found.items() if other}

    def _row(self, product: Product) -> GoodsRow:
        row, name = super()._row(product), _name(product)
        return replace(row, substitute=self[name]) if name in self.fields else row


def _name(product: Product) -> str:
    return f"substitute-{product.pk}"


def _words(product: Product) -> str:
    return f"{product.name}, {product.note}" if product.note else product.name
