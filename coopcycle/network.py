"""Where a request comes from. The one place that believes, or does not believe, X-Forwarded-For."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

_IPV6_SITE = 64  # bits that a provider gives to one customer at least


def client_address(request: HttpRequest) -> str:
    """The client's address as the outermost of our own proxies saw it; empty if unknown.

    Each proxy of ours (`PROXIES`) adds one entry at the end. What stands before these was sent by
    the client, who may write anything.
    """
    address = _read(request.META.get("REMOTE_ADDR", ""))
    if settings.PROXIES > 0:
        entries = request.headers.get("X-Forwarded-For", "").split(",")
        if len(entries) >= settings.PROXIES:
            address = _read(entries[-settings.PROXIES]) or address
    return str(address or "")


def client_network(request: HttpRequest) -> str:
    """What one customer of a provider can hide behind: an IPv4 address, or a /64 of IPv6."""
    address = _read(client_address(request))
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_SITE), strict=False))
    return str(address or "")


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """An address, also as `[::1]:443` or `192.0.2.1:443`; IPv4 written as IPv6 is IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
