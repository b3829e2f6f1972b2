"""Which request is served and who asks: for log lines and the audit trail."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from coopcycle.current import acting, new_request_id
from coopcycle.network import client_address


class RequestIdMiddleware:
    """Give each request a number of ours, and say it in the answer.

    One that the client brings counts for nothing: it could name somebody else's request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        address = client_address(request)
        with acting(request_id=new_request_id(), address=address or None) as act:
            response = self.get_response(request)
        response.headers["X-Request-ID"] = act.request_id
        return response


class ActorMiddleware:
    """What the signed-in person's request changes was done by them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting(actor_id=request.user.pk):
            return self.get_response(request)
