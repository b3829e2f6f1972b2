"""How much one request may send."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from coopcycle.errors import TOO_LARGE, fault_page


class BodyLimitMiddleware:
    """Refuse a body that is too large before any of it is read. One without a length is not read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.MOST_BODY_BYTES:
            return fault_page(request, TOO_LARGE)
        return self.get_response(request)
