"""An order being filled in: the forms of one page together, and the draft they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import Address, Business
from accounts.requests import PersonRequest
from orders.catalog.models import Product
from orders.ordering.addresses import locate
from orders.ordering.checks import window_of
from orders.ordering.drafts import OrderDraft, ParcelDraft
from orders.ordering.forms import BuyerForm, GoodsForm, ParcelForm, WhenForm
from orders.ordering.models import Order
from orders.ordering.preview import Preview, preview
from orders.ordering.selectors import products_on_offer
from orders.permissions import buyers_for


@dataclass
class Basket:
    """Who, what, and when. Exactly one of `goods` and `parcel` is there."""

    request: PersonRequest
    buyer: BuyerForm
    when: WhenForm
    goods: GoodsForm | None = None
    parcel: ParcelForm | None = None

    @property
    def is_valid(self) -> bool:
        invalid = [form for form in self._forms if not form.is_valid()]  # each shows its errors
        return not invalid

    @property
    def _forms(self) -> list[Any]:
        return [form for form in (self.buyer, self.when, self.goods, self.parcel) if form]

    def address(self) -> Address | None:
        """Where the parcel goes, unsaved."""
        if self.parcel is None:
            return None
        told = self.parcel.cleaned_data
        pin = (told["latitude"], told["longitude"])
        return locate(
            street=told["street"],
            postal_code=told["postal_code"],
            city=told["city"],
            instructions=told["instructions"],
            pin=pin if None not in pin else None,
            cooperative=self.request.cooperative,
        )

    def draft(self, *, action_id: UUID, address_id: int = 0) -> OrderDraft:
        """The draft of valid forms."""
        told = self.when.cleaned_data
        after, before = window_of(
            told["day"], told["opens"], told["closes"], self.request.cooperative
        )
        return OrderDraft(
            buyer_id=self.buyer.cleaned_data["buyer"].pk,
            kind=Order.Kind.DELIVERY if self.parcel else Order.Kind.SUPPLY,
            after=after,
            before=before,
            lines=self.goods.lines if self.goods else (),
            parcel=self._parcel_draft(address_id),
            note=told["note"],
            producer_notes=self.goods.producer_notes if self.goods else {},
            action_id=action_id,
        )

    def _parcel_draft(self, address_id: int) -> ParcelDraft | None:
        if self.parcel is None:
            return None
        told = self.parcel.cleaned_data
        return ParcelDraft(
            recipient=told["recipient"],
            phone=told["phone"],
            address_id=address_id,
            load=told["load"],
            weight_grams=self.parcel.weight_grams,
        )

    def preview(self, *, at: datetime) -> Preview | None:
        """The price of what is filled in so far; None while it can't be said yet."""
        valid = [form.is_valid() for form in (self.buyer, self.when)]
        filled = self.goods or self.parcel
        if not all(valid) or filled is None:
            return None
        if not filled.is_valid() and (self.parcel or not self.goods or not self.goods.lines):
            return None
        return preview(
            self.draft(action_id=UUID(int=0)),
            cooperative=self.request.cooperative,
            at=at,
            address=self.address(),
        )

    def refuse(self, sentence: str) -> None:
        """Show why the order was not taken, above the form."""
        (self.goods or self.parcel or self.when).add_error(None, sentence)


def goods_basket(
    request: PersonRequest,
    *,
    quantities: Mapping[int, Decimal] | None = None,
    initial: Mapping[str, object] | None = None,
) -> Basket:
    """A basket of goods of all producers."""
    return Basket(
        request=request,
        goods=GoodsForm(_sent(request), products=_offered(), quantities=quantities),
        **_who_and_when(request, initial),
    )


def parcel_basket(
    request: PersonRequest,
    *,
    parcel: Mapping[str, Any] | None = None,
    initial: Mapping[str, object] | None = None,
) -> Basket:
    """A basket with one parcel."""
    start = {"city": request.cooperative.city, **(parcel or {})}
    return Basket(
        request=request,
        parcel=ParcelForm(_sent(request), initial=start),
        **_who_and_when(request, initial),
    )


def _who_and_when(request: PersonRequest, initial: Mapping[str, object] | None) -> dict[str, Any]:
    start = {"day": next_working_day(request), **(initial or {})}
    return {
        "buyer": BuyerForm(
            _sent(request), buyers=buyers_for(request.user), initial=_only(start, "buyer")
        ),
        "when": WhenForm(_sent(request), initial=start),
    }


def _only(values: Mapping[str, object], name: str) -> dict[str, object]:
    return {name: values[name]} if name in values else {}


def _sent(request: PersonRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _offered() -> list[Product]:
    return list(products_on_offer())


def next_working_day(request: PersonRequest) -> date:
    """Tomorrow, or the first day after it on which the co-op rides."""
    day = timezone.localdate() + timedelta(days=1)
    working = set(request.cooperative.working_weekdays) or {1, 2, 3, 4, 5, 6, 7}
    while day.isoweekday() not in working:
        day += timedelta(days=1)
    return day


def usual_buyer(request: PersonRequest) -> Business | None:
    """For whom the person orders when they don't say."""
    return buyers_for(request.user).first()
