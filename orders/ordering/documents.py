"""Papers that go along with an order."""

from typing import cast

from django.template.loader import render_to_string

from accounts.models import User
from coopcycle.pdf import draw_pdf
from dispatch.models import Task
from orders.models import Order, OrderPart
from orders.ordering import selectors
from tenants.models import Cooperative
from tenants.selectors import address_of


def delivery_note(order: Order, cooperative: Cooperative, user: User) -> bytes:
    """What is brought, without prices, as a PDF in the reader's language.

    A producer's holds its own part alone, as its page does.
    """
    shown = cast("list[OrderPart]", selectors.order_page(order, user)["parts"])
    parts = [part for part in shown if part.state != OrderPart.State.REFUSED]
    context = {
        "order": order,
        "buyer": order.buyer,
        "cooperative": cooperative,
        "address": address_of(cooperative),
        "parts": parts,
        "parcel": None if parts else _dropoff(order),
    }
    return draw_pdf(render_to_string("documents/delivery_note.html", context))


def _dropoff(order: Order) -> Task | None:
    stops = Task.objects.filter(delivery=order.delivery_id, kind=Task.Kind.DROPOFF)
    return stops.exclude(status=Task.Status.CANCELLED).select_related("address").last()
