"""What a browser or proxy may keep."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers


class PartialCachingMiddleware:
    """Keep fragments and private pages out of every cache.

    One address answers a whole page or, to htmx, a part of it: without `Vary: HX-Request` the
    Back button would show the bare part. A view that sets its own Cache-Control keeps it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if not response.has_header("Cache-Control"):
            if request.headers.get("HX-Request") or request.user.is_authenticated:
                patch_cache_control(response, private=True, no_store=True)
            else:  # may be kept, but is asked for again: it carries a nonce and a form token
                patch_cache_control(response, private=True, no_cache=True)
        return response
