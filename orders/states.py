"""The life of an order, in one table."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from coopcycle.errors import DomainError
from orders.ordering.models import Order

State = Order.State

MOVES: Mapping[str, frozenset[str]] = {
    State.NEW: frozenset({State.ACCEPTED, State.REFUSED, State.FULFILLED, State.CANCELLED}),
    # Back to new: it was changed, and producers have to answer again.
    State.ACCEPTED: frozenset({State.NEW, State.REFUSED, State.FULFILLED, State.CANCELLED}),
    State.REFUSED: frozenset(),
    State.FULFILLED: frozenset({State.ACCEPTED}),  # a drop-off was restored
    State.CANCELLED: frozenset({State.NEW, State.ACCEPTED}),
}


def move(order: Order, state: Order.State) -> None:
    """Set `order.state`, without saving. Refused when the table has no such arrow."""
    if state not in MOVES[order.state]:
        raise DomainError(
            _("Order %(number)s is “%(now)s” and can't become “%(then)s”.")
            % {
                "number": order.number,
                "now": State(order.state).label,
                "then": State(state).label,
            }
        )
    order.state = state
