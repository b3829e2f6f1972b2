"""Whole addresses, as mails carry them: from what we are set up as, never from what a client sent."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest


def host_of(request: HttpRequest) -> str:
    """The host asked for: lower case, without port and final dot. Empty if it is malformed."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return ""
    return host.rpartition("]")[2].partition(":")[0].lower().rstrip(".") if host else ""


def whole_address(host: str, path: str) -> str:
    """`path` on one of our hosts. A request that reached a view has a host that is ours; its port,
    and the scheme it claims, are the client's."""
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{settings.PUBLIC_SCHEME}://{host}{port}{path}"
