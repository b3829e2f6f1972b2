"""Which request is served and who asks: for log lines and the audit trail."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from coopcycle.current import REQUEST_HEADER, acting, new_request_id, usable_request_id
from coopcycle.failpoints import reach
from coopcycle.network import client_address

logger = logging.getLogger("coopcycle.access")


class RequestIdMiddleware:
    """Give each request an id, say it in the answer, and leave one line in the log. First of all.

    One that the client brings counts for nothing: it could name somebody else's request. Only a
    proxy of ours may give one (PROXIES, deploy/Caddyfile). The query is not logged: searches hold names.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        address = client_address(request)
        with acting(request_id=_request_id(request), address=address or None) as act:
            response = self.get_response(request)
            reach("done, and not answered")
            response[REQUEST_HEADER] = act.request_id
            facts = {
                "status": response.status_code,
                "milliseconds": round((time.monotonic() - started) * 1000, 1),
                # Only if somebody asked: a style sheet needs no person.
                "person": getattr(getattr(request, "_cached_user", None), "pk", None),
                "cooperative": getattr(getattr(request, "tenant", None), "schema_name", None),
            }
            logger.info("%s %s", request.method, request.path, extra={"facts": facts})
        return response


def _request_id(request: HttpRequest) -> str:
    given = request.headers.get(REQUEST_HEADER, "")
    return usable_request_id(given) if given and settings.PROXIES > 0 else new_request_id()


class ActorMiddleware:
    """What the signed-in person's request changes was done by them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        home = getattr(connection, "schema_name", None)
        name = getattr(request.user, "name", "")
        with acting(actor_id=request.user.pk, actor_home=home, actor_name=name):
            return self.get_response(request)
