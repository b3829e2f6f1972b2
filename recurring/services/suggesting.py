"""“Not now”: a proposal rests, and comes back when the habit goes on."""

from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import User
from orders.ordering.models import Order
from recurring.models import SuggestionRest
from recurring.services.acting import require_cooperative
from recurring.suggestions import contents_of

REST = timedelta(weeks=12)


@transaction.atomic
def rest_suggestion(order: Order, *, actor: User, at: datetime) -> date:
    """Don't propose to make `order` standing; until which day. Said twice, it rests from the second."""
    until = at.astimezone(require_cooperative().zone).date() + REST
    contents, _recipient = contents_of([order.pk])[order.pk]
    SuggestionRest.objects.update_or_create(
        buyer_id=order.buyer_id,
        weekday=order.day.isoweekday(),
        products=sorted(contents),
        defaults={"until": until, "decided_at": at, "decided_by": actor},
    )
    return until
