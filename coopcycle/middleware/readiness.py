"""`/readyz`: may this process be sent people? Answered before anything that could keep it waiting."""

from collections.abc import Callable

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from coopcycle.health import readiness


class ReadinessMiddleware:
    """Answer `/readyz` to a load balancer, under whatever host it asks: it knows no co-op's.

    Not a view, because the way to a view asks the database whose host this is, and that may hang.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path != "/readyz" or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        parts = readiness()
        status = 200 if all(parts.values()) else 503
        return JsonResponse(parts, status=status, headers={"Cache-Control": "no-store"})
