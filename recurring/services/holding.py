"""A date waits, for too little is left of something: its producer, or the office, says what comes."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle.errors import DomainError
from orders.catalog.models import Product
from recurring.models import Occurrence, StandingOrder, StockDecision
from recurring.services.acting import Act, Kind, Written, carry_out
from recurring.services.consequences import Consequences
from recurring.stock import question_about


def decide_stock(
    answer: StockDecision.Answer,
    *,
    standing_order_id: int,
    original_start: str,
    product: Product,
    actor: User,
    at: datetime,
) -> Consequences:
    """Say what comes of one product on a date that waits for it.

    The date is made at once when nothing else of it waits. Of two who decide, the first has decided:
    the other is refused, and so is whoever comes after the list has closed.
    """
    act = Act(Kind.STOCK_DECIDED, standing_order_id, None, actor, at, original_start=original_start)

    def write(order: StandingOrder) -> Written:
        row = order.occurrences.filter(
            original_start=original_start, state=Occurrence.State.HELD
        ).first()
        question = question_about(product.pk, row.left_out) if row else None
        if row is None or row.waits_until is None or question is None:
            raise DomainError(
                _(
                    "This does not wait any more: somebody has decided, or there is enough again."
                    " Load the page again."
                )
            )
        if at >= row.waits_until:
            raise DomainError(_("The list has closed meanwhile, so what is left is delivered."))
        StockDecision.objects.update_or_create(
            standing_order=order,
            original_start=original_start,
            product=product,
            pickup_day=question["day"],
            defaults={
                "answer": answer,
                "quantity": Decimal(question["asked"]),
                "decided_at": at,
                "decided_by": actor,
            },
        )
        return Written([_change(product, answer, question)])

    return carry_out(act, write)


def _change(product: Product, answer: str, question: dict[str, str]) -> dict[str, Any]:
    said = [product.name, str(answer), question["left"], question["asked"], product.unit]
    return {"what": "stock", "before": None, "after": said}
