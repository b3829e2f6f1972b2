"""What people of the demo do is recorded as theirs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from coopcycle.current import acting, new_request_id


def by_hand[**P, R](service: Callable[P, R]) -> Callable[P, R]:
    """The service as a click of its `actor` calls it: on their behalf, in a request of its own."""

    @wraps(service)
    def clicked(*args: P.args, **options: P.kwargs) -> R:
        actor: Any = options.get("actor")
        with acting(actor_id=actor.pk if actor else None, request_id=new_request_id()):
            return service(*args, **options)

    return clicked
