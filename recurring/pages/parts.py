"""A producer's part in the standing orders of others: what each wants, and whether it rests."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from accounts.models import Business
from coopcycle.words import filed
from orders.catalog.models import Product
from recurring.calendars import readable, terms_of
from recurring.forms.editor import current_version
from recurring.forms.pauses import PauseForm
from recurring.models import PartPause, RuleLine, StandingOrder
from recurring.planning import with_contents
from recurring.selectors.listing import reading_of
from recurring.services import fed_by


@dataclass(frozen=True, slots=True)
class Part:
    """What one standing order wants of a producer."""

    order: StandingOrder
    sentence: str
    lines: list[RuleLine]
    pauses: list[PartPause]
    form: PauseForm

    @property
    def products(self) -> list[Product]:
        return [line.product for line in self.lines]


def parts_of(producer: Business, today: date, *, wrong: dict[str, Any] | None = None) -> list[Part]:
    """All of them, with a form for each; `wrong` is the one whose form has errors to show."""
    orders = with_contents(fed_by(producer)).order_by(filed("buyer__name"), filed("name"), "pk")
    return [
        part for order in readable(orders) if (part := _part(order, producer, today, wrong)).lines
    ]


def _part(
    order: StandingOrder, producer: Business, today: date, wrong: dict[str, Any] | None
) -> Part:
    lines = current_version(order).lines.all()
    form = PauseForm(
        initial={"from_day": today + timedelta(days=1), "version": order.version},
        auto_id=f"id_{order.pk}_%s",
    )
    if wrong is not None and wrong["order"].pk == order.pk:
        form = wrong["form"]
    return Part(
        order=order,
        sentence=reading_of(terms_of(order).versions[-1]),
        lines=[line for line in lines if line.product.producer_id == producer.pk],
        pauses=[
            pause
            for pause in order.part_pauses.all()
            if pause.producer_id == producer.pk and (pause.to_day is None or pause.to_day >= today)
        ],
        form=form,
    )
