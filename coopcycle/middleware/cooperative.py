"""The host of a request chooses the cooperative."""

import time
from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from coopcycle.addresses import host_of
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative, Domain

_REMEMBER_SECONDS = 5.0
_known_hosts: Mapping[str, Cooperative] = {}
_known_until = 0.0


class CooperativeMiddleware:
    """Run the rest of the request on the login of the co-op that its host names.

    BASE_HOST is the federation's. Any other host gets a plain 404, which says nothing about us.
    Only the Host header counts: a proxy in front must pass it on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        host = host_of(request)
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
    """The active co-op of a host without port.

    Each process keeps all hosts and reads them anew every few seconds by one query, so that a
    stranger who tries names costs none, and 110 co-ops cost no more than one.
    """
    global _known_hosts, _known_until
    if _known_until <= time.monotonic():
        with in_federation():
            domains = Domain.objects.filter(tenant__is_active=True).select_related("tenant")
            _known_hosts = {domain.domain: domain.tenant for domain in domains}
        _known_until = time.monotonic() + _REMEMBER_SECONDS
    return _known_hosts.get(host)


def forget_hosts() -> None:
    """Read the hosts again at the next request."""
    global _known_until
    _known_until = 0.0
