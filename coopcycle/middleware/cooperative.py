"""The host of a request chooses the cooperative."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative

_REMEMBER_SECONDS = 5.0
_MOST_HOSTS = 2000
_remembered: dict[str, tuple[float, Cooperative | None]] = {}


class CooperativeMiddleware:
    """Run the rest of the request on the login of the co-op that its host names.

    BASE_HOST is the federation's. Any other host gets a plain 404, which says nothing about us.
    Only the Host header counts: a proxy in front must pass it on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        host = _host(request)
        if host == settings.BASE_HOST:
            request.cooperative = request.tenant = None  # type: ignore[attr-defined]
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
            with in_federation():
                return self.get_response(request)
        cooperative = cooperative_of_host(host)
        if cooperative is None:
            return HttpResponse("Not found\n", status=404, content_type="text/plain")
        request.cooperative = request.tenant = cooperative  # type: ignore[attr-defined]
        with in_cooperative(cooperative):
            return self.get_response(request)


def cooperative_of_host(host: str) -> Cooperative | None:
    """The active co-op of a host without port; remembered for a few seconds in each process."""
    known = _remembered.get(host)
    if known and known[0] > time.monotonic():
        return known[1]
    with in_federation():
        served = Cooperative.objects.filter(is_active=True)
        cooperative: Cooperative | None = served.filter(domains__domain=host).first()
    if len(_remembered) >= _MOST_HOSTS:  # a stranger tries names: do not fill the memory
        _remembered.clear()
    _remembered[host] = time.monotonic() + _REMEMBER_SECONDS, cooperative
    return cooperative


def forget_hosts() -> None:
    """Look every host up again."""
    _remembered.clear()


def _host(request: HttpRequest) -> str:
    """The host asked for: lower case, without port and final dot. Empty if it is malformed."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return ""
    return host.rpartition("]")[2].partition(":")[0].lower().rstrip(".") if host else ""
