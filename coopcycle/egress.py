"""The only way out: requests to addresses that people, or other services, have given us.

A name is resolved once, every address it has is checked, and the connection goes to the address
that was checked: so neither a name that changes between check and use, nor a redirect, reaches
our own network.
"""

import http.client
import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

logger = logging.getLogger(__name__)

PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class EgressError(Exception):
    """The request was refused by us, or failed on its way."""


class EgressRefusedError(EgressError):
    """We do not go there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. A redirect is an answer like others: it is not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    seconds: float = 10,
    most_bytes: int = 1_000_000,
    allow_http: bool = False,
) -> Answer:
    """Ask one public address, within `seconds` from the connection to the last byte.

    Raises EgressRefusedError for addresses that are not public, EgressError for everything that
    goes wrong on the way. Do not call it inside a transaction.
    """
    parts = _checked(url, allow_http=allow_http)
    port = parts.port or PORTS[parts.scheme]
    family, address = _public_address(parts.hostname or "", port)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    line = _PinnedConnection(parts, port, family, address, seconds)
    try:
        with _deadline(line, seconds) as late:
            line.request(method, path, body=body, headers=dict(headers or {}))
            response = line.getresponse()
            content = response.read(most_bytes + 1)
            if late.is_set():
                raise EgressError("The other side took too long.")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise EgressError(f"{parts.hostname} did not answer: {error}") from error
    finally:
        line.close()
    if len(content) > most_bytes:
        raise EgressError("The answer is too large.")
    return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, content)


def is_public(address: str) -> bool:
    """Whether an address is out in the world, also when wrapped: mapped, 6to4, Teredo, NAT64."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if any(wrapped and not wrapped.is_global for wrapped in inner):
            return False
    return ip.is_global and not ip.is_multicast


def _checked(url: str, *, allow_http: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no port
    except ValueError as error:
        raise EgressRefusedError("This is not an address.") from error
    if parts.scheme != "https" and not (allow_http and parts.scheme == "http"):
        raise EgressRefusedError("The address must begin with https://.")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise EgressRefusedError("The address must name a host, and no user.")
    return parts


def _public_address(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """The first address of a name, if all of them are public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise EgressError(f"{host} is not known.") from error
    for _family, _type, _protocol, _name, address in found:
        if not is_public(str(address[0])):
            logger.warning("Refused to go to %s: %s is not public", host, address[0])
            raise EgressRefusedError(f"{host} is not a public address.")
    family, *_rest, address = found[0]
    return family, (str(address[0]), port)


class _PinnedConnection(http.client.HTTPConnection):
    """Connects to the checked address; the certificate must be the name's."""

    def __init__(
        self,
        parts: SplitResult,
        port: int,
        family: socket.AddressFamily,
        address: tuple[str, int],
        seconds: float,
    ) -> None:
        self.default_port = PORTS[parts.scheme]
        super().__init__(parts.hostname or "", port, timeout=seconds)
        self._pinned = family, address
        self._encrypted = parts.scheme == "https"
        self._wire: socket.socket | None = None
        self._is_cut = False

    def connect(self) -> None:
        family, address = self._pinned
        plain = socket.socket(family, socket.SOCK_STREAM)
        self.sock = plain
        plain.settimeout(self.timeout)
        plain.connect(address)
        if self._encrypted:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(plain, server_hostname=self.host)
        self._wire = self.sock
        if self._is_cut:  # while it came about, which has a time limit of its own
            raise TimeoutError("It took too long to connect.")

    def cut(self) -> None:
        """End it from another thread, also while an answer without length is read."""
        self._is_cut = True
        if self._wire:
            with suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)


@contextmanager
def _deadline(line: _PinnedConnection, seconds: float) -> Iterator[threading.Event]:
    """Cut the line after `seconds`: a side that sends a byte a second never times out by itself."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        line.cut()

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
