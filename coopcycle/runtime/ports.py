"""Which TCP ports of this machine are free, said clearly when the wanted one is not."""

import errno
import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

_LAST_PORT = 65_535


def is_free(port: int) -> bool:
    """True when nothing listens on `port` of the loopback, neither by IPv4 nor by IPv6."""
    return all(
        _can_bind(*place, port)
        for place in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
    )


def first_free_port(
    wanted: int, *, what: str, say: Callable[[str], None] = print, taken: Collection[int] = ()
) -> int:
    """`wanted`, or the next free port after it; then one sentence tells `say` which.

    Ports in `taken` are promised to others that do not listen yet.
    """
    for port in range(wanted, _LAST_PORT):
        if port not in taken and is_free(port):
            if port != wanted:
                say(f"Port {wanted} is taken: {what} uses {port}.")
            return port
    raise RuntimeError(f"No free port from {wanted} up for {what}.")


@contextmanager
def held(port: int) -> Iterator[None]:
    """Keep `port` until its server listens: `is_free` is False for everyone else from now on.

    Granian shares its port (SO_REUSEPORT) with any server of the same user, and nobody is told: two
    demos that chose the same port would answer for each other. This socket shares the port in the
    same way, and takes no connection, because it never listens.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", port))
        yield


def any_free_port() -> int:
    """A port that nobody uses now, chosen by the system."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _can_bind(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            # As servers do: an old connection in TIME_WAIT is not in the way, a listener is.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.errno != errno.EADDRINUSE  # a machine without IPv6 has nothing there
    return True
